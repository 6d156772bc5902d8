internal import Documents
internal import Site
internal import Tree

extension IfupdownBackend {
  /// Commands that call the machine what it was called before, in the lines that ifup(8) runs and in scripts that these do; and what else the
  /// scripts have of the original's. Nothing of it is edited.
  func called(_ intents: [InterfaceIntent]) throws(TreeError) -> Proposal {
    let names = situation.formerNameTokens
    guard !names.isEmpty || !situation.formerTokens.isEmpty else { return Proposal() }
    var proposal = Proposal()
    var seen: Set<TreePath> = []
    for (snapshot, document) in files.all {
      for stanza in document.stanzas {
        let isRun = files.isStarted(stanza.interface) || intents.contains { "\($0.interface)" == stanza.interface }
        for option in stanza.options where StanzaCommand.up.contains(option.name) {
          let text = String(decoding: document.bytes(of: option), as: UTF8.self)
          // A script's path has a slash.
          guard text.utf8.contains(UInt8(ascii: "/")) || names.contains(where: { $0.token.occurs(in: text) }) else {
            continue
          }
          var scattered = ScatteredCommands()
          let commands = scattered.commands(in: text).map {
            (line: option.lines.lowerBound + 1, command: $0, isForHost: $0.choice == .host)
          }
          if isRun { proposal.claims += situation.othersNames(by: commands, in: "\(snapshot.path)") }
          for script in scattered.scripts {
            guard let target = TreePath(script), let file = try situation.tree.glance(target),
              seen.insert(file.path).inserted
            else { continue }
            proposal.findings += situation.mentions(in: file.bytes, of: file.path)
            guard isRun, !scattered.asksForHost, names.contains(where: { $0.token.occurs(in: file.bytes) }) else {
              continue
            }
            proposal.claims += situation.othersNames(by: ScriptCommands(file.bytes).all, in: "\(file.path)")
          }
        }
      }
    }
    return proposal
  }
}
