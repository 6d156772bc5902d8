import Live
import Support
import Testing

/// Whether a unit stays up, told by the mock's signals.
@Suite(.serialized) struct UnitWatchTests {
  /// nil: it is well. Else words of what is said.
  static let cases: [(unit: String, said: String?)] = [
    ("good", nil),
    ("slow-start", nil),
    ("reloads", nil),
    ("oneshot", nil),
    ("oneshot-stays", nil),
    ("fails-later", "failed (Result=exit-code, exit status 3)"),
    ("loops", "activating (auto-restart, Result=exit-code, exit status 1)"),
    ("swaps", "its main process 4000 was followed by 4002"),
    ("swaps-invocation", "it was started again"),
    ("counts", "systemd had to start it again (NRestarts=7)"),
    ("ends", "inactive (dead)"),
    ("unmet", "inactive (dead); a condition of it does not hold"),
  ]

  @Test(arguments: MockSystemd.allCases) func `a unit has to stay up, and to be the same`(_ mock: MockSystemd)
    async throws
  {
    let mocked = try await mock.start()
    for (unit, said) in Self.cases where mock.has(unit) {
      let failure = try await mocked.failure(of: unit) { systemd, unit in
        try await systemd.restart(unit, within: .seconds(20))
        try await systemd.watch(unit, for: .milliseconds(600), within: .seconds(20))
      }
      let expected = said.map { UnitFailure.Kind.didNotStay($0) }
      #expect(failure?.kind == expected, "\(unit): \(String(describing: failure))")
    }
  }

  @Test func `a unit that is never up costs the deadline, and so does a stay that is longer`() async throws {
    let mocked = try await MockSystemd.bus.start()
    let time = Duration.milliseconds(500)
    let slow = try await mocked.failure(of: "never-up") { systemd, unit in
      try await systemd.restart(unit, within: .seconds(20))
      try await systemd.watch(unit, for: .milliseconds(100), within: time)
    }
    #expect(slow?.kind == .timedOut(time))
    #expect(slow?.state?.activity == .activating)
    let long = try await mocked.failure(of: "good") { systemd, unit in
      try await systemd.restart(unit, within: .seconds(20))
      try await systemd.watch(unit, for: .seconds(60), within: time)
    }
    #expect(long?.kind == .timedOut(time))
  }

  @Test func `what is stopped, masked or missing is not watched`() async throws {
    let mocked = try await MockSystemd.bus.start()
    let kinds: [(String, UnitFailure.Kind)] = [
      ("good", .didNotStay("inactive (dead)")), ("masked", .masked), ("missing", .notFound),
    ]
    for (unit, kind) in kinds {
      let failure = try await mocked.failure(of: unit) {
        try await $0.watch($1, for: .seconds(1), within: .seconds(20))
      }
      #expect(failure?.kind == kind)
    }
  }

  @Test func `a systemd that is not there at the end cannot say that all is well`() async throws {
    let failure = try await MockSystemd.bus.start().failure(of: "leaves-later") { systemd, unit in
      try await systemd.restart(unit, within: .seconds(20))
      try await systemd.watch(unit, for: .milliseconds(500), within: .seconds(20))
    }
    guard case .noBus? = failure?.kind else {
      Issue.record("\(String(describing: failure))")
      return
    }
  }

  @Test func `the bus may go away while it is watched`() async throws {
    let bus = try await PrivateBus()
    try await bus.mock("systemd1.py", owning: "org.freedesktop.systemd1")
    let failure = try await MockedSystemd(bus).failure(of: "good") { [daemon = bus.daemon] systemd, unit in
      try await systemd.restart(unit, within: .seconds(20))
      async let _: Void = PrivateBus.breakDown(daemon, after: .milliseconds(200))
      try await systemd.watch(unit, for: .seconds(50), within: .seconds(60))
    }
    guard case .bus(let error)? = failure?.kind else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(error.isDisconnected)
  }

  @Test(arguments: MockSystemd.allCases) func `a state says what is there, and nothing that this systemd has not`(
    _ mock: MockSystemd
  ) async throws {
    let states = try await mock.start().states(["good.service", "missing.service", "masked.service", "strange.target"])
    #expect(states.map(\.load) == [.loaded, .notFound, .masked, .loaded])
    #expect(states.map(\.isInstalled) == [true, false, true, true])
    let good = states[0]
    #expect(good.activity == .inactive && good.sub == "dead" && good.fileState == "enabled")
    #expect(good.fragmentPath == "/lib/systemd/system/good.service")
    #expect(good.inactiveExited == 1_700_000_000_000_000)
    #expect(good.activeEntered == 1_700_000_000_000_001)
    #expect(good.mainProcessStarted == 1_700_000_000_000_002 && good.started == 1_700_000_000_000_002)
    #expect(good.canReload && !good.needsReload && good.conditionHeld && good.result == "success")
    #expect(good.incarnation.restarts == (mock == .old ? nil : 0))
    #expect(good.incarnation.invocation == (mock == .old ? nil : Array(repeating: 7, count: 16)))
    // The mock has no interface for targets, as a systemd of another version has not for kinds that it does not know.
    #expect(states[3].result == nil && states[3].started == 1_700_000_000_000_000)
  }
}
