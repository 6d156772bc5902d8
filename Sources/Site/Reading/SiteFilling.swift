extension Site {
  /// The same file with a node's addresses in place of `addresses = "from-metadata"`, and with what its networks leave open
  /// and the cloud tells: `gateway`, `dns`, `mtu`, `routes`. Nothing else of it changes.
  ///
  /// - Parameter source: Who tells it, for messages.
  /// - Returns: nil where the node has its addresses.
  /// - Throws: Where the site says otherwise, or where the file with all this is not a valid site: an address outside its
  ///   subnet, or another node's.
  public static func filling(
    _ bytes: [UInt8], _ name: NodeName, with told: PerNetwork<ToldNetwork>, by source: String, file: String,
    profiles: [String] = Platform.names
  ) throws(SiteProblems) -> (bytes: [UInt8], site: Site)? {
    let draft = try parseDraft(bytes, file: file, profiles: profiles)
    let text = TOMLText(bytes)
    guard let place = draft.nodes.first(where: { $0.validName == name })?.awaitedAddresses,
      let range = text.quoted(NodeDraft.awaited, at: place)
    else { return nil }
    let problems = Problems(file: file)
    let open = draft.open(told, source, problems)
    try problems.throwIfAny()

    var wanted = draft.site()
    var edits = [TOMLText.Edit(range: range, bytes: Array("{ \(addresses(told)) }".utf8))]
    if let index = wanted.nodes.firstIndex(where: { $0.name == name }) {
      wanted.nodes[index].addresses = PerNetwork(unique: told.map { ($0.network, $0.value.addresses) })
      wanted.nodes[index].awaitsAddresses = false
    }
    for (name, network) in open {
      guard let index = wanted.networks.firstIndex(where: { $0.name == name }) else { continue }
      wanted.networks[index].take(network)
      guard let place = draft.networks.first(where: { $0.validName == name })?.subnetPlace else { continue }
      edits.append(text.insertion(of: network.settings, before: place))
    }
    let filled = text.applying(edits)
    let site = try parse(filled, file: file, profiles: profiles)
    // However oddly the file is written: what was put in has to mean this.
    guard site == wanted else {
      problems.report(
        place, "what \(source) tells cannot be written into this file",
        "write the addresses of \(quoted(name.description)) and what its networks lack yourself")
      return try throwing(problems)
    }
    return (filled, site)
  }

  private static func throwing(_ problems: Problems) throws(SiteProblems) -> (bytes: [UInt8], site: Site)? {
    try problems.throwIfAny()
    return nil
  }

  private static func addresses(_ told: PerNetwork<ToldNetwork>) -> String {
    told.map { "\($0.network) = \(one($0.value.addresses))" }.joined(separator: ", ")
  }
}

extension ToldNetwork {
  /// As the table of a network says it, each key with its value.
  fileprivate var settings: [(key: String, value: String)] {
    var settings: [(String, String)] = []
    if !gateways.isEmpty { settings.append(("gateway", one(gateways))) }
    if !dns.isEmpty { settings.append(("dns", one(dns))) }
    if let mtu { settings.append(("mtu", "\(mtu)")) }
    if !routes.isEmpty { settings.append(("routes", routes.toml)) }
    return settings
  }
}

extension Network {
  fileprivate mutating func take(_ told: ToldNetwork) {
    if !told.gateways.isEmpty { gateways = told.gateways }
    if !told.dns.isEmpty { dns = told.dns }
    if let mtu = told.mtu { self.mtu = mtu }
    if !told.routes.isEmpty { routes = told.routes }
  }
}
