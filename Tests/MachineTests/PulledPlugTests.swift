import Support
import Testing

/// The machine goes down in the middle of an apply on it, and comes up again.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct PulledPlugTests {
  /// The tutorial's compute node with imprint-boot.service, and a site that gives it another address from now on.
  private func readdressed(_ laboratory: Laboratory) async throws -> Machine {
    let original = try await laboratory.original()
    try await RealProgram(path: "\(Repository.path)/Scripts/install-units").run([original.disk])
      .succeeded("installing the units")
    try await original.boot()
    try await original.run("imprint", "apply", "compute", "--yes").succeeded("apply")
    _ = try await original.says("sed -i 's/192.168.10.20/192.168.10.25/' /etc/imprint/site.toml")
    return original
  }

  @Test func `what nobody had confirmed is undone before the network comes up`() async throws {
    try await Laboratory.run { laboratory in
      let machine = try await readdressed(laboratory)
      try await machine.run("imprint", "apply", "compute", "--yes", "--confirm-within", "600").succeeded("apply")
      #expect(try await machine.addresses("ens33") == ["192.168.10.25/24"])
      let before = try await laboratory.frames().count
      try await machine.kill()
      try await machine.boot()
      try await machine.speaks()
      try await machine.isCompute()
      #expect(try await machine.says("journalctl -u imprint-boot -o cat").contains("was not confirmed in time"))
      let since = try await laboratory.frames().dropFirst(before).filter { machine.cards.contains($0.mac) }
      #expect(!since.contains { $0.sender == "192.168.10.25" })
      #expect(since.contains { $0.sender == "192.168.10.20" })
    }
  }

  @Test func `at any moment, it is the one or the other afterwards, and the next apply ends well`() async throws {
    try await Laboratory.run { laboratory in
      let machine = try await readdressed(laboratory)
      for milliseconds in [20, 60, 120, 250, 500, 1500] {
        async let applied = machine.run("imprint", "apply", "compute", "--yes")
        try await Task.sleep(for: .milliseconds(milliseconds))
        try await machine.kill()
        _ = try? await applied
        try await machine.boot()
        let said = try await machine.says(
          "grep -ho '192.168.10.2[05]' /etc/network/interfaces /etc/nova/nova.conf; ls -A /etc/network /etc/nova")
        let addresses = Set(said.split(separator: "\n").filter { $0.hasPrefix("192.") })
        #expect(addresses.count == 1, "after \(milliseconds) ms: \(said)")
        #expect(!said.contains(".imprint"), "after \(milliseconds) ms: \(said)")
        #expect(try await machine.says("imprint status").contains("interrupted") == false)
        try await machine.run("imprint", "apply", "compute", "--yes").succeeded("apply after \(milliseconds) ms")
        #expect(try await machine.addresses("ens33") == ["192.168.10.25/24"])
        try await machine.run("imprint", "rollback", "--no-activate").succeeded("rollback")
      }
    }
  }
}
