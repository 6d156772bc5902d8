internal import Site

/// What interfaces stand on across the kinds of files that NetworkManager reads: a port names its bridge or bond, and a VLAN its card, by the
/// UUID of a connection (nm-settings-nmcli(5), `connection.controller`, `vlan.parent`), and that may be an ifcfg file beside keyfiles, or the
/// reverse.
extension [any NetworkBackend] {
  var ports: [Port] {
    let switches = compactMap { $0 as? KeyfileFiles }
    lazy var names = interfacesByUUID
    return flatMap { backend in
      backend.ports.flatMap { port -> [Port] in
        // A port of Open vSwitch's is no interface (nm-openvswitch(7)).
        let masters = port.isBehindSwitchPort ? switches.flatMap { $0.interfaces(behind: port.master) } : []
        guard masters.isEmpty, Self.isUUID(port.master) else { return masters.isEmpty ? [port] : masters.map(port.of) }
        // The network scripts read no UUID.
        return names[port.master.lowercased()].map { [port.of($0)] } ?? (backend is IfcfgFiles ? [] : [port])
      }
    }
  }

  var vlans: [VLANDevice] {
    lazy var names = interfacesByUUID
    return flatMap(\.vlans).map { device in
      guard Self.isUUID(device.parent) else { return device }
      // Else by the name of its own.
      return VLANDevice(named: device.interface, parent: names[device.parent.lowercased()], id: device.id) ?? device
    }
  }

  private var interfacesByUUID: [String: String] {
    Dictionary(flatMap(\.connections).map { ($0.uuid, $0.interface) }, uniquingKeysWith: { first, _ in first })
  }

  /// An interface's name has 15 letters at most.
  private static func isUUID(_ text: String) -> Bool { text.utf8.count == 36 }
}
