internal import Documents
internal import Site
internal import Tree

/// An interface that comes up at boot and asks DHCP for its IPv4 address.
struct AskingInterface {
  /// As its files know it, which may be a pattern.
  let name: String
  /// Those that are its alone.
  var files: [TreePath] = []
  /// Whether it takes name servers from there.
  var takesServers = true

  /// Whether it is an interface of the node's.
  func isMeant(by intent: InterfaceIntent, in backend: any NetworkBackend) -> Bool {
    let known = backend.files(of: intent.interface, mac: intent.mac)
    return name == intent.interface.description || !Set(files).isDisjoint(with: known)
      || (try? InterfaceName(name)).map { backend.isSame($0, as: intent.interface, mac: intent.mac) } ?? false
  }
}

extension IfcfgFiles {
  /// `PEERDNS` of sysconfig.txt of initscripts.
  var asking: [AskingInterface] {
    all.filter { file in
      file.isCurrent && file.startsAtBoot
        && (file.asksForAddresses || ["dhcp", "bootp"].contains(file.value("BOOTPROTO")?.trimmingBlanks.lowercased()))
    }.map { AskingInterface(name: $0.device, files: [$0.snapshot.path], takesServers: !$0.refuses("PEERDNS")) }
  }

  var servers: [String] {
    all.filter(\.isCurrent).flatMap { file in file.numbered("DNS").compactMap { file.value($0) } }
  }
}

extension IfupdownFiles {
  var asking: [AskingInterface] {
    let stanzas = all.flatMap(\.document.stanzas)
    return stanzas.filter { stanza in
      stanza.family == "inet" && stanza.method == "dhcp" && isStarted(stanza.interface)
    }.map { AskingInterface(name: $0.interface) }
  }

  var servers: [String] { all.flatMap(\.document.stanzas).flatMap(\.nameServers) }
}

extension KeyfileFiles {
  /// nm-settings-keyfile(5), `ipv4.method` and `ipv4.ignore-auto-dns`. Without a method a card's is `auto`.
  var asking: [AskingInterface] {
    let cards = ["ethernet", "802-3-ethernet", "bond", "bridge", "team", "vlan"]
    return all.filter { connection in
      let usual = connection.value("connection", "type").map { cards.contains($0) } ?? false ? "auto" : nil
      return connection.startsAtBoot && connection.controller == nil
        && (connection.value("ipv4", "method") ?? usual) == "auto"
    }.map { connection in
      let ignores = KeyfileDirectory.truth(connection.value("ipv4", "ignore-auto-dns"))
      return AskingInterface(
        name: connection.placeName, files: [connection.snapshot.path],
        takesServers: ignores != true)
    }
  }
}

extension NetworkdFiles {
  /// systemd.network(5), `DHCP=` and `UseDNS=`. A package's own files are for containers and the like.
  var asking: [AskingInterface] {
    all.filter { unit in
      !Self.isGenerated(unit) && !unit.path.isWithin("/usr") && !unit.path.isWithin("/lib") && !unit.isPort
        && unit.idleSetting == nil && isTaken(unit)
        && ["yes", "true", "on", "1", "y", "t", "both", "ipv4", "v4"].contains(
          unit.value("Network", "DHCP")?.lowercased())
    }.map { unit in
      let uses = unit.value("DHCPv4", "UseDNS") ?? unit.value("DHCP", "UseDNS")
      return AskingInterface(
        name: unit.placeName, files: [unit.path],
        takesServers: !["no", "false", "off", "0", "n", "f"].contains(uses?.lowercased()))
    }
  }

  /// Whether its interface, where it is for one, takes it before others.
  private func isTaken(_ unit: NetworkdUnit) -> Bool {
    guard let interface = unit.interface.flatMap({ try? InterfaceName($0) }) else { return true }
    return units(of: interface, mac: nil).contains { $0.path == unit.path }
  }

  var servers: [String] { all.flatMap { $0.words("Network", "DNS") } }
}

extension NetplanFiles {
  /// netplan's reference, `dhcp4` and `dhcp4-overrides`.
  var asking: [AskingInterface] {
    definitions.filter { NetplanEdit.isTrue($0.last(["dhcp4"])) }.map { definition in
      AskingInterface(
        name: definition.interface ?? definition.id,
        takesServers: definition.last(["dhcp4-overrides", "use-dns"]).map { NetplanEdit.isTrue($0) } ?? true)
    }
  }
}

extension WickedFiles {
  /// ifcfg(5) of wicked, `BOOTPROTO`: `dhcp`, `dhcp4`, `dhcp+autoip`.
  var asking: [AskingInterface] {
    all.filter { file in
      let protocols = (file.value("BOOTPROTO") ?? "").lowercased().split(separator: "+")
      return file.startsAtBoot && protocols.contains { $0 == "dhcp" || $0 == "dhcp4" }
    }.map { AskingInterface(name: $0.interface, files: [$0.snapshot.path]) }
  }
}

extension FoundFiles {
  var servers: [String] { interfaces.flatMap(\.dns).map(\.description) }
}
