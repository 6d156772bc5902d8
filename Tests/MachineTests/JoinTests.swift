import Foundation
import Support
import Testing

/// Machines that join: a clone, its original, a peer that is off, and a controller without imprint.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct JoinTests {
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
      #expect(report.nodes.filter { !$0.left.isEmpty }.map(\.node) == ["compute3"])
      #expect(report.nodes.flatMap { $0.changed }.isEmpty)
      #expect(try await cloud.computes.concurrentlyMapped { try await $0.says(disks) } == before)
      #expect(try await cloud.controller.says("cat /var/lib/cells/runs") == "nova")
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

/// What joins.
private struct Cloud {
  static let guest = "23f81b33-1920-4326-957b-b2009cc41adc"
  static let trace = "a2e87c5cdf0b4fd288d71cf1a0979845.tmp"

  let controller: Machine
  let original: Machine
  let clone: Machine
  var computes: [Machine] { [original, clone] }

  func boot() async throws {
    async let first: Void = controller.boot()
    async let second: Void = original.boot()
    _ = try await (first, second)
    try await clone.boot()
  }

  /// As nova does it, both ways, by name and by address.
  func guestsCanMove() async throws {
    let other = [("192.168.10.20", "compute"), ("192.168.10.21", "compute2")]
    for (machine, names) in zip([clone, original], other) {
      for target in [names.0, names.1] {
        let words = "ssh -o BatchMode=yes \(target) mkdir -p /var/lib/nova/instances/\(Self.guest)"
        try await machine.run("runuser", "-u", "nova", "--", "sh", "-c", words).succeeded("nova to \(target)")
        try await machine.run(
          "runuser", "-u", "nova", "--", "sh", "-c",
          "ssh -o BatchMode=yes \(target) rm -rf /var/lib/nova/instances/\(Self.guest)"
        ).succeeded("nova to \(target)")
      }
    }
  }
}

extension Laboratory {
  fileprivate func cloud() async throws -> Cloud {
    let original = try await original()
    let disk = try await original.disk
    let site = try String(contentsOfFile: "\(disk)/etc/imprint/site.toml", encoding: .utf8)
    let absent = """

      [nodes.compute3]
      role      = "compute"
      addresses = { management = "192.168.10.22", tunnel = "192.168.20.22" }

      """
    try (site + absent).write(toFile: "\(disk)/etc/imprint/site.toml", atomically: false, encoding: .utf8)
    // The operator's key, and the controller's host key, which they have seen.
    try FileManager.default.copyItem(atPath: try await key, toPath: "\(disk)/root/.ssh/id_ed25519")
    let hostKey = try String(contentsOfFile: "\(disk)/etc/ssh/ssh_host_ed25519_key.pub", encoding: .utf8)
    try "controller,192.168.10.10 \(hostKey)".write(
      toFile: "\(disk)/root/.ssh/known_hosts", atomically: false, encoding: .utf8)
    let clone = try await clone(of: original, "compute2")
    let controller = try await self.clone(of: original, "controller", card: "52:54:00:00:00:10")
    try await dress(controller)
    return Cloud(controller: controller, original: original, clone: clone)
  }

  /// Into a controller that has never heard of imprint, with a mock of nova-manage.
  private func dress(_ controller: Machine) async throws {
    let disk = try await controller.disk
    let script = """
      set -e; cd "$1"; rm usr/bin/imprint; echo controller >etc/hostname
      sed -i 's/192[.]168[.]\\(.\\)0[.]20/192.168.\\10.10/' etc/network/interfaces
      for unit in nova-compute libvirtd neutron-linuxbridge-agent; do rm etc/systemd/system/multi-user.target.wants/$unit.service; done
      install -m 755 "$2" usr/bin/nova-manage
      mkdir var/lib/cells; echo compute | tee var/lib/cells/mapped >var/lib/cells/registered; chown -R 64060 var/lib/cells
      """
    try await RealProgram.needed("sh").run(["-c", script, "sh", disk, "\(Repository.path)/Tests/Machines/nova-manage"])
      .succeeded("a controller")
  }
}
