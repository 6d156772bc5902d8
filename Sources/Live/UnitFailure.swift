/// Why something that was asked of systemd did not come about.
public struct UnitFailure: Error, Sendable {
  public enum Kind: Sendable, Hashable {
    case notFound
    case masked
    /// JobRemoved's result, other than `done`: `failed`, `timeout`, `canceled`, `dependency`, `skipped`, `assert`, `unsupported` …
    case jobFailed(result: String)
    /// The job was done, but the unit did not stay up; in which state it was then, or what happened.
    case didNotStay(String)
    /// Not done in this time. What was asked for goes on; systemd may still come to an end with it.
    case timedOut(Duration)
    /// The polkit action that would allow it.
    case notPermitted(action: String)
    /// The bus's answer was another error.
    case bus(BusError)
    /// Neither a bus nor systemd is there.
    case noBus(BusError)
    /// The task that waited was cancelled.
    case cancelled
  }

  public let kind: Kind
  /// nil where it was not about one.
  public let unit: String?
  /// What was being done: `restart nova-compute.service`.
  public let operation: String
  /// The state that the unit was left in, where that can be told.
  public var state: UnitState?
  /// The unit's last lines, oldest first, where the journal can be read.
  public var journal: [JournalLine] = []

  public init(_ kind: Kind, _ operation: String, unit: String?) {
    self.kind = kind
    self.operation = operation
    self.unit = unit
  }
}

extension UnitFailure: CustomStringConvertible {
  /// One line, without the journal's.
  public var summary: String { "cannot \(operation): \(reason)\(advice.map { " (\($0))" } ?? "")" }

  public var description: String {
    guard !journal.isEmpty else { return summary }
    return ([summary, "its last lines in the journal:"] + journal.map { "  \($0)" }).joined(separator: "\n")
  }

  /// Why it failed.
  public var reason: String {
    switch kind {
    case .notFound: "systemd knows no such unit"
    case .masked: "it is masked"
    case .jobFailed(let result): Self.jobReason(result) + (state.map { "; the unit is \($0)" } ?? "")
    case .didNotStay(let what): "it did not stay up: \(what)"
    case .timedOut(let time): "not done within \(time.inSeconds)\(state.map { "; the unit is \($0)" } ?? "")"
    case .notPermitted(let action): "not permitted; polkit asks for \(action)"
    case .bus(let error): "\(error.message) (\(error.name))"
    case .noBus(let error): "systemd cannot be reached: \(error.message) (\(error.name))"
    case .cancelled: "interrupted"
    }
  }

  /// What to do about it.
  public var advice: String? {
    switch (kind, unit) {
    case (.notFound, let unit?):
      "systemctl list-unit-files shows what there is; the platform profile says which name \(unit) has"
    case (.masked, let unit?): "systemctl unmask \(unit)"
    case (.jobFailed("dependency"), let unit?): "systemctl list-dependencies \(unit) shows which of its needs failed"
    case (.jobFailed, let unit?), (.didNotStay, let unit?): "systemctl status \(unit)"
    case (.timedOut, _?): "systemd goes on with it: systemctl list-jobs"
    case (.notPermitted, _): "run it as root"
    case (.bus(let error), let unit?) where error.name == "org.freedesktop.systemd1.UnitExists":
      "what is there already stays; systemctl status \(unit) shows it"
    case (.noBus, _): "is this machine booted with systemd, and does dbus.socket run?"
    default: nil
    }
  }

  /// job_result_to_string, and the "Job Results" of org.freedesktop.systemd1(5).
  private static func jobReason(_ result: String) -> String {
    switch result {
    case "failed": "its job failed"
    case "timeout": "its job took longer than systemd allows it"
    case "canceled": "its job was cancelled, or another job took its place"
    case "dependency": "a unit that it needs failed"
    case "skipped": "its job does not apply to the state that it is in"
    case "assert": "one of its assertions does not hold"
    case "unsupported": "this system does not support units of its kind"
    default: "its job ended with '\(result)'"
    }
  }
}

extension Duration {
  /// `1.5 s`
  var inSeconds: String {
    let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    guard milliseconds % 1000 != 0 else { return "\(milliseconds / 1000) s" }
    let fraction = String(String(1000 + milliseconds % 1000).dropFirst())
    return "\(milliseconds / 1000).\(fraction) s"
  }
}
