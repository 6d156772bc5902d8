internal import Documents
internal import Site
internal import Tree

/// What an edit leaves and a person should know of.
extension NetplanEdit {
  /// What still has an address of the original.
  var findings: [Finding] {
    let unread = files.definitions.filter { $0.interface.map(situation.unread.contains) ?? false }
    let told = Set(unread.flatMap { $0.items(["addresses"]) }.compactMap { Self.address($0.text) }).union(besides)
    return files.all.indices.flatMap { index in
      situation.formerLines(in: documents[index].bytes).filter { !told.contains($0.address) }.map { line, address in
        Finding(
          .warning,
          "\(files.all[index].snapshot.path):\(line) has \(address) in it, which is \(situation.whose(address)); it is left as it is",
          advice: "correct it by hand, or say in the site which network this interface is on")
      }
    }
  }

  /// Those that are on no network of the site, and told as what a definition gives.
  private var besides: Set<IPAddress> {
    let gone = situation.provenance.goneAddresses.filter { address in
      !situation.site.networks.contains { $0.subnet(for: address) != nil }
    }
    guard !gone.isEmpty else { return [] }
    return Set(files.definitions.flatMap { $0.items(["addresses"]) }.compactMap { Self.address($0.text) })
      .intersection(gone)
  }

  private static let identities = [
    ["macaddress"], ["match", "macaddress"], ["ipv6-address-token"], ["dhcp4-overrides", "hostname"],
    ["dhcp6-overrides", "hostname"], ["openvswitch", "other-config", "hwaddr"],
  ]

  /// By what the network takes the machine for the original.
  var sharedIdentities: [Finding] {
    files.definitions.flatMap { definition in
      definition.parts.flatMap { part -> [Finding] in
        let root = documents[part.file].root[definition.path]
        let path = files.all[part.file].snapshot.path
        let plain = Self.identities.filter { !isIdle($0, of: definition) }.compactMap { key in
          root?[key]?.text.map { (key: definition.path + key, name: key.joined(separator: "."), value: $0) }
        }
        let passed = (root?[NetplanPassthrough.path]?.pairs ?? []).compactMap { pair in
          pair.node.text.map {
            (key: definition.path + NetplanPassthrough.path + [pair.key], name: pair.key, value: $0)
          }
        }
        return (plain + passed).compactMap { setting in
          let line = documents[part.file].line(of: setting.key).map { ":\($0)" } ?? ""
          return SharedIdentity.finding(setting.name, setting.value, at: "\(path)\(line)", situation)
        }
      }
    }
  }

  /// What is for a client of DHCP that is not asked for (networkd.c, `combine_dhcp_overrides`).
  private func isIdle(_ key: [String], of definition: NetplanDefinition) -> Bool {
    guard let client = key.first, client.hasSuffix("-overrides") else { return false }
    let asks = [String(client.dropLast("-overrides".count))]
    let said = definition.parts.compactMap { documents[$0.file].root[definition.path + asks]?.text }.last
    return !Self.isTrue(said)
  }

  /// Addresses that other definitions give.
  func strays(besides intents: [InterfaceIntent]) -> [Finding] {
    let own = intents.compactMap { files.definition(of: $0.interface, mac: $0.mac) }.map { "\($0.type)/\($0.id)" }
    let former = Set(situation.formerTokens.map(\.address)).subtracting(besides)
    return files.definitions.filter { !own.contains("\($0.type)/\($0.id)") }.flatMap { definition in
      definition.items(["addresses"]).compactMap { item in
        // Those of the networks of the site are told by the line that they stand in.
        guard let address = Self.address(item.text), !former.contains(address),
          let whose = situation.stray(address, on: definition.interface)
        else { return nil }
        return Finding(
          .warning,
          "\(files.all[item.file].snapshot.path) gives \(definition.id.shown) \(address), \(whose); it is left as it is",
          advice: "correct it by hand, or say in the site which network this interface is on")
      }
    }
  }
}
