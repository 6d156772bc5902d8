import Foundation
import Live
import Support
import Testing

/// The systemds that the cases are tried on.
enum MockSystemd: CaseIterable {
  /// A newer one, on a bus.
  case bus
  /// One of version 219: without newer properties.
  case old
  /// On its own socket, without a bus.
  case direct

  func start() async throws -> MockedSystemd {
    switch self {
    case .bus, .old:
      let bus = try await PrivateBus()
      try await bus.mock("systemd1.py", owning: "org.freedesktop.systemd1", self == .old ? ["--old"] : [])
      return MockedSystemd(bus)
    case .direct: return MockedSystemd(try await PrivateSystemd())
    }
  }

  /// What only newer properties tell.
  func has(_ unit: String) -> Bool { self != .old || !["swaps-invocation", "counts"].contains(unit) }
}

/// One that runs.
struct MockedSystemd {
  private let place: any PrivateSocket
  init(_ place: any PrivateSocket) { self.place = place }

  /// How a request ended: nil where it did not fail. It must have ended, with the explanation of a failure, within a minute.
  func failure(
    of unit: String, _ request: @escaping @LiveActor @Sendable (Systemd, String) async throws -> Void
  ) async throws -> UnitFailure? {
    let began = ContinuousClock.now
    defer { #expect(began.duration(to: .now) < .seconds(50), "\(unit)") }
    return try await onThread { [address = place.address] in
      try LiveActor.run { () -> UnitFailure? in
        let systemd = Systemd(try Bus(address))
        do {
          try await request(systemd, "\(unit).service")
          return nil
        } catch let failure as UnitFailure {
          return failure
        }
      }
    }
  }

  func states(_ units: [String]) async throws -> [UnitState] {
    try await onThread { [address = place.address] in
      try LiveActor.run {
        let systemd = Systemd(try Bus(address))
        var states: [UnitState] = []
        for unit in units { states.append(try await systemd.state(of: unit)) }
        return states
      }
    }
  }

  /// The last StartTransientUnit that was taken, a line each property.
  func transientRecord() throws -> [String] {
    try String(contentsOfFile: "\(place.folder.path)/transient", encoding: .utf8).split(separator: "\n").map(
      String.init)
  }
}
