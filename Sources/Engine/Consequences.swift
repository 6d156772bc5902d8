internal import Documents
internal import Fixups
internal import Site
internal import Tree

extension Target {
  /// What a live node would do about these changes: systemd's own configuration, the name, then the links, then the units in the
  /// platform's order.
  ///
  /// A pure function of what changed: nothing changed, nothing restarted.
  ///
  /// - Parameter tree: As it was read for the plan.
  func consequences(of changes: [Change], in tree: CachedTree) throws -> [Consequence] {
    guard !changes.isEmpty else { return [] }
    let paths = changes.map(\.path)
    var found: [Consequence] = []
    let changed = try changedUnits(changes, in: tree)
    if let changed, !changed.configuration.isEmpty { found.append(.reloadingSystemd(changed.configuration)) }
    let directories = try ConfiguredInterface.directories(in: tree)
    let isNamedInside = paths.contains {
      directories.all.contains($0.parent) || directories.all.contains($0.parent.parent)
    }
    let configured = isNamedInside ? try ConfiguredInterface.all(of: platform, in: tree) : []
    let then = isNamedInside ? try ConfiguredInterface.all(of: platform, in: OverlayTree(tree, with: changes)) : []
    let names = paths.map(\.description)
    let renamed = paths.filter { $0 == "/etc/hostname" }
    if !renamed.isEmpty {
      found.append(
        Consequence(
          action: .setHostname(hostname(after: changes)), purpose: "the name of the machine", because: renamed))
    }
    for (network, _) in node.addresses {
      guard let interface = site.interface(of: node, network) else { continue }
      let now = configured.first { $0.name == interface }
      // Another's part of the same file may have changed.
      if let now, then.contains(where: { $0.name == interface && $0.settings == now.settings }) { continue }
      let known = now?.files ?? []
      let files = paths.filter {
        known.contains($0) || configures($0, interface.description, directories.networkManager)
      }
      guard !files.isEmpty else { continue }
      found.append(
        Consequence(action: .renewLink(interface.description), purpose: "the \(network) network", because: files))
    }
    for unit in try installedUnits(changed) {
      var because = zip(paths, names).filter { unit.reads($0.1) }.map(\.0)
      because += changed?.files[unit.name.description]?.filter { !because.contains($0) } ?? []
      if unit.keepsHostname { because += renamed.filter { !because.contains($0) } }
      guard !because.isEmpty else { continue }
      let name = unit.name.description
      found.append(
        Consequence(
          action: unit.action == .restart ? .restart(name) : .reload(name), purpose: unit.purpose, because: because))
    }
    return found
  }

  /// Nearly always there is nothing of the kind, and then no unit is read for it.
  private func changedUnits(_ changes: [Change], in tree: CachedTree) throws -> ChangedUnits? {
    guard changes.contains(where: { ChangedUnits.isNear($0.path) || $0.fixup == Catalog.serviceEnvironment }) else {
      return nil
    }
    return try ChangedUnits(changes.map(\.path), of: platform, in: tree)
  }

  /// As etc/hostname then says it: short or full.
  private func hostname(after changes: [Change]) -> String {
    let change = changes.first { $0.path == "/etc/hostname" }
    guard case .write(.bytes(let bytes), _)? = change?.action else { return node.name.description }
    return HostnameFile(bytes).name(readsFirstLineOnly: platform.systemd.hostnameIsFirstLine) ?? node.name.description
  }

  /// Where systemd and the init scripts that it reads keep units (systemd.unit(5), systemd-sysv-generator(8)).
  private static let unitDirectories: [TreePath] = [
    "/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system", "/etc/init.d", "/etc/rc.d/init.d",
  ]

  /// The platform's units that the tree has, in the order of restarting; all of them where it has none, being a part
  /// of a system and not the whole.
  private func installedUnits(_ changed: ChangedUnits?) throws -> [Platform.Unit] {
    let units = changed.map(platform.units(with:)) ?? platform.units.sorted { $0.order < $1.order }
    let directories = try Set(Self.unitDirectories.map { try tree.resolve($0) })
    let installed = try units.filter { unit in
      let name = unit.name.description
      if changed?.files[name] != nil { return true }
      let script = name.hasSuffix(".service") ? String(name.dropLast(".service".count)) : name
      return try directories.contains { directory in
        try tree.status(directory.appending(directory.name == "init.d" ? script : name)) != nil
      }
    }
    return installed.isEmpty ? units : installed
  }

  private func configures(_ path: TreePath, _ interface: String, _ networkManager: TreePath?) -> Bool {
    platform.networks.contains { backend in
      switch backend {
      case .ifcfg(let directory, _):
        path.parent.description == directory.description
          && ["ifcfg-", "route-", "route6-", "rule-", "rule6-"].contains { path.name == "\($0)\(interface)" }
      case .wicked(let directory):
        path.parent.description == directory.description
          && ["ifcfg-", "ifroute-", "ifrule-"].contains { path.name == "\($0)\(interface)" }
      case .ifupdown(let file, let directory):
        path.description == file.description || path.parent.description == directory.description
      // The names of their files say nothing; a new one bears that of its interface.
      case .keyfile: path.parent == networkManager && path.name == "\(interface).nmconnection"
      case .networkd: path.parent == "/etc/systemd/network" && path.name == "05-\(interface).network"
      case .netplan: path.parent == "/etc/netplan" && path.name == "90-\(interface).yaml"
      }
    }
  }
}
