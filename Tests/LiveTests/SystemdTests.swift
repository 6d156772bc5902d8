import Foundation
import Live
import Support
import Testing

/// What is asked of systemd, against one that does wrong on purpose (Mocks/systemd1.py says why it is a mock).
@Suite(.serialized) struct SystemdTests {
  static let jobs: [(unit: String, kind: UnitFailure.Kind?)] = [
    ("good", nil),
    // Its JobRemoved comes before the answer that says which job it is.
    ("early", nil),
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
    (
      "bad",
      .bus(
        BusError(
          "org.freedesktop.systemd1.BadUnitSetting", "Unit bad.service has a bad unit file setting.",
          in: "org.freedesktop.systemd1.Manager.RestartUnit"))
    ),
  ]

  @Test(arguments: MockSystemd.allCases) func `a job ends as its result says`(_ mock: MockSystemd) async throws {
    let mocked = try await mock.start()
    for (unit, kind) in Self.jobs {
      let failure = try await mocked.failure(of: unit) { try await $0.restart($1, within: .seconds(20)) }
      #expect(failure?.kind == kind, "\(unit): \(failure.map(String.init(describing:)) ?? "no failure")")
      if let failure { #expect(failure.unit == "\(unit).service") }
    }
  }

  @Test func `what a job leaves behind is said with its failure`() async throws {
    let mocked = try await MockSystemd.bus.start()
    let failure = try await mocked.failure(of: "fails") { try await $0.start($1, within: .seconds(20)) }
    #expect(
      failure?.summary
        == "cannot start fails.service: its job failed; the unit is failed (Result=exit-code, exit status 3) (systemctl status fails.service)"
    )
    let unknown = try await mocked.failure(of: "missing") { try await $0.stop($1, within: .seconds(20)) }
    #expect(unknown?.summary.hasPrefix("cannot stop missing.service: systemd knows no such unit (") == true)
    let denied = try await mocked.failure(of: "asks") { try await $0.reload($1, within: .seconds(20)) }
    #expect(
      denied?.summary
        == "cannot reload asks.service: not permitted; polkit asks for org.freedesktop.systemd1.manage-units (run it as root)"
    )
  }

  @Test(arguments: MockSystemd.allCases) func `a job that never ends costs its deadline`(_ mock: MockSystemd)
    async throws
  {
    let mocked = try await mock.start()
    let time = Duration.milliseconds(400)
    for unit in ["endless", "mute"] {
      let began = ContinuousClock.now
      let failure = try await mocked.failure(of: unit) { try await $0.restart($1, within: time) }
      #expect(failure?.kind == .timedOut(time), "\(unit): \(String(describing: failure))")
      #expect(began.duration(to: .now) >= time)
    }
  }

  @Test func `a bus that goes away in the middle is told at once`() async throws {
    let bus = try await PrivateBus()
    try await bus.mock("systemd1.py", owning: "org.freedesktop.systemd1")
    let mocked = MockedSystemd(bus)
    let failure = try await mocked.failure(of: "endless") { [daemon = bus.daemon] systemd, unit in
      async let _: Void = PrivateBus.breakDown(daemon, after: .milliseconds(200))
      try await systemd.restart(unit, within: .seconds(60))
    }
    guard case .bus(let error)? = failure?.kind else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(error.isDisconnected)
  }

  /// Stopped rather than ended: its socket takes what is sent, and nobody reads it.
  @Test func `a bus that hangs costs the deadline, also where signals are asked for`() async throws {
    let bus = try await PrivateBus()
    try await bus.mock("systemd1.py", owning: "org.freedesktop.systemd1")
    let time = Duration.milliseconds(400)
    let failure = try await MockedSystemd(bus).failure(of: "good") { [daemon = bus.daemon] systemd, unit in
      // The connection stands.
      _ = try await systemd.state(of: unit)
      kill(daemon, SIGSTOP)
      let began = ContinuousClock.now
      defer { #expect(began.duration(to: .now) < .seconds(15)) }
      try await systemd.restart(unit, within: time)
    }
    #expect(failure?.kind == .timedOut(time))
  }

  @Test func `a systemd that leaves the bus is waited for until the deadline, for it may come back`() async throws {
    let time = Duration.milliseconds(600)
    let failure = try await MockSystemd.bus.start().failure(of: "leaves") { try await $0.restart($1, within: time) }
    #expect(failure?.kind == .timedOut(time))
  }

  @Test func `without a bus systemd is reached on its own socket, and without that it is said`() async throws {
    let direct = try await PrivateSystemd()
    let nowhere = Bus.Address.other("unix:path=/nonexistent/bus")
    let (address, kind) = try await onThread { [address = direct.address] in
      try LiveActor.run {
        let systemd = try await Systemd.connect(nowhere, orElse: address)
        try await systemd.restart("good.service", within: .seconds(20))
        do throws(UnitFailure) {
          _ = try await Systemd.connect(nowhere, orElse: .direct("unix:path=/nonexistent/private"))
          return (address, UnitFailure.Kind?.none)
        } catch {
          return (address, error.kind)
        }
      }
    }
    #expect(address == direct.address)
    guard case .noBus(let error)? = kind else {
      Issue.record("\(String(describing: kind))")
      return
    }
    #expect(error.name == BusError.Name.noServer)
  }

  @Test func `a bus without systemd is no bus, in connecting and later`() async throws {
    let bus = try await PrivateBus()
    let failures = try await onThread { [address = bus.address] in
      try LiveActor.run {
        var failures: [UnitFailure] = []
        do throws(UnitFailure) {
          _ = try await Systemd.connect(address, orElse: .direct("unix:path=/nonexistent/private"))
        } catch {
          failures.append(error)
        }
        do throws(UnitFailure) {
          let systemd = try Systemd(unchecked: address)
          try await systemd.restart("good.service", within: .seconds(20))
        } catch {
          failures.append(error)
        }
        return failures
      }
    }
    #expect(failures.count == 2)
    for failure in failures {
      guard case .noBus(let error) = failure.kind else {
        Issue.record("\(failure)")
        continue
      }
      #expect(error.isAbsent)
    }
  }

  @Test(arguments: ["endless", "mute"]) func `who is cancelled stops waiting`(_ unit: String) async throws {
    let failure = try await MockSystemd.bus.start().failure(of: unit) { systemd, unit in
      let notes = Notes()
      // It is cancelled at the deadline, and awaited.
      _ = await LiveActor.until(.now + .milliseconds(200)) { () -> Never? in
        do throws(UnitFailure) {
          try await systemd.restart(unit, within: .seconds(60))
        } catch {
          notes.failure = error
        }
        return nil
      }
      if let failure = notes.failure { throw failure }
    }
    #expect(failure?.kind == .cancelled)
  }

  @LiveActor private final class Notes { var failure: UnitFailure? }

  @Test func `unit files are masked without force, and a refusal names its polkit action`() async throws {
    let mocked = try await MockSystemd.bus.start()
    #expect(try await mocked.failure(of: "good") { try await $0.mask([$1], runtime: false) } == nil)
    #expect(try await mocked.failure(of: "good") { try await $0.unmask([$1], runtime: true) } == nil)
    let failure = try await mocked.failure(of: "denied") { try await $0.mask([$1], runtime: false) }
    #expect(failure?.kind == .notPermitted(action: "org.freedesktop.systemd1.manage-unit-files"))
    #expect(try await mocked.failure(of: "good") { try await $0.resetFailed($1) } == nil)
  }
}

extension Systemd {
  /// Without asking whether it is there.
  convenience init(unchecked address: Bus.Address) throws(UnitFailure) {
    do throws(BusError) {
      self.init(try Bus(address))
    } catch {
      throw UnitFailure(.noBus(error), "reach systemd", unit: nil)
    }
  }
}
