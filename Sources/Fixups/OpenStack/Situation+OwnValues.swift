internal import Site

/// What a setting becomes that is about this node, whoever it is: nil where it may stay.
extension Situation {
  /// For the original's address, or another compute node's.
  func ownAddress(insteadOf text: String) -> (value: String, whose: String)? {
    guard let address = try? IPAddress(text) else { return nil }
    let network = formerAddresses.first { $0.address == address }?.network ?? otherComputeNode(with: address)?.network
    guard let network, let new = successor(of: address, on: network) else { return nil }
    return (new.description, whose(address))
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

extension Claim {
  /// What `verify` says of a setting about this node alone that names another.
  static func anothers(_ subject: String, _ said: String, _ whose: String) -> Claim {
    Claim(subject, expected: "nothing of another node's", seen: "\(said.shown), \(whose)", holds: false)
  }
}
