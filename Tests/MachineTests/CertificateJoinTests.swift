import Foundation
import Support
import Testing

/// Machines that know each other by certificates, with the real ssh and sshd.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct CertificateJoinTests {
  private static let site = "\n[migration]\naccess = \"certificate\"\n"
  private static let mine = "/var/lib/nova/.ssh"

  /// A clone and its original, each certified, and the last word of a join.
  private func joined(_ laboratory: Laboratory) async throws -> (cloud: Cloud, last: String) {
    let cloud = try await laboratory.cloud(site: Self.site, isWhole: true)
    try await cloud.boot()
    _ = try await cloud.controller.says("echo compute2 >>/var/lib/cells/registered")
    let applied = try await cloud.clone.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
    #expect(applied.output.contains("✓ compute2    host table, certificates, "), "\(applied.said)")
    #expect(applied.output.contains("its keys are not certified yet"), "\(applied.said)")
    // The clone's host key is known to nobody there; that it is certified is enough.
    try await cloud.original.run("imprint", "apply", "compute", "--yes").succeeded("apply there")
    let last = try await cloud.clone.run("imprint", "join", "--discover-within", "0").succeeded("join")
    return (cloud, last.output)
  }

  @Test func `nova gets to and from by certificates alone, one line a file, and the authority's key stays where it is`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let (cloud, last) = try await joined(laboratory)
      #expect(last.contains("✓ compute     host table, certificates both ways"), "\(last)")
      try await cloud.guestsCanMove()
      for machine in cloud.computes {
        let lines = try await machine.says("cat \(Self.mine)/authorized_keys").split(separator: "\n")
        #expect(lines.count == 1 && lines[0].hasPrefix("cert-authority,principals=\"imprint-migration\",restrict,"))
        #expect(
          lines[0].contains("from=\"192.168.10.0/24,192.168.20.0/24\",command=\"/usr/bin/imprint migration-gate "))
        let known = try await machine.says("cat \(Self.mine)/known_hosts")
        #expect(known.hasPrefix("@cert-authority * ssh-ed25519 ") && !known.contains("\n"), "\(known)")
        #expect(try await machine.says("find / -xdev -path '*authority*' -name key -print") == "")
        let listing = try await machine.says("ssh-keygen -L -f \(Self.mine)/id_ed25519-cert.pub")
        #expect(listing.contains("Extensions: (none)") && listing.contains("imprint-migration"), "\(listing)")
        #expect(try await machine.says("sshd -T | grep -c hostcertificate") == "3")
      }
      let place = "/etc/imprint/authority"
      #expect(try await cloud.controller.says("stat -c '%a %U' \(place) \(place)/key") == "700 root\n600 root")
      #expect(
        try await cloud.controller.says("cut -d ' ' -f 3,4 \(place)/issued | sort | uniq -c | tr -s ' '")
          == " 3 compute host\n 1 compute user\n 3 compute2 host\n 1 compute2 user")

      // Once more: nothing is signed, and nothing changes.
      let files = "cat \(Self.mine)/* /etc/ssh/*-cert.pub /etc/hosts | sha256sum"
      let before = try await cloud.computes.concurrentlyMapped { try await $0.says(files) }
      for machine in cloud.computes { try await machine.run("imprint", "join").succeeded("again") }
      #expect(try await cloud.computes.concurrentlyMapped { try await $0.says(files) } == before)
      #expect(try await cloud.controller.says("wc -l <\(place)/issued") == "8")
      let verified = try await cloud.clone.run("imprint", "verify", "-v")
      #expect(verified.status == 0 && verified.output.contains("364 days left"), "\(verified.said)")

      // The site changes its mind, on every node: keys again, and nothing of certificates is left.
      for machine in cloud.computes {
        _ = try await machine.says("sed -i 's/\"certificate\"/\"keys\"/' /etc/imprint/site.toml")
      }
      try await cloud.clone.run("imprint", "apply", "--yes").succeeded("keys again")
      try await cloud.original.run("imprint", "apply", "--yes").succeeded("keys again")
      try await cloud.guestsCanMove()
      for machine in cloud.computes {
        let said = try await machine.says(
          "cat \(Self.mine)/authorized_keys \(Self.mine)/known_hosts; ls \(Self.mine) /etc/ssh")
        #expect(!said.contains("cert-authority") && !said.contains("-cert.pub"), "\(said)")
        #expect(try await machine.says("sshd -T | grep -c hostcertificate || true") == "0")
      }
    }
  }

  @Test func `a copy of a certified node has certificates of its own once it has joined, and never the original's`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let cloud = try await laboratory.cloud(site: Self.site)
      try await cloud.controller.boot()
      try await cloud.original.boot()
      _ = try await cloud.original.run("imprint", "apply", "compute", "--yes", "--no-join")
      _ = try await cloud.original.run("imprint", "join", "--patience", "2", "--discover-within", "0")
      let files = "cat /etc/ssh/*-cert.pub \(Self.mine)/*-cert.pub"
      let first = try await cloud.original.says(files)
      #expect(first.split(separator: "\n").count == 4)
      try await cloud.original.shutDown()
      let copy = try await laboratory.clone(of: cloud.original, "compute3", card: "52:54:00:00:00:22")
      try await cloud.original.boot()
      try await copy.boot()
      #expect(try await copy.says(files) == first)
      try await copy.run("imprint", "apply", "compute3", "--yes", "--no-join").succeeded("apply")
      #expect(try await copy.says("ls /etc/ssh/*-cert.pub \(Self.mine)/*-cert.pub 2>/dev/null | wc -l") == "0")
      #expect(try await copy.says("sshd -T | grep -c hostcertificate || true") == "0")
      let lacking = try await copy.run("imprint", "verify")
      #expect(lacking.status == 2 && lacking.output.contains("certificate of "), "\(lacking.said)")
      // The original is known by its certificate, which the copy's own line in known_hosts is for.
      let joined = try await copy.run("imprint", "join", "--patience", "2", "--discover-within", "0")
      #expect(
        joined.output.contains("certificates, 4 new") && joined.output.contains("certificates both ways"),
        "\(joined.said)")
      let listing = try await copy.says("ssh-keygen -L -f /etc/ssh/ssh_host_ed25519_key-cert.pub")
      #expect(listing.contains("192.168.10.22") && !listing.contains("192.168.10.20"), "\(listing)")
      #expect(try await copy.run("imprint", "verify").status == 0)
      #expect(try await cloud.original.says(files) == first)
      for (machine, target) in [(copy, "192.168.10.20"), (cloud.original, "192.168.10.22")] {
        let words = "ssh -o BatchMode=yes \(target) mkdir -p /var/lib/nova/instances/\(Cloud.guest)"
        try await machine.run("runuser", "-u", "nova", "--", "sh", "-c", words).succeeded("nova to \(target)")
      }
    }
  }

  @Test func `every certificate but the right one is refused, by the real sshd and the real ssh`() async throws {
    try await Laboratory.run { laboratory in
      let (cloud, _) = try await joined(laboratory)
      let place = "/etc/imprint/authority"
      _ = try await cloud.controller.says("ssh-keygen -q -t ed25519 -N '' -f /root/other")
      _ = try await cloud.clone.says("cd /tmp; runuser -u nova -- ssh-keygen -q -t ed25519 -N '' -f /tmp/k")
      let key = try await cloud.clone.says("cat /tmp/k.pub")

      /// Whether nova on the clone gets in with a key that was signed with these options.
      func tries(_ options: String, by authority: String = "\(place)/key") async throws -> RealProgram.Outcome {
        let line = try await cloud.controller.says(
          "cd /tmp; echo '\(key)' >k.pub; ssh-keygen -q -s \(authority) -I test \(options) k.pub; cat k-cert.pub")
        _ = try await cloud.clone.says("echo '\(line)' >/tmp/k-cert.pub; chmod a+r /tmp/k-cert.pub")
        let words = """
          ssh -F none -i /tmp/k -o IdentitiesOnly=yes -o BatchMode=yes nova@192.168.10.20 \
          mkdir -p /var/lib/nova/instances/\(Cloud.guest)
          """
        return try await cloud.clone.run("runuser", "-u", "nova", "--", "sh", "-c", words)
      }

      let source = "-O source-address=192.168.10.21"
      try await tries("-n imprint-migration -V -1h:+1d \(source)").succeeded("the right one")
      let wrong = [
        ("-n imprint-migration -V -2d:-1d \(source)", "expired"), ("-n imprint-migration -V +1d:+2d", "not valid yet"),
        ("-n nova,compute2,root -V -1h:+1d", "another principal"), ("-V -1h:+1d", "no principal"),
        ("-n imprint-migration -V -1h:+1d -O source-address=192.168.10.99", "another address"),
        ("-h -n imprint-migration -V -1h:+1d", "a host's"),
      ]
      for (options, what) in wrong {
        let refused = try await tries(options)
        #expect(refused.status == 255 && refused.error.contains("Permission denied"), "\(what): \(refused.said)")
      }
      let stranger = try await tries("-n imprint-migration -V -1h:+1d", by: "/root/other")
      #expect(stranger.status == 255 && stranger.error.contains("Permission denied"), "\(stranger.said)")
      // Good for anywhere by what it says, but not from beside the site's networks.
      try await tries("-n imprint-migration -V -1h:+1d").succeeded("anywhere on the networks")
      _ = try await cloud.original.says("install -m 600 /dev/null /root/k; true")
      for file in ["k", "k-cert.pub"] {
        let text = try await cloud.clone.says("base64 -w 0 /tmp/\(file)")
        _ = try await cloud.original.says("echo \(text) | base64 -d >/root/\(file)")
      }
      let beside = try await cloud.original.run(
        "ssh", "-F", "none", "-i", "/root/k", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o",
        "StrictHostKeyChecking=no", "nova@127.0.0.1", "true")
      #expect(beside.status == 255 && beside.error.contains("Permission denied"), "\(beside.said)")
      // Inside, the gate.
      for words in ["hostname", "rm -rf /", "cat /etc/shadow", ""] {
        let refused = try await cloud.clone.run(
          "runuser", "-u", "nova", "--", "sh", "-c", "ssh compute \(words) </dev/null")
        #expect(refused.status != 0 && refused.status != 255 && refused.output.isEmpty, "\(words): \(refused.said)")
      }

      // A host that shows what another has signed, or what was signed for another name, is not gone to; and joining mends it.
      let host = "/etc/ssh/ssh_host_ed25519_key"
      let half = try await cloud.original.says("cat \(host).pub")
      for (authority, name) in [("/root/other", "compute"), ("\(place)/key", "compute3")] {
        let line = try await cloud.controller.says(
          "cd /tmp; echo '\(half)' >h.pub; ssh-keygen -q -s \(authority) -I test -h -n \(name),192.168.10.20 h.pub; cat h-cert.pub"
        )
        _ = try await cloud.original.says(
          "echo '\(line)' >\(host)-cert.pub; rm -f /etc/ssh/ssh_host_{rsa,ecdsa}_key-cert.pub; systemctl reload ssh")
        let name = authority == "/root/other" ? "192.168.10.20" : "compute"
        let refused = try await cloud.clone.run(
          "runuser", "-u", "nova", "--", "ssh", "-o", "BatchMode=yes", name, "mkdir", "-p",
          "/var/lib/nova/instances/\(Cloud.guest)")
        #expect(refused.status == 255 && refused.error.contains("Host key verification failed"), "\(refused.said)")
      }
      #expect(try await cloud.original.run("imprint", "verify").status == 2)
      try await cloud.original.run("imprint", "join").succeeded("mended")
      try await cloud.guestsCanMove()
    }
  }

  @Test func `a clone needs no root login on the controller: its gate signs for the node that asks, and nothing else`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let cloud = try await laboratory.cloud(site: Self.site, isWhole: true)
      let disks = (try await cloud.controller.disk, try await cloud.clone.disk)
      try FileManager.default.copyItem(atPath: disks.1 + "/usr/bin/imprint", toPath: disks.0 + "/usr/bin/imprint")
      try await cloud.boot()
      _ = try await cloud.controller.says("echo compute2 >>/var/lib/cells/registered")
      _ = try await cloud.controller.says(
        "cd /root/.ssh; sed -i 's|^|restrict,from=\"192.168.10.0/24\",command=\"/usr/bin/imprint controller-gate\" |' authorized_keys"
      )
      let applied = try await cloud.clone.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
      #expect(applied.output.contains("✓ compute2    host table, certificates, 4 new"), "\(applied.said)")
      #expect(applied.output.contains("compute2 put into its cell"), "\(applied.said)")
      #expect(try await cloud.controller.says("cat /var/lib/cells/runs") == "nova")
      #expect(try await cloud.controller.says("wc -l </etc/imprint/authority/issued") == "4")
      for words in ["", "id", "cat /etc/imprint/authority/key", "sh -c id", "nova-manage cell_v2 list_hosts"] {
        let refused = try await cloud.clone.run("sh", "-c", "ssh -o BatchMode=yes controller \(words) </dev/null")
        #expect(refused.status == 77 && refused.output.isEmpty, "\(words): \(refused.said)")
        #expect(refused.error.contains("let through here"), "\(refused.said)")
      }
      #expect(try await cloud.clone.run("ssh", "-o", "BatchMode=yes", "-W", "127.0.0.1:22", "controller").status != 0)
      let journal = "journalctl -o cat --no-pager -t imprint IMPRINT_PEER=192.168.10.21"
      let said = try await cloud.controller.says(journal)
      for line in ["may: certify compute2", "may: discover_hosts", "is refused"] {
        #expect(said.contains(line), "\(said)")
      }
      #expect(
        try await cloud.controller.says("journalctl -o cat --no-pager -t imprint").contains(
          ", a user key of compute2, as "))

      // From an address that is not its own, it is nobody to be signed for.
      _ = try await cloud.clone.says(
        """
        ip addr add 192.168.10.77/24 dev ens33; printf 'Host controller\\n  BindAddress 192.168.10.77\\n' >/root/.ssh/config
        rm -f /etc/ssh/ssh_host_ed25519_key-cert.pub
        """)
      let elsewhere = try await cloud.clone.run("imprint", "join", "--discover-within", "0")
      #expect(elsewhere.status == 69 && elsewhere.output.contains("left: certificates: "), "\(elsewhere.said)")
      #expect(try await cloud.controller.says("wc -l </etc/imprint/authority/issued") == "4")
      _ = try await cloud.clone.says("rm /root/.ssh/config; ip addr del 192.168.10.77/24 dev ens33")
      _ = try await cloud.clone.run("imprint", "join", "--discover-within", "0")
      #expect(try await cloud.controller.says("wc -l </etc/imprint/authority/issued") == "5")
    }
  }
}
