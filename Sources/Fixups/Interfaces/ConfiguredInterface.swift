internal import Documents
public import Site
public import Tree

/// One interface as the tree's own files configure it, for whoever has to bring it up.
public struct ConfiguredInterface: Sendable, Hashable {
  public let name: InterfaceName
  /// The fixed ones that it comes up with at boot.
  public let addresses: [InterfaceAddress]
  /// What they make of its MTU, where it comes up at boot; nil: nothing.
  public var mtu: Int?
  /// The files that say so.
  public let files: [TreePath]
  /// All that they say of it: differs where a reader would do something else, and not for a comment.
  public let settings: [String]
  /// Who reads them.
  public let backend: Platform.NetworkBackend

  /// The directories whose files are for an interface by what is in them, and not by their names. The first is NetworkManager's,
  /// where it has one of its own.
  public static func directories(in tree: any TreeReading) throws(TreeError) -> (
    networkManager: TreePath?, all: [TreePath]
  ) {
    let own = try KeyfileDirectory(in: tree).path.map { path throws(TreeError) in try tree.resolve(path) }
    return (own, (own.map { [$0] } ?? []) + ["/etc/systemd/network", "/etc/netplan", "/etc/network"])
  }

  /// Every interface that the tree configures, as the platform's tools read it, by name.
  public static func all(of platform: Platform, in tree: any TreeReading) throws -> [ConfiguredInterface] {
    let survey = try InterfaceSurvey(platform, tree)
    let addresses = Dictionary(uniqueKeysWithValues: survey.interfaces.map { ($0.name, $0.fixedAddresses) })
    var found: [ConfiguredInterface] = []
    // Where two have an interface, it is the first one's that does something with it, as for whoever edits the files.
    let all = try InterfaceFiles(platform, tree).backends.flatMap { backend in
      backend.configured(addresses).map { (interface: $0, isIdle: backend.leavesAlone($0.name, mac: nil)) }
    }
    for interface in (all.filter { !$0.isIdle } + all.filter(\.isIdle)).map(\.interface)
    where !found.contains(where: { $0.name == interface.name }) { found.append(interface) }
    for index in found.indices { found[index].mtu = survey.interfaces.first { $0.name == found[index].name }?.mtu }
    return found
  }
}

extension IfcfgFiles {
  func configured(_ addresses: [InterfaceName: [InterfaceAddress]]) -> [ConfiguredInterface] {
    Dictionary(grouping: all, by: \.device).compactMap { device, files in
      guard let name = try? InterfaceName(device) else { return nil }
      let paths = [IPAddress.Family.v4, .v6].map { routePath(of: name, $0) }
      let own = routeFiles.filter { paths.contains($0.path) }
      return ConfiguredInterface(
        name: name, addresses: addresses[name] ?? [], files: files.map(\.snapshot.path) + own.map(\.path),
        settings: files.flatMap { file in
          file.shell.keys.sorted().map { "\($0)=\(file.shell.literal($0) ?? "?")" }
        } + own.flatMap { Lines($0.bytes).map(\.text).filter { !$0.isEmpty && !$0.hasPrefix("#") } }, backend: kind)
    }.sorted { $0.name.description < $1.name.description }
  }
}

extension IfupdownFiles {
  func configured(_ addresses: [InterfaceName: [InterfaceAddress]]) -> [ConfiguredInterface] {
    var names: [InterfaceName] = []
    for stanza in all.flatMap(\.document.stanzas) {
      if let name = try? InterfaceName(stanza.interface), !names.contains(name) { names.append(name) }
    }
    return names.map { name in
      let own = all.filter { $0.document.stanzas.contains { $0.interface == name.description } }
      return ConfiguredInterface(
        name: name, addresses: addresses[name] ?? [], files: own.map(\.snapshot.path),
        settings: stanzas(of: name).flatMap { stanza in
          ["\(stanza.family) \(stanza.method) \(stanza.extra.joined(separator: " "))"]
            + stanza.options.map { "\($0.name) \($0.value)" }
        }, backend: kind)
    }
  }
}

extension SurveyedInterface {
  fileprivate var fixedAddresses: [InterfaceAddress] {
    addresses.compactMap { try? InterfaceAddress($0.address, $0.subnet.prefix) }
  }
}
