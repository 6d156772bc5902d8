internal import Documents
internal import Site
internal import Tree

/// sshd listens on this node's address, where it listened on the original's: else it would not start, and nobody could come in.
struct ListenAddress: Fixup {
  let name = "ssh server"

  func propose(for situation: Situation) throws -> Proposal {
    guard !situation.formerAddresses.isEmpty else { return Proposal() }
    return try ServerConfig.files(in: situation.tree).reduce(into: Proposal()) { proposal, file in
      proposal = proposal + Self.renewal(in: file, situation)
    }
  }

  /// `ListenAddress` with a port or without (sshd_config(5)).
  static func renewal(in file: FileSnapshot, _ situation: Situation) -> Proposal {
    var lines = Lines(file.bytes)
    var (reasons, claims) = ([String](), [Claim]())
    for (index, line) in lines.enumerated() {
      let words = line.text.split { $0.isWhitespace || $0 == "=" || $0 == "\"" }
      guard words.count > 1, words[0].lowercased() == "listenaddress" else { continue }
      for (network, address) in situation.formerAddresses {
        guard let place = Token(address.description).ranges(in: lines[index].content).first,
          let own = situation.successor(of: address, on: network)
        else { continue }
        lines.replace(place, ofLine: index, with: own.description.utf8)
        reasons.append("ListenAddress said \(address), which is \(situation.whose(address))")
        claims.append(
          Claim(
            "ListenAddress (\(file.path))", expected: own.description, seen: "\(address), \(situation.whose(address))",
            holds: false))
      }
    }
    let change = Change.edit(file, to: lines.bytes, because: reasons)
    return Proposal(changes: change.map { [$0] } ?? [], claims: claims)
  }
}
