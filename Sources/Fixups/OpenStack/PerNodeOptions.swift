internal import Documents

/// Options of nova, neutron and cinder whose value is this node's own address or name, by their sections (the configuration
/// references of nova and neutron, Train and later; old names included).
enum PerNodeOptions {
  private static let addresses: [String: Set<String>] = [
    "DEFAULT": [
      "my_ip", "my_block_storage_ip", "my_shared_fs_storage_ip", "routing_source_ip", "vncserver_listen",
      "vncserver_proxyclient_address", "host",
    ],
    "vnc": ["server_listen", "server_proxyclient_address", "vncserver_listen", "vncserver_proxyclient_address"],
    "spice": ["server_listen", "server_proxyclient_address"],
    "serial_console": ["proxyclient_address"],
    "libvirt": ["live_migration_inbound_addr", "migration_inbound_addr"],
    "vxlan": ["local_ip"],
    "ovs": ["local_ip", "of_listen_address"],
  ]

  private static let names: [String: Set<String>] = [
    "DEFAULT": [
      "console_host", "my_ip", "my_block_storage_ip", "my_shared_fs_storage_ip", "routing_source_ip",
      "vncserver_proxyclient_address",
    ],
    "vnc": ["server_proxyclient_address", "vncserver_proxyclient_address"],
    "spice": ["server_proxyclient_address"],
    "serial_console": ["proxyclient_address"],
    "libvirt": ["live_migration_inbound_addr", "migration_inbound_addr"],
    "xenserver": ["console_public_hostname"],
    "ovs": ["resource_provider_default_hypervisor"],
    "sriov_nic": ["resource_provider_default_hypervisor"],
  ]

  /// Where this node's own libvirt and switch are asked: nova's and ceilometer's, neutron's and os-vif's.
  private static let connections: [String: Set<String>] = [
    "DEFAULT": ["libvirt_uri"],
    "libvirt": ["connection_uri", "libvirt_uri"],
    "ovs": ["ovsdb_connection"],
    "os_vif_ovs": ["ovsdb_connection"],
    "vif_plug_ovs": ["ovsdb_connection"],
  ]

  /// `DEVICE:HYPERVISOR,…`: whose the bandwidth of a bridge or a card is (neutron, "Quality of Service: Guaranteed Minimum Bandwidth").
  private static let hypervisors: [String: Set<String>] = [
    "ovs": ["resource_provider_hypervisors"],
    "sriov_nic": ["resource_provider_hypervisors"],
  ]

  /// Where nova's metadata are: a controller's as a rule, this node's where it runs nova-api-metadata itself.
  private static let services: Set<String> = ["nova_metadata_host", "nova_metadata_ip", "metadata_host"]

  /// cinder's, which each of its backends may have in a section of its own (the configuration reference of cinder).
  private static let backendAddresses: Set<String> = ["target_ip_address", "iscsi_ip_address"]
  private static let backendNames: Set<String> = ["backend_host", "target_ip_address", "iscsi_ip_address"]

  /// Every option of these tables, in whatever section: most of a file's are in none, and need no second look.
  private static let all: Set<String> = {
    var all = backendAddresses.union(backendNames)
    for table in [addresses, names, connections, hypervisors] {
      for options in table.values { all.formUnion(options) }
    }
    return all
  }()

  static func isKnown(_ option: String) -> Bool { all.contains(option) || isListening(option) }

  /// Whether an address in it can be none but this node's.
  static func isAddress(_ section: String, _ option: String) -> Bool {
    addresses[section]?.contains(option) ?? false || backendAddresses.contains(option) || isListening(option)
  }

  /// What listens may be told a name, too (oslo.config, `HostAddressOpt`).
  static func isName(_ section: String, _ option: String) -> Bool {
    names[section]?.contains(option) ?? false || backendNames.contains(option) || isListening(option)
  }

  /// Whether a name in it is looked up for an address; of the others a name is all that they are.
  static func isLookedUp(_ section: String, _ option: String) -> Bool {
    isName(section, option) && isAddress(section, option) || isConnection(section, option)
  }

  /// Where a service listens: on this node, whatever it is (nova's and neutron's `…_listen`, `bind_host`, nova's proxies of consoles).
  static func isListening(_ option: String) -> Bool {
    option == "bind_host" || option == "listen" || option.hasSuffix("_listen") || option.hasSuffix("_listen_address")
      || proxies.contains(option)
  }

  private static let proxies: Set<String> = [
    "novncproxy_host", "html5proxy_host", "serialproxy_host", "xvpvncproxy_host",
  ]

  static func isConnection(_ section: String, _ option: String) -> Bool {
    connections[section]?.contains(option) ?? false
  }

  /// Where guests are moved to: nova puts the other host's name for its `%s` (nova, conf/libvirt.py).
  static func isTarget(_ section: String, _ option: String) -> Bool {
    section == "libvirt" && option == "live_migration_uri"
  }

  /// The hosts of services that an option names, which need not be this node.
  static func services(in option: OsloConfig.Option) -> [String] {
    if services.contains(option.key) { return [option.value] }
    return option.value.utf8.contains(UInt8(ascii: ":")) ? ConnectionHost.all(in: option.value) : []
  }

  /// Where in its value an option names this node, and nothing else: with a name or an address.
  static func places(in option: OsloConfig.Option) -> [Range<String.Index>] {
    let text = option.value
    if isConnection(option.section, option.key) { return ConnectionHost.range(in: text).map { [$0] } ?? [] }
    guard hypervisors[option.section]?.contains(option.key) ?? false else {
      return isAddress(option.section, option.key) || isName(option.section, option.key)
        ? [text.startIndex..<text.endIndex] : []
    }
    return text.split(separator: ",").compactMap { pair in
      guard let colon = pair.firstIndex(of: ":") else { return nil }
      var name = pair[pair.index(after: colon)...]
      while name.first?.isWhitespace == true { name = name.dropFirst() }
      while name.last?.isWhitespace == true { name = name.dropLast() }
      return name.isEmpty ? nil : name.startIndex..<name.endIndex
    }
  }
}
