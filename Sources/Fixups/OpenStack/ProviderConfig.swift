internal import Documents
internal import Site
internal import Tree

/// Files that give a resource provider more inventories and traits (nova's provider.yaml): they name it by its name, which is the
/// host's, or by its UUID, which is nova's compute_id. `$COMPUTE_NODE` is whoever reads it.
struct ProviderConfig: Fixup {
  let name = "resource providers"

  func propose(for situation: Situation) throws -> Proposal {
    let patterns = [
      "\(directory(situation))/*.yaml", "/etc/kolla/nova-compute/provider_config.yaml",
      "/var/lib/config-data/puppet-generated/nova_libvirt/etc/nova/provider_config/*.yaml",
    ]
    return try situation.proposal(forFiles: patterns, edit)
  }

  /// Whoever reads nova's files says what is wrong with them.
  private func directory(_ situation: Situation) -> String {
    var documents = OsloDocuments(situation.configurations)
    let nova = situation.platform.nova
    let order = try? documents.open(nova.configFiles, nova.configDirectories, in: situation.tree)
    let said = order.flatMap { documents.original("compute", "provider_config_location", in: $0)?.value.trimmingBlanks }
    return said.flatMap { TreePath($0)?.description } ?? "/etc/nova/provider_config"
  }

  private func edit(_ file: FileSnapshot, _ situation: Situation) -> Proposal {
    let providers = YAMLFile(file.bytes).root["providers"]?.items ?? []
    var lines = Lines(file.bytes)
    var proposal = Proposal()
    var reasons: [String] = []
    for provider in providers {
      guard let identification = provider.node["identification"] else { continue }
      if let name = identification["name"]?.text, let own = situation.ownName(insteadOf: name) {
        if let line = identification.pairs.first(where: { $0.key == "name" })?.line,
          rename(name, to: own.value, in: &lines, line)
        {
          reasons.append("name said \(name.shown), which is \(own.whose)")
        } else {
          proposal.findings.append(finding(file.path, "the name \(name.shown), which is \(own.whose)", situation))
        }
        proposal.claims.append(
          Claim(
            "resource provider in \(file.path)", expected: own.value, seen: "\(name.shown), \(own.whose)", holds: false)
        )
      }
      if let uuid = identification["uuid"]?.text, situation.provenance.isCopy, uuid != "$COMPUTE_NODE" {
        proposal.findings.append(finding(file.path, "the UUID \(uuid.shown), which came with the copy", situation))
      }
    }
    if let change = Change.edit(file, to: lines.bytes, because: reasons) { proposal.changes.append(change) }
    return proposal
  }

  /// In its line, which is counted from 1; false where it does not stand there alone.
  private func rename(_ name: String, to own: String, in lines: inout Lines, _ number: Int) -> Bool {
    guard lines.indices.contains(number - 1) else { return false }
    let places = Token(name).ranges(in: lines[number - 1].content)
    guard places.count == 1, let place = places.first else { return false }
    lines.replace(place, ofLine: number - 1, with: own.utf8)
    return true
  }

  private func finding(_ path: TreePath, _ what: String, _ situation: Situation) -> Finding {
    Finding(
      .warning, "\(path) names a resource provider by \(what): what it says is for another node",
      advice: "say name: \(situation.names.full), or uuid: $COMPUTE_NODE, which is whoever reads it")
  }
}
