import Foundation
import Support
import Testing

/// What an old NetworkManager lacks, and one that refuses or hangs says (Mocks/networkmanager.py), on a real link in a network
/// namespace. A real one is met on booted machines.
@Suite struct NetworkManagerTests {
  /// The mock's mode; what the connection's file then says, what is said, what the link has in the end, and what was called.
  static let cases: [(mode: String, file: String, said: String, has: String, calls: String)] = [
    ("newer", "192.168.10.21/24", "renewed", "192.168.10.21/24", "Create Reload Activate Destroy"),
    ("middle", "192.168.10.21/24", "renewed", "192.168.10.21/24", "Create Reload Activate Destroy"),
    ("old", "192.168.10.21/24", "renewed", "192.168.10.21/24", "Create Reload Activate"),
    (
      "fails", "192.168.10.66/24",
      "ens33: NetworkManager could not activate it: its addresses could not be set (no address, timeout, …); the link was brought back to what it was",
      "192.168.10.20/24", "Create Reload Activate Rollback"
    ),
    (
      "old-fails", "192.168.10.66/24",
      "ens33: NetworkManager could not activate it: its addresses could not be set (no address, timeout, …); the link could not be brought back: this NetworkManager is too old for checkpoints",
      "", "Create Reload Activate"
    ),
    (
      "never", "192.168.10.21/24",
      "ens33: NetworkManager did not activate it in time; the link was brought back to what it was",
      "192.168.10.20/24", "Create Reload Activate Rollback"
    ),
    (
      "wrong", "192.168.10.21/24",
      "ens33 did not come up as it should: 192.168.10.21/24 is not there; the link was brought back to what it was",
      "192.168.10.20/24", "Create Reload Activate Rollback"
    ),
    (
      "quits", "192.168.10.21/24",
      "ens33: NetworkManager did not activate it in time; the link could not be brought back: ens33: NetworkManager is not there any more",
      "192.168.10.20/24", "Create Reload Activate"
    ),
    (
      "broken", "192.168.10.21/24",
      "ens33 did not come up as it should: 192.168.10.21/24 is not there; the link could not be brought back: ens33: NetworkManager failed",
      "", "Create Reload Activate Rollback"
    ),
    (
      "taken", "192.168.10.21/24",
      "ens33: org.freedesktop.NetworkManager.CheckpointCreate failed: device 'ens33' is already included in checkpoint /org/freedesktop/NetworkManager/Checkpoint/9 (org.freedesktop.NetworkManager.InvalidArguments)",
      "192.168.10.20/24", "Create"
    ),
    (
      "denied", "192.168.10.21/24",
      "ens33 is not changed: not permitted; polkit asks for org.freedesktop.NetworkManager.checkpoint-rollback (run it as root)",
      "192.168.10.20/24", "Create"
    ),
    (
      "unmanaged", "192.168.10.21/24", "ens33: NetworkManager isn't running, or does not manage it",
      "192.168.10.20/24", ""
    ),
  ]

  @Test func `the link comes up, or is what it was, or it is said why not, and its file is left alone`() async throws {
    try await NetworkNamespace.pair { node, _ in
      for (mode, address, said, has, calls) in Self.cases {
        let bus = try await PrivateBus()
        let file = "\(bus.folder.path)/connection"
        try "192.168.10.20/24\n".write(toFile: file, atomically: false, encoding: .utf8)
        try await bus.mock("networkmanager.py", owning: "org.freedesktop.NetworkManager", [mode, file], in: node)
        let written = "\(address) # by hand\n"
        try written.write(toFile: file, atomically: false, encoding: .utf8)
        let outcome = try await node.effect(
          "renew interface=ens33 backend=network-manager within=1000 expected=\(address) former=192.168.10.20/24 bus=unix:path=\(bus.folder.path)/bus"
        )
        #expect(outcome == said, "\(mode)")
        let left = try await node.ip("-o -4 addr show dev ens33").split(separator: " ")
        #expect((left.count > 3 ? left[3] : "") == has, "\(mode)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == written, "\(mode)")
        let called = (try? String(contentsOfFile: "\(file).calls", encoding: .utf8)) ?? ""
        let words = called.replacing("Checkpoint", with: "").replacing("Connections", with: "")
          .replacing("Connection", with: "").split(separator: "\n").joined(separator: " ")
        #expect(words == calls, "\(mode)")
      }
    }
  }
}
