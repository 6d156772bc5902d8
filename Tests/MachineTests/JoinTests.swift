import Foundation
import Support
import Testing

/// Machines that join: a clone, its original, a peer that is off, and a controller without imprint.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct JoinTests {
  @Test func `a confirmation ends with a join, and until then nobody is told`() async throws {
    try await Laboratory.run { laboratory in
      let cloud = try await laboratory.cloud()
      try await cloud.boot()
      _ = try await cloud.controller.says("echo compute2 >>/var/lib/cells/registered")
      let applied = try await cloud.clone.run("imprint", "apply", "compute2", "--yes", "--confirm-within", "600")
      #expect(applied.status == 0 && !applied.output.contains("host table"), "\(applied.said)")
      #expect(try await cloud.controller.says("getent hosts compute2 || true").isEmpty)
      let confirmed = try await cloud.clone.run("imprint", "confirm").succeeded("confirm")
      #expect(confirmed.output.contains("✓ compute     host table, keys both ways"), "\(confirmed.said)")
      #expect(try await cloud.controller.says("getent hosts compute2").hasPrefix("192.168.10.21"))
      // A change of which the others were not told, since whoever made it was cut off.
      _ = try await cloud.clone.says("sed -i 's/192.168.10.21/192.168.10.31/' /etc/imprint/site.toml")
      _ = try await cloud.clone.run("imprint", "apply", "--yes", "--no-join")
      #expect(try await cloud.clone.says("imprint status").contains("the others do not know of apply compute2"))
      let again = try await cloud.clone.run("imprint", "apply", "--yes")
      #expect(again.output.contains("✓ compute     host table"), "\(again.said)")
      #expect(try await !cloud.clone.says("imprint status").contains("do not know"))
      #expect(try await cloud.controller.says("getent hosts compute2").hasPrefix("192.168.10.31"), "\(again.said)")
    }
  }

  @Test func `an apply ends with a node that nova gets to and from, and that the controller has found`() async throws {
    try await Laboratory.run { laboratory in
      let cloud = try await laboratory.cloud()
      try await cloud.boot()
      _ = try await cloud.controller.says("echo compute2 >>/var/lib/cells/registered")
      let applied = try await cloud.clone.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
      #expect(applied.output.contains("✓ compute     host table, keys both ways"), "\(applied.said)")
      #expect(applied.output.contains("compute2 put into its cell"))
      #expect(applied.output.contains("compute3") && applied.output.contains("when it is up again: imprint join"))
      let status = try await cloud.clone.says("imprint status")
      #expect(status.contains("not joined wholly") && status.contains("  compute3: trust: "), "\(status)")
      try await cloud.guestsCanMove()
      #expect(try await cloud.controller.says("cat /var/lib/cells/runs") == "nova")
      #expect(try await cloud.controller.says("getent hosts compute2").hasPrefix("192.168.10.21"))

      // Once more: only the one that is off is left, nothing changes, and nobody discovers again.
      let disks = "cat /etc/hosts /var/lib/nova/.ssh/authorized_keys /var/lib/nova/.ssh/known_hosts"
      let before = try await cloud.computes.concurrentlyMapped { try await $0.says(disks) }
      let again = try await cloud.clone.run("imprint", "join", "--patience", "2", "--format", "json")
      #expect(again.status == 69, "\(again.said)")
      let report = try JSONDecoder().decode(Report.self, from: Data(again.output.utf8))
      #expect(report.schema == "imprint.join/1" && !report.done && report.transaction == nil)
      #expect(report.nodes.filter { !$0.left.isEmpty }.map(\.node) == ["compute3"], "\(again.said)")
      #expect(report.nodes.flatMap { $0.changed }.isEmpty)
      #expect(try await cloud.computes.concurrentlyMapped { try await $0.says(disks) } == before)
      #expect(try await cloud.controller.says("cat /var/lib/cells/runs") == "nova")
      // The operator's key in their agent alone, and a Host block of theirs that says where a node is; and a node that lets
      // everybody connect and never says a word holds up nobody.
      _ = try await cloud.clone.says(
        """
        mv /root/.ssh/id_ed25519 /root/key
        printf 'Host compute\\n  HostName 192.168.20.20\\n  HostKeyAlias compute\\n' >/root/.ssh/config
        """)
      let shut = try await cloud.clone.run("imprint", "join", "--patience", "2")
      #expect(
        shut.output.contains("✗ compute     nothing done") && shut.output.contains("Permission denied"), "\(shut.said)")
      try await laboratory.space.ip("addr add 192.168.10.22/24 dev br1")
      let silent = try await LoopbackServer(
        "Machines/silent.py", ["192.168.10.22", "22"], namespace: laboratory.space)
      let began = ContinuousClock.now
      let agent = try await cloud.clone.run(
        "ssh-agent", "sh", "-c", "ssh-add -q /root/key && exec imprint join --patience 2")
      #expect(agent.status == 69 && agent.output.contains("✓ compute     host table"), "\(agent.said)")
      #expect(agent.output.contains("✓ controller") && agent.output.contains("wholly: compute3;"), "\(agent.said)")
      #expect(began.duration(to: .now) < .seconds(60), "\(silent.port) is silent for ever")
      let logins = try await cloud.original.says(
        "journalctl -o cat --no-pager -u ssh | grep 'Accepted publickey for root'")
      #expect(logins.contains("from 192.168.20.21"), "\(logins)")
      try await laboratory.space.ip("addr del 192.168.10.22/24 dev br1")
      _ = try await cloud.clone.says("mv /root/key /root/.ssh/id_ed25519; rm /root/.ssh/config")

      // A clone and its original are no twins, and are found where they have one thing in common after all.
      let none = try await cloud.clone.run("imprint", "twins", "compute")
      #expect(none.status == 0 && none.output.contains("no twins"), "\(none.said)")
      for machine in [cloud.clone, cloud.original] {
        _ = try await machine.says("mkdir -p /etc/nvme; echo nqn.2014-08.org.nvmexpress:uuid:one >/etc/nvme/hostnqn")
      }
      let two = try await cloud.clone.run("imprint", "twins", "compute")
      #expect(two.status == 2 && two.output.contains("✗ NVMe host name: nqn.2014-08.org"), "\(two.said)")
      let off = try await cloud.clone.run("imprint", "twins", "compute3")
      #expect(off.status == 69 && off.error.contains("compute3 was not asked"), "\(off.said)")
      for secret in ["PRIVATE KEY", "secret"] { #expect(!(applied.said + again.said).contains(secret)) }
    }
  }

  @Test func `a peer without imprint is brought along by plain commands, and one with it has a transaction of it`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let cloud = try await laboratory.cloud()
      try FileManager.default.removeItem(atPath: try await cloud.original.disk + "/usr/bin/imprint")
      try await cloud.boot()
      let applied = try await cloud.clone.run("imprint", "apply", "compute2", "--yes", "--no-join").succeeded("apply")
      #expect(!applied.output.contains("keys both ways"), "\(applied.said)")
      // Here nobody registers, and that is left.
      let left = try await cloud.clone.run("imprint", "join", "--patience", "2", "--discover-within", "3")
      #expect(left.output.contains("✓ compute     host table, keys both ways"), "\(left.said)")
      #expect(
        left.status == 69 && left.output.contains("compute2's compute service has not registered yet"), "\(left.said)")
      for (machine, target) in [(cloud.clone, "192.168.10.20"), (cloud.clone, "compute"), (cloud.original, "compute2")]
      {
        let name = try await machine.says(
          "runuser -u nova -- ssh -o BatchMode=yes \(target) mkdir -p /var/lib/nova/instances/\(Cloud.guest)")
        #expect(name.isEmpty)
      }
      #expect(try await cloud.original.says("getent passwd nova").hasSuffix(":/bin/bash"))
      #expect(try await cloud.original.says("ls -A /var/lib/nova/.ssh /etc | grep -c '^.imprint' || true") == "0")

      // With imprint there, the same is a transaction that can be undone.
      let program = try await cloud.clone.disk + "/usr/bin/imprint"
      try FileManager.default.copyItem(atPath: program, toPath: try await cloud.original.disk + "/usr/bin/imprint")
      _ = try await cloud.original.says("sed -i /compute2/d /etc/hosts")
      let converged = try await cloud.clone.run("imprint", "join", "--patience", "2", "--discover-within", "0")
      #expect(converged.output.contains("changed /etc/hosts, /var/lib/nova/.ssh/authorized_keys"), "\(converged.said)")
      #expect(try await cloud.original.says("imprint history").contains("compute2 joins"))
      try await cloud.original.run("imprint", "rollback", "--no-activate").succeeded("rollback")
      #expect(try await cloud.original.says("grep -c compute2 /etc/hosts || true") == "0")
    }
  }

  @Test func `peers' keys do what moving a guest needs, and nothing else, for the real ssh and scp`() async throws {
    try await Laboratory.run { laboratory in
      let cloud = try await laboratory.cloud()
      try await cloud.boot()
      _ = try await cloud.controller.says("echo compute2 >>/var/lib/cells/registered")
      try await cloud.clone.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
      let guest = "/var/lib/nova/instances/\(Cloud.guest)"
      func nova(_ words: String) async throws -> RealProgram.Outcome {
        try await cloud.clone.run("runuser", "-u", "nova", "--", "sh", "-c", words)
      }
      _ = try await cloud.clone.says("head -c 3000000 /dev/urandom >/tmp/disk; chmod a+r /tmp/disk")
      let digest = try await cloud.clone.says("sha256sum </tmp/disk")
      #expect(try await nova("ssh 192.168.10.20 touch \(guest)/\(Cloud.trace)").status == 1, "not shared storage")
      try await nova("ssh 192.168.10.20 mkdir -p \(guest)").succeeded("mkdir")
      for copy in ["scp -r", "scp -C -r", "scp -O -r"] {
        try await nova("\(copy) /tmp/disk 192.168.10.20:\(guest)/disk").succeeded(copy)
        #expect(try await cloud.original.says("sha256sum <\(guest)/disk") == digest, "\(copy)")
      }
      for words in [
        "ssh compute hostname", "ssh compute", "ssh compute 'touch \(guest)/\(Cloud.trace); id'",
        "ssh compute rm -rf /",
        "ssh compute cat /etc/shadow", "scp /tmp/disk compute:/tmp/x", "scp -O /tmp/disk compute:/tmp/x",
        "scp compute:/etc/passwd /tmp/x", "scp -O compute:/etc/passwd /tmp/x", "ssh -W 127.0.0.1:22 compute",
        "scp /tmp/disk compute:.ssh/authorized_keys", "echo symlink /etc \(guest)/link >/tmp/b; sftp -b /tmp/b compute",
        "echo rename \(guest)/disk \(guest)/other >/tmp/b; sftp -b /tmp/b compute",
      ] {
        let refused = try await nova("\(words) </dev/null")
        #expect(refused.status != 0, "\(words): \(refused.said)")
      }
      // A link that somebody over there made.
      _ = try await cloud.original.says("ln -s /tmp \(guest)/out")
      for copy in ["scp", "scp -O"] {
        #expect(try await nova("\(copy) /tmp/disk compute:\(guest)/out/x").status != 0)
      }
      #expect(try await cloud.original.says("ls /tmp/x /tmp/disk 2>/dev/null | wc -l") == "0")
      let refusals = "journalctl -o cat --no-pager -t imprint IMPRINT_PEER=192.168.10.21 -p warning"
      let said = try await cloud.original.says(refusals)
      for words in ["hostname", "a login shell", "cat /etc/shadow", "sftp symlink", "sftp extended posix-rename"] {
        #expect(said.contains("192.168.10.21 is refused: \(words)"), "\(words): \(said)")
      }
      try await nova("ssh 192.168.10.20 rm -rf \(guest)").succeeded("rm")
      #expect(
        try await cloud.original.says("ls /var/lib/nova/instances; ls -d /tmp") == "/tmp", "what a link led to is there"
      )
    }
  }

  private struct Report: Decodable {
    struct Left: Decodable { let task: String }
    struct Node: Decodable {
      let node: String
      let changed: [String]
      let left: [Left]
    }
    let schema: String
    let done: Bool
    let transaction: String?
    let nodes: [Node]
  }
}
