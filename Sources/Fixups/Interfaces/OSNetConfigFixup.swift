internal import Documents
internal import Site
internal import Tree

/// What os-net-config makes the interfaces' files of, at each deploy, and at boot where os-collect-config starts it (os-net-config,
/// `schema.yaml`; tripleo-image-elements, `20-os-net-config`): the addresses that the node has in it are its own, or an apply is undone.
struct OSNetConfigFixup: Fixup {
  let name = "os-net-config"

  static let files = ["/etc/os-net-config/config.yaml", "/etc/os-net-config/config.json"]
  private static let starters = ["os-collect-config.service", "os-net-config.service"]

  func propose(for situation: Situation) throws -> Proposal {
    var proposal = try situation.proposal(forFiles: Self.files, edit)
    let left = try situation.tree.regularFiles(matching: Self.files).flatMap { file in
      situation.formerTokens.filter {
        situation.unanswered($0.address.description) != nil && $0.token.occurs(in: file.bytes)
      }
      .map { (file.path, $0.address) }
    }
    guard !left.isEmpty, let starter = try starter(situation.tree) else { return proposal }
    proposal.claims += left.map { path, address in
      Claim(
        "what \(starter) writes the interfaces' files from (\(path))", expected: "nothing of another node's",
        seen: "\(address), \(situation.whose(address))", holds: false)
    }
    return proposal
  }

  private func edit(_ file: FileSnapshot, _ situation: Situation) -> Proposal {
    let (bytes, said) = situation.renewing(file.bytes)
    guard let change = Change.edit(file, to: bytes, because: said.map { "it has \($0)" }) else { return Proposal() }
    return Proposal(
      changes: [change],
      claims: [
        Claim(
          "addresses for os-net-config (\(file.path))", expected: "nothing of another node's",
          seen: said.joined(separator: " and "), holds: false)
      ])
  }

  private func starter(_ tree: any TreeReading) throws -> String? {
    let services = NetworkServices(tree)
    return try Self.starters.first { try services.state(of: $0) == .enabled }
  }
}
