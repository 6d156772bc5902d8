import Foundation
import Live
import Support
import Testing

/// What StartTransientUnit is asked for; that a real systemd does it is seen on booted machines.
@Suite(.serialized) struct TransientUnitTests {
  static let service = TransientUnit.service(
    "imprint-apply.service", description: "Imprint", command: ["/usr/sbin/imprint", "apply", "a b"],
    environment: ["B": "2", "A": "1"], kind: "simple", restart: "on-failure", killMode: "process",
    startTimeout: .seconds(90))
  static let command = "[('/usr/sbin/imprint', ['/usr/sbin/imprint', 'apply', 'a b'], False)]"

  @Test func `a service has what a unit file would say`() async throws {
    let mocked = try await MockSystemd.bus.start()
    #expect(
      try await mocked.failure(of: "good") { systemd, _ in
        try await systemd.startTransient(Self.service, within: .seconds(20))
      } == nil)
    #expect(
      try mocked.transientRecord() == [
        "imprint-apply.service fail",
        "imprint-apply.service Description=Imprint",
        "imprint-apply.service Type=simple",
        "imprint-apply.service ExecStart=\(Self.command)",
        "imprint-apply.service RemainAfterExit=False",
        "imprint-apply.service Environment=['A=1', 'B=2']",
        "imprint-apply.service CollectMode=inactive-or-failed",
        "imprint-apply.service Restart=on-failure",
        "imprint-apply.service KillMode=process",
        "imprint-apply.service TimeoutStartUSec=90000000",
      ])
  }

  @Test func `an older systemd gets what it knows`() async throws {
    let mocked = try await MockSystemd.old.start()
    #expect(
      try await mocked.failure(of: "good") { systemd, _ in
        try await systemd.startTransient(Self.service, within: .seconds(20))
      } == nil)
    #expect(
      try mocked.transientRecord() == [
        "imprint-apply.service fail",
        "imprint-apply.service Description=Imprint",
        "imprint-apply.service Type=simple",
        "imprint-apply.service ExecStart=\(Self.command)",
        "imprint-apply.service RemainAfterExit=False",
        "imprint-apply.service Environment=['A=1', 'B=2']",
      ])
  }

  @Test(arguments: [MockSystemd.bus, .old]) func `a timer comes with its service`(_ mock: MockSystemd) async throws {
    let mocked = try await mock.start()
    let failure = try await mocked.failure(of: "good") { systemd, _ in
      let timer = TransientUnit.timer("imprint-undo.timer", description: "Undo", after: .milliseconds(1500))
      let service = TransientUnit.service(
        "imprint-undo.service", description: "Undo", command: ["/usr/sbin/imprint", "rollback"], isCollected: false)
      try await systemd.startTransient(timer, auxiliary: [service], within: .seconds(20))
    }
    #expect(failure == nil)
    let times =
      mock == .old
      ? ["OnActiveSec=1500000"]
      : ["TimersMonotonic=[('OnActiveSec', 1500000)]", "AccuracyUSec=100000", "RemainAfterElapse=False"]
    #expect(
      try mocked.transientRecord() == ["imprint-undo.timer fail", "imprint-undo.timer Description=Undo"]
        + times.map { "imprint-undo.timer \($0)" } + [
          "imprint-undo.service Description=Undo",
          "imprint-undo.service Type=oneshot",
          "imprint-undo.service ExecStart=[('/usr/sbin/imprint', ['/usr/sbin/imprint', 'rollback'], False)]",
          "imprint-undo.service RemainAfterExit=False",
        ])
  }

  @Test func `a property that it cannot do without is an error`() async throws {
    var unit = TransientUnit("odd.service", description: "odd")
    unit.properties.append(TransientUnit.Property("Frobnicate", .bool(true)))
    let failure = try await MockSystemd.bus.start().failure(of: "good") { [unit] systemd, _ in
      try await systemd.startTransient(unit, within: .seconds(20))
    }
    guard case .bus(let error)? = failure?.kind else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(error.message == "Cannot set property Frobnicate, or unknown property.")
  }
}
