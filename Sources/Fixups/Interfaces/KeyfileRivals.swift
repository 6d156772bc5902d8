internal import Documents
internal import Site
internal import Tree

/// Connections that name no interface, and may take one of the node's all the same: for any card, for a pattern of names. Of several
/// NetworkManager takes the one of the highest autoconnect-priority, else the one that it used last, else the first by UUID
/// (nm-settings-connection.c, `nm_settings_connection_cmp_autoconnect_priority`): only a higher priority is certain.
struct KeyfileRivals {
  /// nm-setting-connection.h, NM_SETTING_CONNECTION_AUTOCONNECT_PRIORITY_MAX.
  private static let highest = 999

  private let priority: Int
  private let foremost: (place: String, priority: Int)?

  /// - Parameters:
  ///   - rivals: File and priority of each.
  ///   - priority: Of the interface's own connection.
  init(_ rivals: [(place: String, priority: Int)], against priority: Int) {
    self.priority = priority
    foremost = rivals.filter { $0.priority >= priority }.max { $0.priority < $1.priority }
  }

  /// What the own connection's priority has to be, and why; nil where it may stay.
  var remedy: (priority: Int, reason: String)? {
    guard let foremost, foremost.priority < Self.highest else { return nil }
    return (
      foremost.priority + 1,
      "autoconnect-priority was \(priority), and \(foremost.place) of \(foremost.priority) might take the interface"
    )
  }

  /// Where no priority is high enough.
  func obstacle(of interface: String, expected: String) -> Proposal {
    guard let foremost, foremost.priority >= Self.highest else { return Proposal() }
    return Proposal(
      findings: [
        Finding(
          .warning,
          "\(foremost.place) may take \(interface) by its autoconnect-priority of \(foremost.priority), the highest that there is",
          advice: "give it an interface-name, or a lower priority")
      ],
      claims: [Claim("the connection of \(interface)", expected: expected, seen: foremost.place, holds: false)])
  }
}

extension KeyfileConnection {
  /// Whether it may take a card of that name without naming it. Of drivers and paths only the machine can tell.
  func mayTake(_ name: String) -> Bool {
    guard interface == nil, startsAtBoot, isForEthernet else { return false }
    return Self.matches((value("match", "interface-name") ?? "").split { "; ".contains($0) }, name)
  }

  /// All that is mandatory, and of the others one: `&en*`, `!ens34`, `en*` (nm-settings-nmcli(5), match.interface-name;
  /// nm-core-utils.c, `nm_wildcard_match_check`).
  private static func matches(_ patterns: [Substring], _ name: String) -> Bool {
    var (hasOptional, isMatched) = (false, false)
    for pattern in patterns {
      var (pattern, isMandatory) = (pattern, false)
      if let sign = pattern.first, "|&".contains(sign) {
        isMandatory = sign == "&"
        pattern = pattern.dropFirst()
      } else {
        isMandatory = pattern.first == "!"
      }
      let isInverted = pattern.first == "!"
      if isInverted { pattern = pattern.dropFirst() }
      if pattern.first == "\\" { pattern = pattern.dropFirst() }
      let isMeant = NetworkdUnit.glob(String(pattern), name) != isInverted
      if isMandatory {
        guard isMeant else { return false }
      } else {
        hasOptional = true
        isMatched = isMatched || isMeant
      }
    }
    return isMatched || !hasOptional
  }
}

extension KeyfileFiles {
  /// Those that may take an interface beside its own connection.
  func rivals(for name: String, beside own: TreePath?, card: MACAddress?) -> [(place: String, priority: Int)] {
    let others = shadows.filter { shadow in !shadow.isVolatile && !all.contains { $0.uuid == shadow.uuid } }
    return (all + others).filter { other in
      other.snapshot.path != own && other.mayTake(name) && (other.card == nil || other.card == card)
    }.map { ("\($0.snapshot.path)", $0.priority) }
  }
}

extension Situation {
  /// Keyfiles beside files of another kind that NetworkManager reads, too; nil where the platform has none.
  func keyfiles() throws -> KeyfileFiles? { platform.networks.contains(.keyfile) ? try KeyfileFiles(tree) : nil }
}

extension IfcfgEdit {
  /// Goes before the rivals, where a priority does it (nm-settings-ifcfg-rh(5), AUTOCONNECT_PRIORITY).
  ///
  /// - Returns: what is to be said where none does.
  mutating func goBefore(_ rivals: [(place: String, priority: Int)]) throws -> Proposal {
    guard !file.isMade, !file.isUnmanaged else { return Proposal() }
    let rivals = KeyfileRivals(rivals, against: file.priority)
    if let remedy = rivals.remedy {
      try set("AUTOCONNECT_PRIORITY", to: String(remedy.priority), because: remedy.reason)
    }
    return rivals.obstacle(of: file.device, expected: "\(path)")
  }
}

extension KeyfileEdit {
  /// Goes before the rivals, where a priority does it.
  ///
  /// - Returns: what is to be said where none does.
  mutating func goBefore(_ rivals: [(place: String, priority: Int)], _ name: String) -> Proposal {
    guard connection.isForEthernet, connection.startsAtBoot else { return Proposal() }
    let rivals = KeyfileRivals(rivals, against: connection.priority)
    if let remedy = rivals.remedy {
      set("connection", "autoconnect-priority", to: String(remedy.priority), because: remedy.reason)
    }
    return rivals.obstacle(of: name, expected: "\(path)")
  }
}
