import Support
import Testing

/// Statements about a machine that several tests make.
extension Machine {
  /// It is compute2, in every respect that the tutorial's node has.
  func isCompute2(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    #expect(try await says("hostname") == "compute2", sourceLocation: sourceLocation)
    #expect(try await addresses("ens33") == ["192.168.10.21/24"], sourceLocation: sourceLocation)
    #expect(try await addresses("ens34") == ["192.168.20.21/24"], sourceLocation: sourceLocation)
    let route = try await says("ip route show default")
    #expect(route.hasPrefix("default via 192.168.10.2 dev ens33"), sourceLocation: sourceLocation)
    let started = try await ["libvirtd", "nova-compute", "neutron-linuxbridge-agent"].concurrentlyMapped {
      try await self.starts(of: $0).last
    }
    #expect(started.map { $0?.hostname } == ["compute2", "compute2", "compute2"], sourceLocation: sourceLocation)
    #expect(
      started.map { $0?.address } == ["192.168.10.21", "192.168.10.21", "192.168.20.21"],
      sourceLocation: sourceLocation)
  }

  /// It is what it was copied from.
  func isCompute(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    #expect(try await says("hostname; cat /etc/hostname") == "compute\ncompute", sourceLocation: sourceLocation)
    #expect(try await addresses("ens33") == ["192.168.10.20/24"], sourceLocation: sourceLocation)
    #expect(try await addresses("ens34") == ["192.168.20.20/24"], sourceLocation: sourceLocation)
    #expect(
      try await starts(of: "nova-compute").last?.address == "192.168.10.20", sourceLocation: sourceLocation)
  }

  /// Neither the machine's id nor a host key is the other's.
  func hasNothing(of other: Machine, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let identity = "cat /etc/machine-id /etc/ssh/ssh_host_*_key.pub"
    let twins = Set(try await other.says(identity).split(separator: "\n"))
      .intersection(try await says(identity).split(separator: "\n"))
    #expect(twins.isEmpty, sourceLocation: sourceLocation)
  }

  /// Puts live-effects (Tests/LiveEffects) on its disk.
  func installLiveEffects() async throws {
    let place = try await disk + "/usr/bin/live-effects"
    try await RealProgram.needed("install").run([LiveEffects.path, place]).succeeded("putting live-effects on the disk")
  }

  /// Says something on the wire, so that its address is seen there.
  func speaks() async throws {
    _ = try await run("bash", "-c", "exec 3<>/dev/tcp/192.168.10.2/22", seconds: 20)
  }
}

extension Laboratory {
  /// A clone of the original, booted while that is off: what an operator has before them when they run imprint.
  func bootedClone() async throws -> Machine {
    let clone = try await clone(of: try await original())
    try await clone.boot()
    return clone
  }
}
