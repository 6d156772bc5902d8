/// A unit that is made on the spot and has no file (org.freedesktop.systemd1(5), "StartTransientUnit()").
public struct TransientUnit: Sendable, Hashable {
  /// With its kind: `imprint-apply.service`.
  public var name: String
  public var properties: [Property] = []

  /// What a unit file would say, as the bus has it.
  public struct Property: Sendable, Hashable {
    public var name: String
    public var value: BusValue
    /// What an older systemd, which does not take this, gets in its place: nothing, or its former name.
    public var older: Older

    public indirect enum Older: Sendable, Hashable {
      /// It cannot be done without.
      case needed
      case nothing
      case instead(Property)
    }

    public init(_ name: String, _ value: BusValue, older: Older = .needed) {
      self.name = name
      self.value = value
      self.older = older
    }
  }

  public init(_ name: String, description: String) {
    self.name = name
    properties = [Property("Description", .string(description))]
  }
}

extension TransientUnit {
  /// A service that runs one program.
  ///
  /// - Parameters:
  ///   - command: The program's absolute path and its arguments, taken as they are: no specifiers, no variables.
  ///   - kind: Type=. `oneshot` is awaited to its end by whoever starts it, `simple` is not.
  ///   - restart: Restart=, where a transient unit may have one: an older systemd never restarts it.
  ///   - killMode: KillMode=, where a transient unit may have one: `process` leaves children alone when it is stopped.
  public static func service(
    _ name: String, description: String, command: [String], environment: [String: String] = [:],
    kind: String = "oneshot", remainsAfterExit: Bool = false, isCollected: Bool = true,
    restart: String? = nil, killMode: String? = nil, startTimeout: Duration? = nil
  ) -> TransientUnit {
    var unit = TransientUnit(name, description: description)
    let line = BusValue.structure([.string(command.first ?? ""), .strings(command), .bool(false)])
    unit.properties += [
      Property("Type", .string(kind)), Property("ExecStart", .array(of: "(sasb)", [line])),
      Property("RemainAfterExit", .bool(remainsAfterExit)),
    ]
    if !environment.isEmpty {
      let assignments = environment.map { "\($0.key)=\($0.value)" }.sorted()
      unit.properties.append(Property("Environment", .strings(assignments)))
    }
    // Since 236: else a unit that failed is kept until it is reset.
    if isCollected { unit.properties.append(Property("CollectMode", .string("inactive-or-failed"), older: .nothing)) }
    if let restart { unit.properties.append(Property("Restart", .string(restart), older: .nothing)) }
    if let killMode { unit.properties.append(Property("KillMode", .string(killMode), older: .nothing)) }
    if let startTimeout {
      unit.properties.append(Property("TimeoutStartUSec", .uint64(startTimeout.wholeMicroseconds), older: .nothing))
    }
    return unit
  }

  /// A timer that starts the service of its name once, a time from now. It does not outlive a reboot.
  public static func timer(_ name: String, description: String, after delay: Duration) -> TransientUnit {
    var unit = TransientUnit(name, description: description)
    let time = BusValue.uint64(delay.wholeMicroseconds)
    unit.properties += [
      // The former names of both (systemd 219, dbus-timer.c); newer ones still take them, and complain.
      Property(
        "TimersMonotonic", .array(of: "(st)", [.structure([.string("OnActiveSec"), time])]),
        older: .instead(Property("OnActiveSec", time))),
      Property(
        "AccuracyUSec", .uint64(100_000), older: .instead(Property("AccuracySec", .uint64(100_000), older: .nothing))),
      Property("RemainAfterElapse", .bool(false), older: .nothing),
    ]
    return unit
  }
}

extension Duration {
  fileprivate var wholeMicroseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0 else { return 0 }
    return UInt64(seconds) &* 1_000_000 &+ UInt64(max(0, attoseconds) / 1_000_000_000_000)
  }
}
