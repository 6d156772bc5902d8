internal import Documents
internal import Site
internal import Tree

/// Fixed addresses that dhcpcd gives interfaces (dhcpcd.conf(5)), whoever else configures them. They are told and left: where it runs,
/// `verify` says no.
struct DHCPCDAddresses {
  private static let path: TreePath = "/etc/dhcpcd.conf"
  private static let keys = ["ip_address", "ip6_address"]

  private struct Line {
    let number: Int
    /// Pattern of the block that it is in; nil for all interfaces.
    let interface: String?
    /// Whether it is in a block that counts in one network only.
    let isConditional: Bool
    let words: [String]

    /// `static ip_address=192.168.0.10/24`, `inform 192.168.0.10`
    var address: IPAddress? {
      let parts = words.dropFirst().first?.split(separator: "=", maxSplits: 1).map(String.init) ?? []
      let text: String? =
        switch words[0] {
        case "static": parts.count == 2 && DHCPCDAddresses.keys.contains(parts[0]) ? parts[1] : nil
        case "inform", "inform6": parts.first
        default: nil
        }
      return text.flatMap { try? IPAddress(String($0.filter { $0 != "\"" }.prefix { $0 != "/" })) }
    }
  }

  private let situation: Situation
  private let lines: [Line]

  init(_ situation: Situation) throws {
    self.situation = situation
    var (interface, isConditional) = (String?.none, false)
    var lines: [Line] = []
    for (index, line) in Lines(try situation.tree.glance(Self.path)?.bytes ?? []).enumerated() {
      let words = line.text.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
      guard let first = words.first else { continue }
      switch first {
      case "interface": (interface, isConditional) = (words.dropFirst().first, false)
      case "ssid", "profile": isConditional = true
      default:
        lines.append(
          Line(number: index + 1, interface: interface, isConditional: isConditional, words: words))
      }
    }
    self.lines = lines
  }

  func proposal(_ intents: [InterfaceIntent]) throws -> Proposal {
    var proposal = Proposal()
    for line in lines {
      let place = "\(Self.path):\(line.number)"
      guard let address = line.address else {
        proposal.findings += mentions(line, place)
        continue
      }
      let own = intents.filter { intent in line.interface.map { Self.isIn([$0], intent.interface) } ?? false }
      let wrong = own.filter { intent in
        let wanted = intent.addresses(address.family)
        return !wanted.isEmpty && !wanted.contains(address)
      }
      guard
        let whose = wrong.isEmpty
          ? situation.stray(address, on: line.interface) : "which is \(situation.whose(address))"
      else {
        continue
      }
      proposal.findings.append(
        Finding(
          .warning,
          "\(place) has dhcpcd give \(line.interface?.shown ?? "every interface") \(address), \(whose); it is left as it is",
          advice: "correct it by hand, or take it away"))
      for intent in wrong where try !line.isConditional && runs(on: intent.interface) {
        let wanted = intent.addresses.map(\.description).joined(separator: " ")
        proposal.claims.append(
          Claim("address of \(intent.interface) (\(place))", expected: wanted, seen: "\(address)", holds: false))
      }
    }
    return proposal
  }

  private func mentions(_ line: Line, _ place: String) -> [Finding] {
    let text = line.words.joined(separator: " ")
    return situation.formerTokens.filter { $0.token.occurs(in: text) }.map { address, _ in
      Finding(
        .warning,
        "\(place): \(line.words[0].shown) has \(address) in it, which is \(situation.whose(address)); it is left as it is",
        advice: "correct it by hand, or take it away")
    }
  }

  /// Whether the tree's own units start dhcpcd at boot, for this interface. Debian's script of its package starts it or not by what
  /// interfaces(5) has besides, and then nobody can tell.
  private func runs(on interface: InterfaceName) throws -> Bool {
    let tree = situation.tree
    guard try tree.places(["/usr/lib/dhcpcd5/dhcpcd", "/lib/dhcpcd5/dhcpcd"]).isEmpty else { return false }
    let units = ["dhcpcd.service", "dhcpcd@\(interface).service"]
    let isStarted = try units.contains { unit in
      try !tree.places(["/etc/systemd/system/*.wants/\(unit)"]).isEmpty
        && TreePath("/etc/systemd/system/\(unit)").map { try tree.resolve($0) } != "/dev/null"
    }
    func patterns(_ key: String) -> [String] {
      lines.filter { $0.words[0] == key }.flatMap {
        $0.words.dropFirst().flatMap { $0.split(separator: ",").map(String.init) }
      }
    }
    let allowed = patterns("allowinterfaces")
    return isStarted && !Self.isIn(patterns("denyinterfaces"), interface)
      && (allowed.isEmpty || Self.isIn(allowed, interface))
  }

  private static func isIn(_ patterns: [String], _ interface: InterfaceName) -> Bool {
    patterns.contains { NetworkdUnit.glob($0, interface.description) }
  }
}
