internal import Fixups
internal import Site
internal import Tree

extension Target {
  /// What a live node would do about these changes: the name, then the links, then the units in the platform's order.
  ///
  /// A pure function of what changed: nothing changed, nothing restarted.
  func consequences(of changes: [Change]) -> [Consequence] {
    let paths = changes.map(\.path)
    var found: [Consequence] = []
    let renamed = paths.filter { $0 == "/etc/hostname" }
    if !renamed.isEmpty {
      found.append(
        Consequence(action: .setHostname(node.name.description), purpose: "the name of the machine", because: renamed))
    }
    for (network, _) in node.addresses {
      guard let interface = site.interface(of: node, network) else { continue }
      let files = paths.filter { configures($0, interface.description) }
      guard !files.isEmpty else { continue }
      found.append(
        Consequence(action: .renewLink(interface.description), purpose: "the \(network) network", because: files))
    }
    for unit in platform.units.sorted(by: { $0.order < $1.order }) {
      var because = paths.filter { unit.reads($0.description) }
      if unit.keepsHostname { because += renamed.filter { !because.contains($0) } }
      guard !because.isEmpty else { continue }
      let name = unit.name.description
      found.append(
        Consequence(
          action: unit.action == .restart ? .restart(name) : .reload(name), purpose: unit.purpose, because: because))
    }
    return found
  }

  private func configures(_ path: TreePath, _ interface: String) -> Bool {
    switch platform.network {
    case .ifcfg(let directory, _):
      path.parent.description == directory.description && path.name == "ifcfg-\(interface)"
    case .ifupdown(let file, let directory):
      path.description == file.description || path.parent.description == directory.description
    }
  }
}
