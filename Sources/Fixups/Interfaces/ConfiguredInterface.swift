internal import Documents
public import Site
public import Tree

/// One interface as the tree's own files configure it, for whoever has to bring it up.
public struct ConfiguredInterface: Sendable, Hashable {
  public let name: InterfaceName
  public let addresses: [IPAddress]
  /// The files that say so.
  public let files: [TreePath]
  /// All that they say of it: differs where a reader would do something else, and not for a comment.
  public let settings: [String]

  /// Every interface that the tree configures, as the platform's tools read it, by name.
  public static func all(of platform: Platform, in tree: any TreeReading) throws(TreeError) -> [ConfiguredInterface] {
    switch try InterfaceFiles(platform, tree) {
    case .ifcfg(let files): return interfaces(files)
    case .ifupdown(let files): return interfaces(files)
    }
  }

  private static func interfaces(_ files: IfcfgFiles) -> [ConfiguredInterface] {
    Dictionary(grouping: files.all, by: \.device).compactMap { device, files in
      guard let name = try? InterfaceName(device) else { return nil }
      return ConfiguredInterface(
        name: name, addresses: files.flatMap(\.addresses), files: files.map(\.snapshot.path),
        settings: files.flatMap { file in
          file.shell.keys.sorted().map { "\($0)=\(file.shell.literal($0) ?? "?")" }
        })
    }.sorted { $0.name.description < $1.name.description }
  }

  private static func interfaces(_ files: IfupdownFiles) -> [ConfiguredInterface] {
    var names: [InterfaceName] = []
    for stanza in files.all.flatMap(\.document.stanzas) {
      if let name = try? InterfaceName(stanza.interface), !names.contains(name) { names.append(name) }
    }
    return names.map { name in
      let own = files.all.filter { $0.document.stanzas.contains { $0.interface == name.description } }
      return ConfiguredInterface(
        name: name, addresses: files.addresses(of: name), files: own.map(\.snapshot.path),
        settings: files.stanzas(of: name).flatMap { stanza in
          ["\(stanza.family) \(stanza.method) \(stanza.extra.joined(separator: " "))"]
            + stanza.options.map { "\($0.name) \($0.value)" }
        })
    }
  }
}
