internal import Documents
internal import Site
internal import Tree

/// Drop-ins of the files that netplan makes below /run: systemd-networkd joins them from every directory by the name of the file
/// (systemd.network(5)), whoever makes that. What they say of the node's interfaces becomes what the site says, or goes.
struct NetplanDropIns {
  private let situation: Situation
  private let original: [String: NetworkdUnit]
  /// Those that make netplan's file another machine's.
  private var foreign: Set<String> = []
  private var edits: [String: NetworkdEdit] = [:]
  private(set) var claims: [Claim] = []

  init(_ situation: Situation) throws {
    self.situation = situation
    var units: [String: NetworkdUnit] = [:]
    for unit in try NetworkdFiles.dropInsOfNetplan(".network", in: situation.tree) { units[unit.name] = unit }
    // Below a file of that name in another place they are that one's.
    let others = units.isEmpty ? [] : try NetworkdFiles.units(".network", in: situation.tree)
    for unit in others where !NetworkdFiles.isGenerated(unit) { units[unit.name] = nil }
    for unit in units.values where unit.host != nil {
      let heeded = try NetworkdHosts(situation).heeded([unit]).first
      if let heeded { units[unit.name] = heeded } else { foreign.insert(unit.name) }
    }
    original = units
    edits = units.mapValues { NetworkdEdit($0, situation, isBeside: true) }
  }

  /// The files that netplan makes of a definition (networkd.c, `netplan_netdef_write_networkd`).
  static func file(of id: String, _ suffix: String = ".network") -> String { "10-netplan-\(id)\(suffix)" }

  mutating func converge(_ id: String, _ intent: InterfaceIntent, card: MACAddress?) {
    let name = Self.file(of: id)
    edits[name]?.converge(intent)
    convergeCard(id, card, of: intent.interface)
    guard let unit = original[name], let idle = foreign.contains(name) ? unit.hostSetting : unit.idleSetting else {
      return
    }
    claims.append(
      Claim(
        "who brings up \(intent.interface)", expected: "systemd-networkd",
        seen: "nobody (\(idle.path):\(idle.setting.line) says \(idle.setting.key)=\(idle.setting.value.shown))",
        holds: false))
  }

  mutating func convergeCard(_ id: String, _ card: MACAddress?, of interface: InterfaceName) {
    edits[Self.file(of: id)]?.convergeCard(card, of: interface.description)
  }

  /// What they give the interface besides what the definition gives it.
  func found(_ id: String, in definition: FoundInterface) -> FoundInterface {
    guard let unit = original[Self.file(of: id)] else { return definition }
    var found = definition
    let other = unit.found(definition.name)
    found.addresses += other.addresses.filter { new in !definition.addresses.contains { $0 == new } }
    found.gateways += other.gateways.filter { !definition.gateways.contains($0) }
    found.routes += other.routes.filter { !definition.routes.contains($0) }
    return found
  }

  /// Those of an administrator; what is below /run and /usr is told by the claims.
  mutating func proposal() -> Proposal {
    var proposal = Proposal(claims: claims)
    for name in edits.keys.sorted() {
      edits[name]?.convergeHost()
      edits[name]?.convergeRules()
      guard let edit = edits[name] else { continue }
      let own = edit.unit.editable.map { edit.unit.documents[$0].snapshot.path }
      proposal.changes += edit.changes.filter { own.contains($0.path) }
      proposal.claims += edit.claims
      proposal.findings += edit.findings
    }
    return proposal
  }
}
