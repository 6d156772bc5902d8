import Foundation
import Live
import Support
import Testing

/// What is asked of systemd, against one that does wrong on purpose (Mocks/systemd1.py says why it is a mock).
@Suite(.serialized) struct SystemdTests {
  /// How a request ended: nil where it did not fail. Each must have ended well within its time, and some.
  static func outcome(
    of unit: String, on address: Bus.Address, within time: Duration = .seconds(20),
    _ request: @escaping @LiveActor @Sendable (Systemd, String) async throws -> Void
  ) throws -> UnitFailure? {
    let began = ContinuousClock.now
    defer { #expect(began.duration(to: .now) < time + .seconds(20), "\(unit) took \(began.duration(to: .now))") }
    return try LiveActor.run {
      let systemd = Systemd(try Bus(address))
      do {
        try await request(systemd, "\(unit).service")
        return nil
      } catch let failure as UnitFailure {
        return failure
      }
    }
  }

  static let jobs: [(unit: String, kind: UnitFailure.Kind?)] = [
    ("good", nil),
    // Its JobRemoved comes before the answer that says which job it is.
    ("early", nil),
    ("slow-start", nil),
    ("fails", .jobFailed(result: "failed")),
    ("times-out", .jobFailed(result: "timeout")),
    ("replaced", .jobFailed(result: "canceled")),
    ("dependent", .jobFailed(result: "dependency")),
    ("skips", .jobFailed(result: "skipped")),
    ("asserts", .jobFailed(result: "assert")),
    ("unsupported", .jobFailed(result: "unsupported")),
    ("novel", .jobFailed(result: "frobnicated")),
    ("masked", .masked),
    ("missing", .notFound),
    // systemd 219 says LoadFailed for it.
    ("missing-219", .notFound),
    ("denied", .notPermitted(action: "org.freedesktop.systemd1.manage-units")),
    ("asks", .notPermitted(action: "org.freedesktop.systemd1.manage-units")),
  ]

  @Test(arguments: [false, true]) func `a job ends as its result says, on the bus and on systemd's own socket`(
    isDirect: Bool
  ) throws {
    let bus = isDirect ? nil : try PrivateBus()
    let direct = isDirect ? try PrivateSystemd() : nil
    try bus?.mock("systemd1.py", owning: "org.freedesktop.systemd1")
    let address = try #require(bus?.address ?? direct?.address)
    for (unit, kind) in Self.jobs {
      let failure = try Self.outcome(of: unit, on: address) { try await $0.restart($1, within: .seconds(20)) }
      #expect(failure?.kind == kind, "\(unit): \(failure.map(String.init(describing:)) ?? "no failure")")
      if let failure { #expect(failure.unit == "\(unit).service") }
    }
  }
}
