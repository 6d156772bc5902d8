internal import Documents
internal import Site
internal import Tree

/// Takes the original's addresses and names out of options that no fixup sets by name.
struct IdentityOptions {
  let situation: Situation
  private let former: [(network: NetworkName, address: IPAddress, token: Token)]
  private let peers: [Token]
  private(set) var findings: [Finding] = []

  init(_ situation: Situation) {
    self.situation = situation
    former = situation.formerAddresses.map { ($0.network, $0.address, Token($0.address.description)) }
    let gone = Set(former.map(\.address))
    peers = situation.site.nodes.filter { $0.role == .compute }.flatMap(\.allAddresses)
      .filter { !gone.contains($0) }.map { Token($0.description) }
  }

  /// Renews every option of a file. A package's own file is passed over: it knows no node.
  mutating func renew(_ path: TreePath, in documents: inout OsloDocuments) throws {
    guard let document = documents[path], !document.isVendors else { return }
    for (position, option) in document.config.options.enumerated() {
      if PerNodeOptions.isAddress(option.section, option.key), let edit = wholeAddress(option) {
        try documents.edit(path, because: edit.reason) { config throws(EditError) in
          try config.replace(optionAt: position, with: edit.value)
        }
      } else if PerNodeOptions.isName(option.section, option.key), let edit = wholeName(option) {
        try documents.edit(path, because: edit.reason) { config throws(EditError) in
          try config.replace(optionAt: position, with: edit.value)
        }
      } else if PerNodeOptions.isAddress(option.section, option.key), let controller = controller(option) {
        findings.append(
          Finding(
            .warning,
            "\(option.key) in [\(option.section)] of \(path) is about this node, and has the address of \(controller); it is left as it is",
            advice: "see whether it should be $my_ip"))
      } else {
        try replaceTokens(option, at: position, path, in: &documents)
      }
    }
  }

  private func controller(_ option: OsloConfig.Option) -> NodeName? {
    guard let address = try? IPAddress(option.value), let owner = situation.site.owner(of: address),
      owner.role == .controller, owner.name != situation.node.name
    else { return nil }
    return owner.name
  }

  /// Another compute node's address in an option that is about this node, whoever it is.
  private func wholeAddress(_ option: OsloConfig.Option) -> (value: String, reason: String)? {
    situation.ownAddress(insteadOf: option.value).map { own in
      (own.value, "\(option.key) in [\(option.section)] said \(option.value), which is \(own.whose)")
    }
  }

  private func wholeName(_ option: OsloConfig.Option) -> (value: String, reason: String)? {
    situation.ownName(insteadOf: option.value).map { own in
      (own.value, "\(option.key) in [\(option.section)] said \(option.value.shown), which is \(own.whose)")
    }
  }

  private mutating func replaceTokens(
    _ option: OsloConfig.Option, at position: Int, _ path: TreePath, in documents: inout OsloDocuments
  ) throws {
    for (network, address, token) in former where token.occurs(in: option.value) {
      // A controller's address in some option is that controller, whatever this disk once was.
      if let owner = situation.site.owner(of: address), owner.role == .controller { continue }
      let place = "\(option.key) in [\(option.section)] of \(path)"
      if option.value.contains(where: { $0 == "," || $0.isWhitespace }),
        peers.contains(where: { $0.occurs(in: option.value) })
      {
        findings.append(
          Finding(
            .warning, "\(place) lists \(address), \(situation.whose(address)), among other nodes; it is left as it is",
            advice: "see whether \(situation.node.name) belongs into the list"))
        continue
      }
      guard let new = situation.successor(of: address, on: network) else {
        findings.append(
          Finding(
            .warning,
            "\(place) has \(address), \(situation.whose(address)), and the site gives \(situation.node.name) no such address on \(network)",
            advice: "give \(situation.node.name) an address there, or take the option out"))
        continue
      }
      let reason = "\(option.key) in [\(option.section)] has \(address) in it, which is \(situation.whose(address))"
      try documents.edit(path, because: reason) { config throws(EditError) in
        try config.replaceToken(address.description, with: new.description, inOptionAt: position)
      }
    }
  }
}

extension IdentityOptions {
  /// `host` names the service's records and queue. It is set where it was set, and nowhere else: its default follows the
  /// host name.
  func setHost(in documents: inout OsloDocuments, order: [TreePath]) throws {
    for path in order {
      guard let document = documents[path], let said = document.config.value("DEFAULT", "host"), !said.contains("$"),
        (try? IPAddress(said)) == nil
      else { continue }
      let wanted = situation.names.like(said)
      guard document.config.values("DEFAULT", "host").contains(where: { $0 != wanted }) else { continue }
      try documents.edit(path, because: hostReason(said, wanted)) { config throws(EditError) in
        try config.set("DEFAULT", "host", to: wanted)
      }
    }
  }

  private func hostReason(_ said: String, _ wanted: String) -> String {
    let owner = situation.site.node(called: said).flatMap { $0.name == situation.node.name ? nil : $0 }
    return owner.map { "host said \(said.shown): as such it would take over the records of \($0.name)" }
      ?? "host said \(said.shown); this node is \(wanted)"
  }

  func hostClaim(_ service: String, _ documents: OsloDocuments, order: [TreePath]) -> [Claim] {
    guard let seen = documents.original("DEFAULT", "host", in: order) else { return [] }
    if seen.value.contains("$") || (try? IPAddress(seen.value)) != nil { return [] }
    return [
      Claim("host of \(service) (\(seen.path))", expected: situation.names.like(seen.value), seen: seen.value)
    ]
  }

  /// Options about this node that hold an address, where they count: none may be another node's.
  func addressClaims(_ service: String, _ documents: OsloDocuments, order: [TreePath]) -> [Claim] {
    documents.paths.flatMap { path in
      (documents[path]?.original.options ?? []).compactMap { option -> Claim? in
        guard PerNodeOptions.isAddress(option.section, option.key), let address = try? IPAddress(option.value),
          let owner = situation.site.owner(of: address), owner.name != situation.node.name, owner.role == .compute,
          documents.original(option.section, option.key, in: order)?.path == path
        else { return nil }
        return Claim(
          "\(option.key) in [\(option.section)] of \(service) (\(path))", expected: "no address of another node",
          seen: "\(address), the address of \(owner.name)", holds: false)
      }
    }
  }
}
