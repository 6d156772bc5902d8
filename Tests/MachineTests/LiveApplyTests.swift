import Support
import Testing

/// Real systemd, real ifupdown, real sshd; OpenStack's services are stand-ins that read the real files.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct LiveApplyTests {
  @Test func `a clone that runs becomes compute2, and a second apply leaves it alone`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      let identity = "cat /etc/machine-id; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2"
      let former = try await clone.says(identity).split(separator: "\n")
      try await clone.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
      try await clone.isCompute2()
      let now = try await clone.says(identity).split(separator: "\n")
      #expect(Set(former).isDisjoint(with: now) && now.count == 2)
      try await clone.run("imprint", "verify").succeeded("verify")

      let before = try await clone.says("cat /run/stand-ins/*; ip monitor & sleep 0; kill $!")
      let second = try await clone.run("imprint", "apply", "compute2", "--yes").succeeded("a second apply")
      #expect(second.output.contains("nothing to do: compute2 is as it should be"))
      #expect(try await clone.says("cat /run/stand-ins/*; ip monitor & sleep 0; kill $!") == before)
      #expect(try await clone.says("journalctl -u nova-compute -n 1 -o cat").contains("nova-compute"))
      let said = "journalctl -t imprint IMPRINT_UNIT=nova-compute.service -o cat"
      #expect(try await clone.says(said).contains("restart nova-compute.service: done"))
    }
  }

  @Test func `a unit that started before its file was written is restarted, and no other`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      try await clone.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
      _ = try await clone.says("echo '# by hand' >>/etc/nova/nova.conf")
      let verify = try await clone.run("imprint", "verify")
      #expect(verify.status == 2 && verify.output.contains("started before /etc/nova/nova.conf"))
      let libvirt = try await clone.starts(of: "libvirtd")
      let again = try await clone.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
      #expect(again.output.contains("1. restart nova-compute.service"), "\(again.output)")
      #expect(again.output.contains("because of /etc/nova/nova.conf"))
      #expect(try await clone.starts(of: "nova-compute").count == 3)
      #expect(try await clone.starts(of: "libvirtd") == libvirt)
      try await clone.run("imprint", "verify").succeeded("verify")
    }
  }

  @Test func `after an address change only that link and those who read it are touched`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      try await clone.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
      let agent = try await clone.starts(of: "neutron-linuxbridge-agent")
      let index = try await clone.says("ip -o link show ens34")
      _ = try await clone.says("sed -i 's/192.168.10.21/192.168.10.31/' /etc/imprint/site.toml")
      let applied = try await clone.run("imprint", "apply", "--yes").succeeded("apply")
      #expect(applied.error.contains("bring ens33 up again") && !applied.error.contains("ens34"))
      #expect(try await clone.addresses("ens33") == ["192.168.10.31/24"])
      #expect(try await clone.says("ip -o link show ens34") == index)
      #expect(try await clone.starts(of: "nova-compute").last?.address == "192.168.10.31")
      #expect(try await clone.starts(of: "neutron-linuxbridge-agent") == agent)
      try await clone.run("imprint", "rollback").succeeded("rollback")
      #expect(try await clone.addresses("ens33") == ["192.168.10.21/24"])
      #expect(try await clone.starts(of: "nova-compute").last?.address == "192.168.10.21")
    }
  }

  @Test func `an address that somebody on the wire has is not taken, and nothing is written`() async throws {
    try await Laboratory.run { laboratory in
      let original = try await laboratory.original()
      let other = try await laboratory.clone(of: original, "other", card: "52:54:00:00:00:99")
      let clone = try await laboratory.clone(of: original)
      let disk = try await other.disk
      try await RealProgram.needed("sed").run([
        "-i", "s/192.168.10.20/192.168.10.21/", "\(disk)/etc/network/interfaces",
      ]).succeeded("another machine that has the address")
      try await other.boot()
      try await clone.boot()
      let applied = try await clone.run("imprint", "apply", "compute2", "--yes")
      #expect(applied.status == 69)
      #expect(applied.error.contains("192.168.10.21 is in use on ens33: 52:54:00:00:00:99 answers to it"))
      #expect(try await clone.says("ls /var/lib/imprint 2>&1 || true").contains("No such file"))
      try await clone.isCompute()
      // Nor is one that an undo would bring back, when somebody has it by then.
      try await other.shutDown()
      try await clone.run("imprint", "apply", "compute2", "--yes", "--no-join").succeeded("apply")
      try await RealProgram.needed("sed").run([
        "-i", "s/192.168.10.21/192.168.10.20/", "\(disk)/etc/network/interfaces",
      ]).succeeded("another machine that has the former address")
      try await other.boot()
      let rolledBack = try await clone.run("imprint", "rollback")
      #expect(rolledBack.status == 69, "\(rolledBack.said)")
      #expect(rolledBack.error.contains("192.168.10.20 is in use on ens33: 52:54:00:00:00:99 answers to it"))
      #expect(try await clone.says("hostname; grep -c 192.168.10.21 /etc/network/interfaces") == "compute2\n1")
      try await other.shutDown()
      try await clone.run("imprint", "rollback").succeeded("rollback")
      try await clone.isCompute()
    }
  }

  @Test func `what only the files know yet is named, and brought in effect by the next apply; an MTU goes as it came`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      try await clone.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
      let site = "/etc/imprint/site.toml"
      _ = try await clone.says("sed -i 's/^gateway .*/gateway = \"192.168.10.1\"/' \(site)")
      try await clone.run("imprint", "apply", "--yes", "--no-activate").succeeded("files only")
      #expect(try await clone.says("ip route show default").contains("via 192.168.10.2 "))
      let verify = try await clone.run("imprint", "verify")
      #expect(verify.status == 2 && verify.output.contains("✗ the configuration of ens33"), "\(verify.said)")
      #expect(try await clone.says("imprint status").contains("not in effect: "))
      let applied = try await clone.run("imprint", "apply", "--yes").succeeded("apply")
      #expect(applied.output.contains("bring ens33 up again") && !applied.output.contains("ens34"), "\(applied.said)")
      #expect(try await clone.says("ip route show default").contains("via 192.168.10.1 "))
      try await clone.run("imprint", "verify").succeeded("verify")
      #expect(try await !clone.says("imprint status").contains("not in effect"))

      _ = try await clone.says("sed -i 's/^gateway .*/&\\nmtu = 1400/' \(site)")
      try await clone.run("imprint", "apply", "--yes").succeeded("an MTU")
      #expect(try await clone.says("cat /sys/class/net/ens33/mtu") == "1400")
      try await clone.run("imprint", "rollback").succeeded("rollback")
      #expect(try await clone.says("cat /sys/class/net/ens33/mtu") == "1500")
      _ = try await clone.says("sed -i '/^mtu/d' \(site)")

      // An ifup that fails half-way, and what is to be undone then.
      _ = try await clone.says("sed -i 's/^gateway .*/gateway = \"192.168.10.2\"/' \(site)")
      let obstacle = "/etc/network/if-up.d/obstacle"
      _ = try await clone.says(
        "printf '#!/bin/sh\\n! ip route | grep -q \"via 192.168.10.2 \"\\n' >\(obstacle); chmod +x \(obstacle)")
      let undone = try await clone.run("imprint", "apply", "--yes")
      #expect(undone.status == 69 && undone.error.contains("everything was undone"), "\(undone.said)")
      #expect(try await clone.says("ip route show default").contains("via 192.168.10.1 "))
      #expect(try await clone.addresses("ens33") == ["192.168.10.21/24"])
      _ = try await clone.says("rm \(obstacle); sed -i 's/^gateway .*/gateway = \"192.168.10.1\"/' \(site)")

      // Without a carrier, as before, there is nothing to wait for.
      try await laboratory.space.ip("link set \(clone.name)-2 down")
      _ = try await clone.says("sed -i 's/192.168.20.21/192.168.20.31/' \(site)")
      let unplugged = try await clone.run("imprint", "apply", "--yes").succeeded("without a carrier")
      #expect(unplugged.error.contains("ens34 cannot be asked") || unplugged.error.contains("no carrier"))
      #expect(try await clone.addresses("ens34") == ["192.168.20.31/24"])
      try await laboratory.space.ip("link set \(clone.name)-2 up")

      // Nothing to change, and not all is well.
      _ = try await clone.says("touch /run/stand-ins/nova-compute.fails; systemctl restart nova-compute; sleep 1")
      try await clone.comesTo { try await $0.says("systemctl is-failed nova-compute || true") == "failed" }
      let failed = try await clone.run("imprint", "apply", "--yes")
      #expect(failed.status == 2 && failed.output.contains("✗ nova-compute.service"), "\(failed.said)")
    }
  }
}
