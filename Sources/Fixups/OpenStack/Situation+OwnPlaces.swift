internal import Documents
internal import Site

/// What a setting becomes that says by a name where this node is. A node has other names for its other networks, in the table of hosts
/// (`compute.internalapi.localdomain` of TripleO's), and its plain name would be another network's address.
extension Situation {
  /// What the name stands for in the tree's table decides: the node's address on that network, or its own name of the same form where the
  /// table has that there afterwards.
  func ownPlace(insteadOf text: String) -> (value: String, whose: String)? {
    let said = text.lowercased()
    let named = ownName(insteadOf: text)
    guard isLookedUp(said) else { return named }
    for address in configurations.hosts(of: original).addresses(of: said) {
      guard let own = ownAddress(insteadOf: address) else { continue }
      let names = [sibling(of: said), named?.value].compactMap(\.self)
      guard let name = names.first(where: { isFound($0, at: own.value) }) else {
        return (own.value, "\(address) in \(HostsFixup.path), \(own.whose)")
      }
      return (name, named?.whose ?? "\(address) in \(HostsFixup.path), \(own.whose)")
    }
    return isOfNetwork(said) ? nil : named
  }

  /// Whose place a name is that nothing of the node's can take the place of; nil for any other.
  func unansweredPlace(_ text: String) -> String? {
    let said = text.lowercased()
    guard isLookedUp(said), ownPlace(insteadOf: text) == nil else { return nil }
    let addresses = configurations.hosts(of: original).addresses(of: said)
    if let (address, whose) = addresses.lazy.compactMap({ address in unanswered(address).map { (address, $0) } }).first
    {
      return "\(address) in \(HostsFixup.path), \(whose)"
    }
    return isOfNetwork(said) ? "a name of \(NodeNames.short(said)) for a network that nothing here tells" : nil
  }

  private func isLookedUp(_ said: String) -> Bool {
    !said.isEmpty && !said.contains("$") && !names.contains(said) && !NodeNames.isNobody(said)
      && (try? IPAddress(said)) == nil && site.node(called: said)?.role != .controller
  }

  /// The node's name in the place of another's, in whatever that is a part of at its front: `compute2-migration`.
  private func sibling(of said: String) -> String? {
    let former = provenance.formerNames.map { NodeNames.short($0.lowercased()) } + [NodeNames.short(said)]
    guard let name = former.first(where: { said.hasPrefix($0) && isOthersName($0) }) else { return nil }
    let rest = said.dropFirst(name.count)
    return rest.first.map { $0.isLetter || $0.isNumber } ?? false ? nil : names.short + rest
  }

  private func isOthersName(_ short: String) -> Bool {
    provenance.formerNames.contains { NodeNames.short($0.lowercased()) == short }
      || site.node(called: short).map { $0.name != node.name && $0.role == .compute } ?? false
  }

  private func isFound(_ name: String, at address: String) -> Bool {
    if name == names.short || name == names.full {
      return site.hostAddresses(of: node).contains { $0.description == address }
    }
    return configurations.hosts(of: tree).addresses(of: name).first == address
  }

  /// Whether a name of another is its name for one network: a domain below the one that it is in.
  private func isOfNetwork(_ said: String) -> Bool {
    let short = NodeNames.short(said)
    guard isOthersName(short), short != said else { return false }
    let domain = said.dropFirst(short.count)
    let known = (provenance.formerNames.map { $0.lowercased() } + [names.full]).compactMap { name in
      name.firstIndex(of: ".").map { name[$0...] }
    }
    return !known.contains(domain) && known.contains { domain.hasSuffix($0) }
  }
}
