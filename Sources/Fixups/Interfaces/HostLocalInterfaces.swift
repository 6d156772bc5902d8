internal import Documents
internal import Site

/// Bridges and the like that stand on no card: docker0, virbr0. Nobody outside the machine sees their addresses, and every host
/// may have the same. A dummy is none of them: the address that a router finds a host by is on one.
struct HostLocalInterfaces {
  private let made: Set<String>
  private let underlay: Underlay

  init(_ files: InterfaceFiles) {
    made = Set(files.backends.flatMap(\.made))
    underlay = Underlay(files.backends.flatMap(\.ports), files.backends.flatMap(\.vlans), [])
  }

  func contains(_ name: String) -> Bool {
    ([name] + underlay.below(name)).allSatisfy { made.contains($0) || Self.isUsual($0) }
  }

  /// What container engines, libvirt, neutron and the kernel call theirs, whoever makes them. A `br-ex` is none: what Open vSwitch has
  /// for a port of it is in no file.
  private static func isUsual(_ name: String) -> Bool {
    let numbered = ["docker", "virbr", "lxcbr", "lxdbr", "incusbr", "podman", "cni-podman", "cni", "veth"]
    return ["br-int", "br-tun", "docker_gwbridge"].contains(name)
      || numbered.contains {
        name.hasPrefix($0) && !name.dropFirst($0.count).isEmpty && name.dropFirst($0.count).allSatisfy(\.isNumber)
      }
  }
}

extension NetworkBackend {
  var made: [String] { [] }
}

extension IfcfgFiles {
  /// sysconfig.txt of initscripts, and nm-settings-ifcfg-rh(5).
  var made: [String] {
    all.filter { file in
      file.isCurrent
        && (["bridge", "bond", "team"].contains(file.value("TYPE")?.lowercased())
          || file.value("BONDING_OPTS") != nil)
    }.map(\.device)
  }
}

extension IfupdownFiles {
  /// bridge-utils-interfaces(5), and ifenslave's README.
  var made: [String] {
    let keys: Set = ["bridge_ports", "bond_slaves", "slaves", "veth_peer_name"]
    return all.flatMap(\.document.stanzas).filter { stanza in
      stanza.options.contains { keys.contains($0.name.replacing("-", with: "_")) }
    }.map(\.interface)
  }
}

extension KeyfileFiles {
  /// nm-settings-keyfile(5), connection.type
  var made: [String] {
    all.filter { ["bridge", "bond", "team", "veth"].contains($0.value("connection", "type")) }
      .compactMap(\.interface)
  }
}

extension NetworkdFiles {
  /// systemd.netdev(5), [NetDev] Kind=; a port that goes by no name and no card may be any.
  var made: [String] {
    let open = all.filter { $0.interface == nil && $0.cards.isEmpty }.flatMap {
      $0.words("Network", "Bridge") + $0.words("Network", "Bond")
    }
    return devices.filter { ["bridge", "bond", "veth"].contains($0.value("NetDev", "Kind")?.lowercased()) }
      .compactMap { $0.value("NetDev", "Name") }.filter { !open.contains($0) }
  }
}

extension NetplanFiles {
  /// netplan's reference, "Device types".
  var made: [String] {
    definitions.filter { ["bridges", "bonds", "virtual-ethernets"].contains($0.type) }
      .compactMap(\.interface)
  }
}

extension WickedFiles {
  /// ifcfg-bridge(5) and ifcfg-bonding(5) of wicked.
  var made: [String] {
    all.filter { file in
      ["BRIDGE", "BONDING_MASTER"].contains { file.value($0)?.lowercased() == "yes" }
        || ["bridge", "bond"].contains(file.value("INTERFACETYPE")?.lowercased())
    }.map(\.interface)
  }
}
