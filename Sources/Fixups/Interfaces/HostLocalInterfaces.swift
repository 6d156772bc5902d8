internal import Documents
internal import Site

/// Bridges and the like that stand on no card: docker0, virbr0. Nobody outside the machine sees their addresses, and every host
/// may have the same. A dummy is none of them: the address that a router finds a host by is on one.
struct HostLocalInterfaces {
  private let made: Set<String>
  private let dummies: Set<String>
  private let underlay: Underlay

  init(_ files: InterfaceFiles) {
    made = Set(files.backends.flatMap(\.made))
    dummies = Set(files.backends.flatMap(\.dummies))
    underlay = Underlay(files.backends.ports, files.backends.vlans, [])
  }

  func contains(_ name: String) -> Bool {
    ([name] + underlay.below(name)).allSatisfy(isLocal)
  }

  /// Whether no card is below. A dummy and the loopback interface have none, either: several hosts may announce one address there
  /// (anycast, RFC 4786), and of two trees it tells nothing.
  func isCardless(_ name: String) -> Bool {
    ([name] + underlay.below(name)).allSatisfy { isLocal($0) || dummies.contains($0) || Self.isUnlinked($0) }
  }

  private func isLocal(_ name: String) -> Bool { made.contains(name) || Self.isUsual(name) }

  /// The loopback interface with its labels (`lo:1`), and what the kernel's module calls its dummies.
  private static func isUnlinked(_ name: String) -> Bool {
    let name = name.prefix { $0 != ":" }
    guard name.hasPrefix("dummy") else { return name == "lo" }
    return name.utf8.count > 5 && name.dropFirst(5).allSatisfy(\.isNumber)
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
  var dummies: [String] { [] }
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

  var dummies: [String] { all.filter { $0.value("connection", "type") == "dummy" }.compactMap(\.interface) }
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

  var dummies: [String] {
    devices.filter { $0.value("NetDev", "Kind")?.lowercased() == "dummy" }.compactMap { $0.value("NetDev", "Name") }
  }
}

extension NetplanFiles {
  /// netplan's reference, "Device types".
  var made: [String] {
    definitions.filter { ["bridges", "bonds", "virtual-ethernets"].contains($0.type) }
      .compactMap(\.interface)
  }

  var dummies: [String] { definitions.filter { $0.type == "dummy-devices" }.compactMap(\.interface) }
}

extension WickedFiles {
  /// ifcfg-bridge(5) and ifcfg-bonding(5) of wicked.
  var made: [String] {
    all.filter { file in
      ["BRIDGE", "BONDING_MASTER"].contains { file.value($0)?.lowercased() == "yes" }
        || ["bridge", "bond"].contains(file.value("INTERFACETYPE")?.lowercased())
    }.map(\.interface)
  }

  /// compat-suse.c, `try_dummy`
  var dummies: [String] {
    all.filter { $0.value("DUMMY")?.lowercased() == "yes" || $0.value("INTERFACETYPE")?.lowercased() == "dummy" }
      .map(\.interface)
  }
}
