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

  @Test(arguments: [MockSystemd.bus, .old])
  func `a service has what a unit file would say, and of an older systemd's what that knows`(_ mock: MockSystemd)
    async throws
  {
    let mocked = try await mock.start()
    #expect(
      try await mocked.failure(of: "good") { systemd, _ in
        try await systemd.startTransient(Self.service, within: .seconds(20))
      } == nil)
    let newer = [
      "CollectMode=inactive-or-failed", "Restart=on-failure", "KillMode=process", "TimeoutStartUSec=90000000",
    ]
    let said =
      [
        "fail", "Description=Imprint", "Type=simple", "ExecStart=\(Self.command)",
        "Environment=['A=1', 'B=2']",
      ] + (mock == .old ? [] : newer)
    #expect(try mocked.transientRecord() == said.map { "imprint-apply.service \($0)" })
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
