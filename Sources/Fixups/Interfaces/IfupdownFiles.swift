internal import Documents
internal import Glibc
internal import Site
internal import Tree

/// /etc/network/interfaces and what it sources, in the order in which ifupdown reads them.
struct IfupdownFiles: NetworkBackend {
  let kind: Platform.NetworkBackend
  let main: TreePath
  let reader: InterfacesFile.Reader
  private(set) var all: [(snapshot: FileSnapshot, document: InterfacesFile)] = []
  var snapshots: [FileSnapshot] { all.map(\.snapshot) }
  /// What they come to.
  private(set) var outcome = StanzaOutcome([])
  /// The addresses that commands alone give an interface, beside a stanza's or not. One of a host beside those of a subnet is a service's.
  private(set) var commanded: [StanzaOutcome.Given] = []

  init(_ tree: any TreeReading, _ file: AbsolutePath, _ kind: Platform.NetworkBackend) throws(TreeError) {
    self.kind = kind
    main = TreePath(file)
    let signs = [
      "/usr/share/ifupdown2", "/etc/network/ifupdown2", "/usr/libexec/ifupdown-ng", "/usr/lib/ifupdown-ng",
      "/etc/network/ifupdown-ng.conf",
    ]
    reader = try tree.places(signs).isEmpty ? .ifupdown : .successor
    try read(main, tree, depth: 0)
    let stanzas = all.map(\.document.stanzas)
    for index in all.indices where stanzas[index].contains(where: { $0.base != nil }) {
      all[index].document.others = stanzas.indices.filter { $0 != index }.flatMap { stanzas[$0] }
    }
    outcome = StanzaOutcome(all.map { ($0.snapshot.path, $0.document) })
    let said = stanzas.joined().filter { $0.address != nil }
    let found = outcome.addresses.filter { given in
      // `$IFACE:1` is an alias.
      given.command.map { !($0.address?.device ?? "").contains(":") } ?? false && !given.interface.contains(":")
        && !said.contains { $0.interface == given.interface && $0.address?.description == given.address.description }
    }
    commanded = found.filter { given in
      guard given.prefix == .host(given.address.family) else { return true }
      let family = given.address.family
      return !said.contains { $0.interface == given.interface && $0.family == family.stanzas.rawValue }
        && !found.contains {
          $0.interface == given.interface && $0.address.family == family && $0.prefix != given.prefix
        }
    }
  }

  private mutating func read(_ path: TreePath, _ tree: any TreeReading, depth: Int) throws(TreeError) {
    guard depth < 8, let snapshot = depth == 0 ? try tree.file(path) : try tree.glance(path) else { return }
    guard !all.contains(where: { $0.snapshot.path == snapshot.path }) else { return }
    let document = InterfacesFile(snapshot.bytes)
    all.append((snapshot, document))
    for source in document.sources {
      let pattern = source.pattern.hasPrefix("/") ? source.pattern : "\(path.parent)/\(source.pattern)"
      for place in try tree.globbed(pattern) {
        if source.isDirectory || place.status.kind == .directory {
          for entry in try tree.listing(place.path) ?? [] where Self.isSourced(entry.name) {
            try read(place.path.appending(entry.name), tree, depth: depth + 1)
          }
        } else {
          try read(place.path, tree, depth: depth + 1)
        }
      }
    }
  }

  /// interfaces(5), INCLUDING OTHER FILES: only such names are read from a directory.
  static func isSourced(_ name: String) -> Bool {
    name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
      default: false
      }
    }
  }

  var isInUse: Bool { all.flatMap(\.document.stanzas).contains { $0.interface != "lo" } }

  func stanzas(of interface: InterfaceName) -> [InterfacesFile.Stanza] {
    all.flatMap { $0.document.stanzas }.filter { $0.interface == interface.description }
  }

  /// Whether the kernel's word of a card starts it: this interface, or any.
  func hasHotplug(_ interface: InterfaceName?) -> Bool {
    all.contains { file in
      file.document.interfaces(startedBy: "allow-hotplug").contains { name in
        interface.map { Self.isMeant(by: name, $0.description) } ?? true
      }
    }
  }

  /// `manual` and nothing else, or what nothing brings up.
  func leavesAlone(_ interface: InterfaceName, mac: MACAddress?) -> Bool {
    guard addresses(of: interface, mac: mac).isEmpty else { return false }
    let name = interface.description
    guard !outcome.addresses.contains(where: { $0.interface == name }) else { return false }
    return !startsAtBoot(interface, mac: mac)
      || stanzas(of: interface).allSatisfy { $0.method == "manual" && $0.base == nil }
  }

  func startsAtBoot(_ interface: InterfaceName, mac: MACAddress?) -> Bool {
    let name = interface.description
    return isStarted(name)
      || commanded.contains { given in
        given.interface == name && given.command.map { isStarted($0.stanza.interface) } ?? false
      }
  }

  func isStarted(_ interface: String) -> Bool {
    all.flatMap(\.document.startedInterfaces).contains { Self.isMeant(by: $0, interface) }
  }

  /// A word of an `auto` or `allow-` line is a name, one with another for its stanza, or behind a slash a pattern (interfaces(5)).
  private static func isMeant(by word: String, _ interface: String) -> Bool {
    let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
    let pattern = parts.first ?? word
    // By its card or the like it is known by the name of its stanza alone.
    if parts.count == 2, pattern.contains("/"), parts[1] == interface { return true }
    return fnmatch(pattern.hasPrefix("/") ? String(pattern.dropFirst()) : pattern, interface, 0) == 0
  }

  /// The routes that its stanzas set when it comes up.
  func routes(of interface: InterfaceName) -> [FoundRoute] {
    all.flatMap { StanzaCommand.all(in: $0.document, $0.snapshot.path) }
      .filter { $0.stanza.interface == interface.description }.compactMap { $0.route?.found }
  }

  /// The routers of its default routes, as far as commands set them.
  func defaultRouters(of interface: InterfaceName) -> [IPAddress] {
    outcome.routers.filter { $0.interface == interface.description && $0.command != nil }.map(\.gateway)
  }

  /// Those with its stanzas, and others with commands that give it an address.
  func files(of interface: InterfaceName, mac: MACAddress?) -> [TreePath] {
    let name = interface.description
    let others = commanded.filter { $0.interface == name }.compactMap(\.command?.path)
    return all.filter { file in
      file.document.stanzas.contains { $0.interface == name } || others.contains(file.snapshot.path)
    }.map(\.snapshot.path)
  }

  /// The first with a stanza of that name, which may be an alias's.
  func file(of name: String) -> TreePath? {
    all.first { $0.document.stanzas.contains { $0.interface == name } }?.snapshot.path
  }

  /// An interface has one name, and all may be in one file.
  func isSame(_ name: InterfaceName, as interface: InterfaceName, mac: MACAddress?) -> Bool { name == interface }

  func proposal(_ situation: Situation, _ intents: [InterfaceIntent], _ underlay: Underlay) throws -> Proposal {
    try IfupdownBackend(situation, self, underlay).proposal(intents)
  }

  func addresses(of interface: InterfaceName, mac: MACAddress?) -> [IPAddress] {
    stanzas(of: interface).compactMap { $0.address.flatMap { try? IPAddress($0.description) } }
      + commanded.filter { $0.interface == interface.description }.map(\.address)
  }

  /// Every interface that has an address here.
  var addressed: [(interface: String, address: IPAddress)] {
    all.flatMap { $0.document.stanzas }.compactMap { stanza in
      stanza.address.flatMap { try? IPAddress($0.description) }.map { (stanza.interface, $0) }
    } + commanded.map { ($0.interface, $0.address) }
  }
}

extension IPAddress.Family {
  var stanzas: InterfacesFile.Family { self == .v4 ? .inet : .inet6 }
}
