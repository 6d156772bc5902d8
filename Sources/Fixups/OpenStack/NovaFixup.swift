internal import Documents
internal import Site
internal import Tree

/// nova-compute's files: my_ip is what oslo.config then reads over all of them, nothing says the original's address or
/// name, and nothing else is touched.
struct NovaFixup: Fixup {
  let name = "nova"

  func propose(for situation: Situation) throws -> Proposal {
    let nova = situation.platform.nova
    var documents = OsloDocuments(situation.configurations)
    let order = try documents.open(nova.configFiles, nova.configDirectories, in: situation.tree)
    let edited = try situation.tree.resolve(TreePath(nova.editedFile))
    if documents.paths.allSatisfy({ documents[$0]?.isVendors ?? true }),
      let others = try OthersNova.proposal(for: situation)
    {
      return others
    }
    guard try !documents.paths.isEmpty || situation.tree.isDirectory(edited.parent) else {
      let finding = Finding(
        .warning, "nova is not installed in this tree: \(nova.editedFile) is missing, with its directory")
      return Proposal(findings: situation.node.role == .compute ? [finding] : [])
    }
    try documents.refuseProblems("nova-compute", on: situation.platform)

    var proposal = Proposal()
    let said = documents.original("DEFAULT", "my_ip", in: order)?.value.trimmingBlanks
    if let wanted = situation.site.myIP(of: situation.node, insteadOf: said)?.description {
      let isSet = try documents.set("DEFAULT", "my_ip", to: wanted, in: order, edited: edited) { said in
        situation.reason("my_ip", said: said, wanted: wanted)
      }
      if !isSet { proposal.changes.append(try create(edited, myIP: wanted, situation)) }
      proposal.claims.append(
        Claim(
          "my_ip in nova's files", expected: wanted, seen: documents.original("DEFAULT", "my_ip", in: order)?.value))
    } else {
      proposal.findings.append(
        Finding(
          .warning, "the site gives \(situation.node.name) no address on \(situation.site.nova.myIP): my_ip stays",
          advice: "give it one, or say under [nova] my-ip which network it is on"))
    }
    var options = IdentityOptions(situation)
    try options.setHost(in: &documents, order: order)
    for path in documents.paths { try options.renew(path, in: &documents) }
    proposal.claims += try MigrationKeyPaths.renew(in: &documents, situation)
    proposal.changes += documents.changes
    proposal.findings += try options.findings + uncovered(documents, situation)
    proposal.claims += try options.hostClaim("nova", documents, order: order)
    proposal.claims += options.ownClaims("nova", documents, order: order)
    return proposal
  }

  /// As the packages have it: passwords will come into it, and nova's group has to read it.
  private func create(_ path: TreePath, myIP: String, _ situation: Situation) throws -> Change {
    let groups = try situation.tree.glance("/etc/group").map { GroupFile($0.bytes) }
    let group = groups?.record(named: situation.platform.migration.user.description)?.number(.gid)
    let new = try situation.newFile(path, group: group ?? 0, mode: group == nil ? 0o600 : 0o640)
    return .create(
      new.path, .bytes(Array("[DEFAULT]\nmy_ip = \(myIP)\n".utf8)), new.attributes,
      because: [situation.reason("my_ip", said: nil, wanted: myIP)])
  }

  /// Files that none that we know reads: what they say of this node is only told.
  private func uncovered(_ documents: OsloDocuments, _ situation: Situation) throws -> [Finding] {
    var findings: [Finding] = []
    for (_, file) in try situation.tree.files(in: "/etc/nova", where: { $0.hasSuffix(".conf") && !$0.hasPrefix(".") })
    where documents[file.path] == nil {
      let traces = situation.traces(in: file)
      // A unit's drop-in may be a link to it.
      guard !traces.isEmpty, try !ServiceEnvironment.edits(file.path, situation) else { continue }
      findings += traces
    }
    return findings
  }
}

extension OsloDocuments {
  /// The service would refuse the file, or read something else than it seems to say: nothing may be built on it.
  func refuseProblems(_ service: String, on platform: Platform) throws {
    let problems = problems(readsBytes: platform.nova.readsBytes)
    guard !problems.isEmpty else { return }
    throw FixupError(problems.map { "\($0) (\(service) would not start; correct the line)" }.joined(separator: "\n"))
  }
}

extension Situation {
  private func isFormer(_ address: IPAddress) -> Bool { formerAddresses.contains { $0.address == address } }

  /// What a file that imprint does not edit says of the original.
  func traces(in file: FileSnapshot) -> [Finding] {
    let config = OsloConfig(file.bytes)
    var findings: [Finding] = []
    if let host = config.value("DEFAULT", "host"), !names.contains(host), !host.contains("$"),
      provenance.formerNames.contains(host) || site.node(called: host) != nil
    {
      findings.append(
        Finding(
          .warning, "\(file.path) sets host to \(host.shown), and imprint does not edit that file",
          advice: "set it to \(names.short), or take it out"))
    }
    let former = provenance.isCopy ? formerTokens : formerTokens.filter { isFormer($0.address) }
    for (address, token) in former {
      guard config.options.contains(where: { token.occurs(in: $0) }) else { continue }
      findings.append(
        Finding(
          .warning, "\(file.path) says \(address), \(whose(address)), and imprint does not edit that file",
          advice: "see whether it means this node"))
    }
    return findings
  }
}
