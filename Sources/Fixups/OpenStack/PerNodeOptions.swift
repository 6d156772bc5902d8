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
    "ovs": ["local_ip"],
  ]

  private static let names: [String: Set<String>] = [
    "DEFAULT": ["console_host", "vncserver_proxyclient_address", "my_block_storage_ip"],
    "vnc": ["server_proxyclient_address", "vncserver_proxyclient_address"],
    "spice": ["server_proxyclient_address"],
    "serial_console": ["proxyclient_address"],
    "libvirt": ["live_migration_inbound_addr", "migration_inbound_addr"],
    "xenserver": ["console_public_hostname"],
  ]

  /// cinder's, which each of its backends may have in a section of its own (the configuration reference of cinder).
  private static let backendAddresses: Set<String> = ["target_ip_address", "iscsi_ip_address"]
  private static let backendNames: Set<String> = ["backend_host", "target_ip_address", "iscsi_ip_address"]

  static func isAddress(_ section: String, _ option: String) -> Bool {
    addresses[section]?.contains(option) ?? false || backendAddresses.contains(option)
  }

  static func isName(_ section: String, _ option: String) -> Bool {
    names[section]?.contains(option) ?? false || backendNames.contains(option)
  }
}
