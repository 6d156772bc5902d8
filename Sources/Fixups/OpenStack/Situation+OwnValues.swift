internal import Site

/// What a setting becomes that is about this node, whoever it is: nil where it may stay.
extension Situation {
  /// For the original's address, also one that an earlier apply took out, or another compute node's.
  func ownAddress(insteadOf text: String) -> (value: String, whose: String)? {
    guard let address = try? IPAddress(text) else { return nil }
    let network =
      formerAddresses.first { $0.address == address }?.network ?? otherComputeNode(with: address)?.network
      ?? pastNetwork(of: address)
    guard let network, let new = successor(of: address, on: network) else { return nil }
    return (new.description, whose(address))
  }

  /// The network that an address was on which this disk had before, and nobody has now.
  private func pastNetwork(of address: IPAddress) -> NetworkName? {
    guard provenance.pastAddresses.contains(address), site.owner(of: address) == nil else { return nil }
    return site.networks.first { $0.subnet(for: address) != nil }?.name
  }

  /// Whose an address is that is not this node's, and that nothing of the node's can take the place of; nil for any other.
  func unanswered(_ text: String) -> String? {
    guard let address = try? IPAddress(text), isOthers(address), site.owner(of: address)?.role != .controller,
      ownAddress(insteadOf: text) == nil
    else { return nil }
    return whose(address)
  }

  /// What is said of a setting about this node alone that keeps such an address, and what `verify` says of it.
  ///
  /// - Parameter place: a file and a line.
  func unanswered(_ said: String, of subject: String, at place: String) -> Proposal {
    guard let whose = unanswered(said) ?? unansweredPlace(said) else { return Proposal() }
    return Proposal(
      findings: [.unanswered("\(place): \(subject) is \(said.shown)", whose, node.name)],
      claims: [.anothers("\(subject) (\(place))", said, whose)])
  }

  /// For the original's name, or another compute node's.
  func ownName(insteadOf text: String) -> (value: String, whose: String)? {
    let said = text.lowercased()
    let owner = site.node(called: said)
    let isOthers = owner.map { $0.name != node.name && $0.role == .compute } ?? false
    guard provenance.formerNames.contains(where: { $0.lowercased() == said }) || isOthers, !names.contains(said) else {
      return nil
    }
    return (names.like(said), owner.map { "the name of \($0.name)" } ?? "what this machine was called before")
  }
}

extension Finding {
  /// - Parameter what: the place, and that it has the address.
  static func unanswered(_ what: String, _ whose: String, _ node: NodeName) -> Finding {
    Finding(
      .warning, "\(what), which is \(whose), and the site gives \(node) no address in its place; it is left as it is",
      advice: "describe that network in the site and give \(node) an address there, or correct it by hand")
  }
}

extension Claim {
  /// What `verify` says of a setting about this node alone that names another.
  static func anothers(_ subject: String, _ said: String, _ whose: String) -> Claim {
    Claim(subject, expected: "nothing of another node's", seen: "\(said.shown), \(whose)", holds: false)
  }
}
