internal import Documents
internal import Site
internal import Tree

extension IfcfgBackend {
  /// What the shell reads besides (`. ./common`): it is told and left, for others may read it too. The network scripts do that;
  /// NetworkManager does not (nm-settings-ifcfg-rh(5)).
  func sourced(by file: IfcfgFile, isOwn: Bool) throws -> Proposal {
    var proposal = Proposal()
    for (name, line) in file.shell.sourcedFiles {
      guard let path = TreePath(name.hasPrefix("/") ? name : "\(files.directory)/\(name)"),
        let source = try situation.tree.glance(path), !files.all.contains(where: { $0.snapshot.path == source.path })
      else { continue }
      let text = String(decoding: source.bytes, as: UTF8.self)
      let given = IfcfgFile("", source).settings.filter { situation.stray($0.address, on: file.device) != nil }
      let former = situation.formerTokens.filter { $0.token.occurs(in: text) }.map(\.address)
      let stale = former + given.map(\.address).filter { !former.contains($0) }
      proposal.findings += stale.map { address in
        Finding(
          .warning,
          "\(file.snapshot.path):\(line) reads \(source.path), which has \(address) in it, \(whose(address)); it is left as it is",
          advice: "correct it there, or take it out")
      }
      guard isOwn, try isRead() else { continue }
      // What the file says itself, before or behind, counts as edited.
      proposal.claims += given.filter { file.shell.value($0.key) == nil }
        .map { .staleAddress("\($0.key)", in: source.path, "\($0.address), \(whose($0.address))") }
    }
    return proposal
  }

  private func whose(_ address: IPAddress) -> String {
    situation.stray(address) ?? "which is \(situation.whose(address))"
  }

  private func isRead() throws -> Bool {
    let services = NetworkServices(situation.tree)
    return try services.hasNetworkScripts() || !services.hasNetworkManager()
  }
}
