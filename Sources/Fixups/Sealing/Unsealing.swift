internal import Site
internal import Tree

extension Situation {
  /// What a sealed template remembers of a thing.
  func record(_ thing: UniqueThing) throws -> [SealRecord.File] {
    guard provenance.isCopy else { return [] }
    return try SealRecord.read(from: original)?.anew.filter { $0.key == thing.key } ?? []
  }

  /// The files that a copy of a sealed template lacks still: whoever makes them by itself was not here yet.
  func anew(_ thing: UniqueThing) throws -> [SealRecord.File] {
    try record(thing).filter { file in
      try tree.status(file.path) == nil && tree.target(file.path.parent)?.kind == .directory
    }
  }
}

extension UniqueThing {
  /// In a copy of a sealed template: what went is there again, other than it was, so that a copy ends the same whether it was
  /// sealed or not.
  func madeAnew(in situation: Situation) throws -> Proposal {
    guard isRenewed(in: situation) else { return Proposal() }
    let files = try situation.anew(self)
    guard !files.isEmpty else { return Proposal() }
    // The files of one thing hold one value.
    let uuid = try situation.fresh.uuid()
    var proposal = Proposal()
    for file in files {
      let content: Content
      switch file.form {
      case .privateKey(let type, let bits):
        proposal.changes += try keyPair(file, type, bits, situation)
        continue
      // Made with the key; with what the system's own is.
      case .publicHalf, .machineID: continue
      case .bytes(let count): content = .bytes(try situation.fresh.bytes(count))
      case .uuid: content = .bytes(Array("\(uuid)\n".utf8))
      case .qualifiedName: content = .bytes(Array("\(NVMeHost.prefix)\(uuid)\n".utf8))
      case .initiator(let naming):
        let name = naming + (try situation.fresh.hexadecimal(bytes: 6))
        content = .bytes(InitiatorName.key + Array("\(name)\n".utf8))
      }
      proposal.changes.append(
        .create(file.path, content, situation.given(file.attributes), because: sealedReasons, isSecret: isPrivate))
    }
    proposal.claims = proposal.changes.map {
      Claim("\(subject) (\($0.path))", expected: "the node's own", seen: nil)
    }
    return proposal
  }

  private var sealedReasons: [String] { ["the template that this is a copy of had one; \(reason)"] }

  private func keyPair(
    _ file: SealRecord.File, _ type: KeyRequest.KeyType, _ bits: Int?, _ situation: Situation
  ) throws -> [Change] {
    let request = KeyRequest(
      name: file.path.description, type: type, bits: bits, comment: "root@\(situation.node.name)")
    let attributes = situation.given(file.attributes)
    let half = file.path.sibling(".pub")
    let there = try situation.tree.place(half)
    let own = try situation.record(self).first { $0.path == half }?.attributes
    guard there?.isRemovable != false else { return [] }
    return [
      .create(file.path, .privateKey(request), attributes, because: sealedReasons, isSecret: true),
      Change(
        half, .write(.publicKey(request), (own.map(situation.given) ?? attributes).with(mode: FileMode(0o644))),
        before: there.map { .unread($0.status) } ?? .absent, reasons: ["the public half of the new key"]),
    ]
  }
}

extension Situation {
  /// Who cannot give files away owns what is new.
  fileprivate func given(_ attributes: FileAttributes) -> FileAttributes {
    guard !ownerCanChange, let root = try? tree.status(.root)?.attributes else { return attributes }
    return FileAttributes(owner: root.owner, group: root.group, mode: attributes.mode)
  }
}
