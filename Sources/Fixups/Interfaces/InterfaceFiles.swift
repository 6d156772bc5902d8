internal import Site
internal import Tree

/// The files that say which interface has which address, whoever reads them: every backend of the platform, in its order.
struct InterfaceFiles {
  let backends: [any NetworkBackend]

  /// - Parameter cache: may know some of them already.
  init(_ platform: Platform, _ tree: any TreeReading, _ cache: ConfigurationCache? = nil) throws {
    backends = try platform.networks.map { kind in
      switch kind {
      case .ifcfg(let directory, let global): try IfcfgFiles(tree, directory, global: global, cache)
      case .ifupdown(let file, _): try IfupdownFiles(tree, file, kind)
      case .keyfile: try KeyfileFiles(tree)
      case .networkd: try NetworkdFiles(tree)
      case .netplan: try NetplanFiles(tree)
      case .wicked(let directory): try WickedFiles(tree, directory, cache)
      }
    }
  }

  /// What the tree gives an interface now.
  func addresses(of interface: InterfaceName, mac: MACAddress? = nil) -> [IPAddress] {
    var found: [IPAddress] = []
    for address in backends.flatMap({ $0.addresses(of: interface, mac: mac) }) where !found.contains(address) {
      found.append(address)
    }
    return found
  }

  var ports: [Port] { backends.flatMap(\.ports) }

  func underlay(of intents: [InterfaceIntent]) -> Underlay { Underlay(ports, backends.flatMap(\.vlans), intents) }

  /// What a node calls its interface to a network: as the site says, else the only one in the tree that has an address
  /// there.
  func interface(of node: Node, _ network: NetworkName, in site: Site) -> InterfaceName? {
    if let said = site.interface(of: node, network) { return said }
    guard let network = site.network(network) else { return nil }
    let ports = Set(ports.map(\.interface))
    let addressed = backends.flatMap(\.addressed).filter { network.subnet(for: $0.address) != nil }
    let names = Set(addressed.map(\.interface)).subtracting(ports)
    return names.count == 1 ? names.first.flatMap { try? InterfaceName($0) } : nil
  }

  /// Who configures which of the interfaces, and who besides: of several the first in the platform's order. One that nobody
  /// has goes to who has another of them, else to who has any file at all, else to the platform's first.
  func shares(of intents: [InterfaceIntent]) -> (own: [[InterfaceIntent]], findings: [Finding]) {
    var own = backends.map { _ in [InterfaceIntent]() }
    var findings: [Finding] = []
    let owners = intents.map { intent in
      backends.indices.filter { !backends[$0].files(of: intent.interface, mac: intent.mac).isEmpty }
    }
    let usual =
      owners.lazy.compactMap { $0.first }.first ?? backends.indices.first { !backends[$0].addressed.isEmpty }
      ?? backends.indices.first { backends[$0].isInUse } ?? backends.startIndex
    for (intent, found) in zip(intents, owners) {
      guard !backends.isEmpty else { break }
      own[found.first ?? usual].append(intent)
      guard found.count > 1 else { continue }
      let said = found.map { index in
        let files = backends[index].files(of: intent.interface, mac: intent.mac).map(\.description)
        return "\(backends[index].kind.title) (\(files.joined(separator: ", ")))"
      }
      findings.append(
        Finding(
          .warning,
          "\(intent.interface) is configured by \(said.joined(separator: " and by ")), and they fight over it",
          advice: "keep one; imprint edits what \(backends[found[0]].kind.title) reads"))
    }
    return (own, findings)
  }
}
