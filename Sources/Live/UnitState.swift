/// What systemd says of one unit, at one moment (org.freedesktop.systemd1(5), "Unit Objects").
public struct UnitState: Sendable, Hashable {
  public enum Load: Sendable, Hashable {
    case loaded, notFound, masked
    /// `bad-setting`, `error`, `merged`, `stub`.
    case other(String)
  }

  public enum Activity: Sendable, Hashable {
    case active, reloading, inactive, failed, activating, deactivating
    case other(String)
  }

  public var unit: String
  public var load: Load
  public var activity: Activity
  /// What the unit's own kind calls it: `running`, `exited`, `dead`, `auto-restart`, `listening`.
  public var sub: String
  /// `success`, `exit-code`, `signal`, `timeout`, `core-dump`, `watchdog`, `start-limit` …; nil for kinds without one.
  public var result: String?
  /// `enabled`, `disabled`, `static`, `masked` …; empty where there is no unit file.
  public var fileState: String
  public var fragmentPath: String?
  /// Its file on disk is newer than what systemd has read.
  public var needsReload: Bool
  public var canReload: Bool
  /// Whether its Condition…= held when it was last started.
  public var conditionHeld: Bool
  /// Type=oneshot: it is well when it has ended well.
  public var isOneshot: Bool

  // Microseconds since the epoch, of the clock on the wall; nil: never.
  public var activeEntered: Int64?
  public var inactiveExited: Int64?
  public var mainProcessStarted: Int64?

  /// What tells one start of the unit from the next.
  public var incarnation: Incarnation
  /// The exit status, or the signal, of the main process that ended last, in words; nil where none did.
  public var ending: String?

  public struct Incarnation: Sendable, Hashable {
    /// nil: none, or none now.
    public var mainProcess: UInt64?
    /// Since systemd 235.
    public var restarts: UInt64?
    /// Since systemd 232.
    public var invocation: [UInt8]?
    /// CLOCK_MONOTONIC, which nobody sets.
    public var activeEntered: UInt64?
  }
}

extension UnitState {
  /// Since when what runs has been running, microseconds since the epoch: a file written later than this it may not have
  /// read.
  public var started: Int64? { mainProcessStarted ?? inactiveExited }
  /// Systemd knows a file or another source for it.
  public var isInstalled: Bool { load != .notFound }
  /// systemd is about to start it once more, because it ended (Restart=).
  public var isRestarting: Bool { sub.hasPrefix("auto-restart") }

  /// Up, or for a oneshot: it ended well.
  public var isWell: Bool {
    switch activity {
    case .active, .reloading: true
    case .inactive: isOneshot && result == "success"
    default: false
    }
  }
}

extension UnitState {
  /// - Parameter properties: of org.freedesktop.systemd1.Unit and of the interface of the unit's kind. What an older systemd does
  ///   not have is not among them.
  init(_ unit: String, _ properties: [String: BusValue]) {
    self.unit = unit
    load = Load(properties["LoadState"]?.text ?? "")
    activity = Activity(properties["ActiveState"]?.text ?? "")
    sub = properties["SubState"]?.text ?? ""
    result = properties["Result"]?.text
    fileState = properties["UnitFileState"]?.text ?? ""
    fragmentPath = properties["FragmentPath"]?.text.flatMap { $0.isEmpty ? nil : $0 }
    needsReload = properties["NeedDaemonReload"]?.truth ?? false
    canReload = properties["CanReload"]?.truth ?? false
    conditionHeld = properties["ConditionResult"]?.truth ?? true
    isOneshot = properties["Type"]?.text == "oneshot"
    activeEntered = properties.time("ActiveEnterTimestamp")
    inactiveExited = properties.time("InactiveExitTimestamp")
    mainProcessStarted = properties.time("ExecMainStartTimestamp")
    incarnation = Incarnation(
      mainProcess: properties["MainPID"]?.number.flatMap { $0 == 0 ? nil : $0 },
      restarts: properties["NRestarts"]?.number, invocation: properties.bytes("InvocationID"),
      activeEntered: properties["ActiveEnterTimestampMonotonic"]?.number)
    ending = Self.ending(properties)
  }

  /// ExecMainCode is si_code of waitid(2): CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3.
  private static func ending(_ properties: [String: BusValue]) -> String? {
    guard let status = properties["ExecMainStatus"]?.number else { return nil }
    return switch properties["ExecMainCode"]?.number {
    case 1: status == 0 ? nil : "exit status \(status)"
    case 2: "signal \(status)"
    case 3: "signal \(status), core dumped"
    default: nil
    }
  }
}

extension [String: BusValue] {
  fileprivate func time(_ name: String) -> Int64? {
    guard let number = self[name]?.number, number != 0 else { return nil }
    return Int64(exactly: number)
  }

  fileprivate func bytes(_ name: String) -> [UInt8]? {
    guard let elements = self[name]?.elements, !elements.isEmpty else { return nil }
    return elements.compactMap { $0.number.map { UInt8(truncatingIfNeeded: $0) } }
  }
}

extension UnitState.Load {
  init(_ text: String) {
    self =
      switch text {
      case "loaded": .loaded
      case "not-found": .notFound
      case "masked": .masked
      default: .other(text)
      }
  }
}

extension UnitState.Activity: CustomStringConvertible {
  init(_ text: String) {
    self =
      switch text {
      case "active": .active
      // Since systemd 258 a unit may also be refreshing: its mounts change while it runs.
      case "reloading", "refreshing": .reloading
      case "inactive": .inactive
      case "failed": .failed
      case "activating": .activating
      case "deactivating": .deactivating
      default: .other(text)
      }
  }

  public var description: String {
    switch self {
    case .active: "active"
    case .reloading: "reloading"
    case .inactive: "inactive"
    case .failed: "failed"
    case .activating: "activating"
    case .deactivating: "deactivating"
    case .other(let text): text
    }
  }
}

extension UnitState: CustomStringConvertible {
  /// `failed (Result=exit-code, exit status 203)`
  public var description: String {
    var details = [sub == activity.description || sub.isEmpty ? nil : sub]
    if let result, result != "success" { details.append("Result=\(result)") }
    if result != "success" || activity == .failed || isRestarting { details.append(ending) }
    let text = details.compactMap(\.self).joined(separator: ", ")
    return text.isEmpty ? "\(activity)" : "\(activity) (\(text))"
  }
}
