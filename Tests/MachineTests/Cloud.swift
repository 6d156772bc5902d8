import Foundation
import Support

/// What joins.
struct Cloud {
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
  /// - Parameters:
  ///   - more: Lines for the site.
  ///   - isWhole: Whether every node of the site is there; else one is off.
  func cloud(site more: String = "", isWhole: Bool = false) async throws -> Cloud {
    let original = try await original()
    let disk = try await original.disk
    let site = try String(contentsOfFile: "\(disk)/etc/imprint/site.toml", encoding: .utf8)
    let absent = """

      [nodes.compute3]
      role      = "compute"
      addresses = { management = "192.168.10.22", tunnel = "192.168.20.22" }

      """
    try (site + (isWhole ? "" : absent) + more).write(
      toFile: "\(disk)/etc/imprint/site.toml", atomically: false, encoding: .utf8)
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
