internal import Documents
internal import Site
internal import Tree

/// More addresses of an interface, in a file or a stanza of their own: `ens33:1`.
struct Alias {
  let name: String
  /// nil: the loopback interface, which always comes up.
  let parent: InterfaceName?
  let addresses: [IPAddress]
  let path: TreePath
  /// Whether it comes up where its interface does.
  let followsParent: Bool
}

extension InterfaceFiles {
  /// Other nodes' addresses in them, where they come up.
  func aliasesOfOthers(_ intents: [InterfaceIntent], _ situation: Situation) throws -> [Claim] {
    try backends.flatMap { backend in
      try backend.aliases.flatMap { alias -> [Claim] in
        let others = alias.addresses.filter(situation.isOtherNodes)
        // The node's interfaces come up.
        let isUp =
          !alias.followsParent || intents.contains { $0.interface == alias.parent }
          || alias.parent.map { backend.startsAtBoot($0, mac: nil) } ?? true
        guard !others.isEmpty, isUp, try obstacle(to: backend, alias.parent)?.isCertain != true else { return [] }
        return others.map { situation.othersAddress($0, of: alias.name.shown, " (\(alias.path))") }
      }
    }
  }
}

extension NetworkBackend {
  var aliases: [Alias] { [] }
}

extension IfcfgFiles {
  /// They come up with their interface, unless `ONPARENT` says no (sysconfig.txt of initscripts).
  var aliases: [Alias] {
    all.filter { $0.isAlias && !$0.isLeftAside && !$0.refuses("ONPARENT") }.compactMap { file in
      let stem = file.suffix.split(separator: ":").first.map(String.init) ?? file.suffix
      let parent = stem.firstRange(of: "-range").map { String(stem[..<$0.lowerBound]) } ?? stem
      let name = try? InterfaceName(parent)
      return name == nil && parent != "lo"
        ? nil
        : Alias(
          name: file.suffix, parent: name, addresses: file.addresses, path: file.snapshot.path, followsParent: true)
    }
  }
}

extension IfupdownFiles {
  /// They come up by a word of an `auto` line of their own (interfaces(5)).
  var aliases: [Alias] {
    all.flatMap { file in
      file.document.stanzas.filter { $0.interface.contains(":") && isStarted($0.interface) }.compactMap { stanza in
        guard let address = stanza.address.flatMap({ try? IPAddress($0.description) }) else { return nil }
        return Alias(
          name: stanza.interface, parent: try? InterfaceName(String(stanza.interface.prefix { $0 != ":" })),
          addresses: [address], path: file.snapshot.path, followsParent: false)
      }
    }
  }
}
