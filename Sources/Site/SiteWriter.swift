extension Site {
  /// The site as a site.toml for people, with comments. Reading it gives the same site again.
  ///
  /// Settings that are as the defaults have them stand there as comments, so that a reader sees what can be said.
  public func tomlText() -> String {
    var writer = SiteWriter()
    writer.write(self)
    return writer.text
  }
}

/// Lays out a site.toml.
private struct SiteWriter {
  var text = ""

  mutating func write(_ site: Site) {
    comment(
      "One cloud: every node, network and address. Each node has the same copy of this file.",
      "Lines that begin with # and a setting show the default.")
    section("site")
    setting("domain", site.domain.map { toml($0) }, else: "\"example.com\"", "nodes have short names only")
    setting("profile", site.profile.map { quote($0) }, else: "\"debian12\"", "detected on each node")
    for network in site.networks { write(network) }
    for node in site.nodes { write(node) }
    writeNetworkChoices(site)
    write(site.migration)
    write(site.controller)
    write(site.reset)
    section("fence", "What a clone does at boot that isn't in this file.")
    setting("mode", quote(site.fence.mode.rawValue), default: quote(Fence().mode.rawValue))
    section("identity", "Who is asked which node a machine is.")
    let usual = Site.Identity().metadataService.rawValue
    setting("metadata-service", quote(site.identity.metadataService.rawValue), default: quote(usual))
  }

  private mutating func write(_ network: Network) {
    section("networks.\(network.name)")
    setting("subnet", one(network.subnets))
    if !network.gateways.isEmpty { setting("gateway", one(network.gateways)) }
    if !network.dns.isEmpty { setting("dns", one(network.dns)) }
    if let mtu = network.mtu { setting("mtu", "\(mtu)") }
    if let routes = network.routes { setting("routes", routes.toml) }
    if let interface = network.interface { setting("interface", toml(interface)) }
  }

  private mutating func write(_ node: Node) {
    section("nodes.\(node.name)")
    setting("role", quote(node.role.rawValue))
    if node.awaitsAddresses {
      setting("addresses", quote(NodeDraft.awaited))
    } else {
      setting("addresses", perNetwork(node.addresses) { one($0) })
    }
    if !node.interfaces.isEmpty { setting("interfaces", perNetwork(node.interfaces) { toml($0) }) }
    if !node.macs.isEmpty { setting("mac", perNetwork(node.macs) { toml($0) }) }
    if let profile = node.profile { setting("profile", quote(profile)) }
    if !node.match.isEmpty {
      let parts = [
        node.match.macs.isEmpty ? nil : "mac = \(one(node.match.macs))",
        node.match.uuid.map { "uuid = \(toml($0))" },
        node.match.serial.map { "serial = \(quote($0))" },
        node.match.assetTag.map { "asset-tag = \(quote($0))" },
      ]
      setting("match", "{ \(parts.compactMap(\.self).joined(separator: ", ")) }")
    }
    if !node.migrationKeys.isEmpty { setting("migration-key", one(node.migrationKeys)) }
    if !node.hostKeys.isEmpty { setting("host-key", one(node.hostKeys)) }
  }

  private mutating func writeNetworkChoices(_ site: Site) {
    section("hosts", "The network whose addresses the nodes' names resolve to.")
    setting("network", toml(site.hosts.network), default: toml(NetworkName.management))
    section("nova", "The network of nova's my_ip.")
    setting("my-ip", toml(site.nova.myIP), default: toml(NetworkName.management))
    section("neutron", "The network of the agents' local_ip.")
    if let localIP = site.neutron.localIP {
      setting("local-ip", toml(localIP), default: toml(NetworkName.tunnel))
    }
  }

  private mutating func write(_ migration: Migration) {
    section("migration", "How compute nodes reach each other to move guests.")
    let usual = Migration()
    setting("user", toml(migration.user), default: toml(usual.user))
    switch migration.keyType {
    case .ed25519: setting("key-type", quote("ed25519"), default: quote("ed25519"))
    case .rsa(let bits):
      setting("key-type", quote("rsa"))
      setting("bits", "\(bits)", default: "\(Migration.KeyType.defaultBits)")
    }
    setting("host-key-checking", quote(migration.checksHostKeys ? "yes" : "no"), default: quote("yes"))
    switch migration.restriction {
    case .peerAddresses: setting("restrict", "true", default: "true")
    case .anywhere: setting("restrict", "false")
    case .sources(let subnets): setting("restrict", "[\(subnets.map { toml($0) }.joined(separator: ", "))]")
    }
    setting("access", quote(migration.access.rawValue), default: quote(usual.access.rawValue))
    if let authority = migration.authority { setting("authority", toml(authority)) }
    if migration.access == .certificate || migration.validity != usual.validity {
      setting("validity", "\(migration.validity)", default: "\(usual.validity)")
    }
    setting("commands", quote(migration.commands.rawValue), default: quote(usual.commands.rawValue))
    if let hash = migration.passwordHash { setting("password-hash", quote(hash.reveal)) }
  }

  private mutating func write(_ controller: Controller) {
    section("controller", "How to reach the controller, for what only it can do.")
    setting("ssh", controller.ssh.map { toml($0) }, else: "\"root@controller\"")
    setting("discover", controller.discover.map { quote($0) }, else: "\"nova-manage cell_v2 discover_hosts\"")
    setting("openrc", controller.openrc.map { toml($0) }, else: "\"/root/keystonerc_admin\"")
  }

  private mutating func write(_ reset: Reset) {
    section("reset", "Which unique things of the machine a clone renews; what isn't said is renewed where it is there.")
    for name in ResetName.allCases {
      if let choice = reset.choices[name] { setting(name.rawValue, "\(choice)") }
    }
    if reset.choices.isEmpty { comment("\(ResetName.sshHostKeys.rawValue) = true") }
  }

  // MARK: Lines

  private mutating func section(_ name: String, _ comments: String...) {
    text += "\n"
    for line in comments { comment(line) }
    text += "[\(name)]\n"
  }

  private mutating func comment(_ lines: String...) {
    for line in lines { text += "# \(line)\n" }
  }

  private mutating func setting(_ key: String, _ value: String) { text += "\(key) = \(value)\n" }

  private mutating func setting(_ key: String, _ value: String, default usual: String) {
    text += "\(value == usual ? "# " : "")\(key) = \(value)\n"
  }

  private mutating func setting(_ key: String, _ value: String?, else example: String, _ meaning: String? = nil) {
    let note = meaning.map { "   # if it isn't said: \($0)" } ?? ""
    text += value.map { "\(key) = \($0)\n" } ?? "# \(key) = \(example)\(note)\n"
  }
}

extension [Route] {
  /// One below the other where there are several.
  var toml: String {
    let tables = map { route in
      "{ to = \"\(route.destination)\", via = \"\(route.gateway)\"\(route.metric.map { ", metric = \($0)" } ?? "") }"
    }
    return count < 2 ? "[\(tables.joined())]" : "[\n" + tables.map { "  \($0),\n" }.joined() + "]"
  }
}

private func toml(_ value: some TextValue) -> String { quote(value.description) }

/// One value by itself, several as a list.
func one(_ values: [some TextValue]) -> String {
  values.count == 1 ? toml(values[0]) : "[\(values.map { toml($0) }.joined(separator: ", "))]"
}

private func perNetwork<Value>(_ values: PerNetwork<Value>, _ text: (Value) -> String) -> String {
  "{ \(values.map { "\($0.network) = \(text($0.value))" }.joined(separator: ", ")) }"
}

/// A TOML basic string.
private func quote(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{0}"..."\u{1F}", "\u{7F}":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
