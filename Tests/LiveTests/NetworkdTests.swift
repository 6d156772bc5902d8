import Foundation
import Support
import Testing

/// The real systemd-networkd, on a real link in a network namespace, with a bus, files and a state of its own.
@Suite struct NetworkdTests {
  private static let program = "/lib/systemd/systemd-networkd"

  /// A read-only /sys tells it that nobody has to name the links first, as in a container.
  private static let script = """
    mount -o remount,bind,ro /sys
    mount -t tmpfs -o mode=755 tmpfs /run/systemd
    mkdir -p /etc/systemd/network
    mount --bind "$0/network" /etc/systemd/network
    export DBUS_SYSTEM_BUS_ADDRESS="unix:path=$0/bus"
    exec \(program)
    """

  @Test(.timeLimit(.minutes(2)))
  func `a link has what its file says now, and where nobody can be asked it is said what to do`() async throws {
    guard FileManager.default.isExecutableFile(atPath: Self.program) else {
      return RealProgram.missing("systemd-networkd")
    }
    try await NetworkNamespace.pair { node, _ in
      let bus = try await PrivateBus()
      let folder = bus.folder.path
      // It gives up root, and has to reach both all the same.
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
      try FileManager.default.createDirectory(atPath: "\(folder)/network", withIntermediateDirectories: true)
      func write(_ address: String) throws {
        let text = "[Match]\nName=ens33\n[Network]\nLinkLocalAddressing=no\nAddress=\(address)\n"
        try text.write(toFile: "\(folder)/network/10-ens33.network", atomically: false, encoding: .utf8)
      }
      func renew(_ address: String, _ former: String, _ backend: String = "networkd") async throws -> String {
        try await node.effect(
          "renew interface=ens33 backend=\(backend) within=20000 expected=\(address) former=\(former) netplan=/bin/true bus=unix:path=\(folder)/bus"
        )
      }
      func addresses() async throws -> [String] {
        try await node.ip("-o -4 addr show dev ens33").split(separator: "\n").compactMap { line in
          line.split(separator: " ").dropFirst(3).first.map(String.init)
        }
      }
      try write("192.168.10.20/24")
      #expect(
        try await renew("192.168.10.20/24", "192.168.10.21/24")
          == "ens33: systemd-networkd does not run, or is too old to be asked; its files are in place, and this takes them up: systemctl restart systemd-networkd.service, then networkctl status ens33"
      )
      try await bus.run(["bash", "-euc", Self.script, folder], owning: "org.freedesktop.network1", in: node)
      #expect(try await renew("192.168.10.20/24", "192.168.10.21/24") == "renewed")
      try write("192.168.10.21/24")
      #expect(try await renew("192.168.10.21/24", "192.168.10.20/24") == "renewed")
      #expect(try await addresses() == ["192.168.10.21/24"])
      // What netplan generates is what it reads: the program itself has no part in it here.
      try write("192.168.10.22/24")
      #expect(try await renew("192.168.10.22/24", "192.168.10.21/24", "netplan") == "renewed")
      #expect(try await addresses() == ["192.168.10.22/24"])
    }
  }
}
