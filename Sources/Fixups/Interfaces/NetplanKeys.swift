internal import Documents
internal import Site
internal import Tree

/// The words that netplan knows, of all its versions up to 1.2 (parse.c, the tables of handlers). A file with any other is an error:
/// netplan makes nothing at all, or nothing of that definition where the version is one that goes on.
struct NetplanKeys {
  /// Below `network`.
  private static let network = words(
    """
    version renderer bonds bridges ethernets tunnels vlans vrfs wifis modems dummy-devices virtual-ethernets
    nm-devices openvswitch
    """)
  /// Of a definition, whatever its type.
  private static let definition = words(
    """
    accept-ra activation-mode addresses critical ignore-carrier dhcp4 dhcp6 dhcp-identifier dhcp4-overrides
    dhcp6-overrides ra-overrides gateway4 gateway6 ipv6-address-generation ipv6-address-token ipv6-mtu
    ipv6-privacy link-local macaddress mtu nameservers optional optional-addresses renderer routes routing-policy
    hairpin port-mac-learning neigh-suppress networkmanager openvswitch match set-name wakeonlan wakeonwlan
    emit-lldp receive-checksum-offload transmit-checksum-offload tcp-segmentation-offload tcp6-segmentation-offload
    generic-segmentation-offload generic-receive-offload large-receive-offload auth link virtual-function-count
    embedded-switch-mode delay-virtual-functions-rebind infiniband-mode peer access-points regulatory-domain
    interfaces parameters id table apn auto-config device-id network-id number password pin sim-id sim-operator-id
    username mode local remote ttl key keys mark port peers ageing aging limit type-of-service flow-label
    do-not-fragment short-circuit arp-proxy mac-learning notifications checksums extensions port-range
    """)
  private static let overrides = words(
    "hostname route-metric send-hostname use-dns use-domains use-hostname use-mtu use-ntp use-routes")
  /// Of mappings in a definition.
  private static let nested = [
    "match": words("name macaddress driver"), "nameservers": words("search addresses"),
    "dhcp4-overrides": overrides, "dhcp6-overrides": overrides,
  ]

  private static func words(_ text: String) -> Set<String> {
    Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
  }

  static func unknown(in files: NetplanFiles) -> [NetplanFault] {
    files.all.flatMap { file, document -> [NetplanFault] in
      func unknown(_ path: [String], _ known: Set<String>, of definition: String? = nil) -> [NetplanFault] {
        let node = path.isEmpty ? document.root : document.root[path]
        return (node?.pairs ?? []).map(\.key).filter { !known.contains($0) }.map {
          NetplanFault(
            path: file.path, line: document.line(of: path + [$0]),
            told: "netplan has no key \($0.shown), and before its version 1.1 makes nothing at all with it",
            seen: " has \($0.shown)", definition: definition)
        }
      }
      let types = (document.root["network"]?.pairs ?? []).filter { network.contains($0.key) && $0.key != "openvswitch" }
      let own = types.flatMap { type in
        type.node.pairs.filter { $0.node.text == nil }.flatMap { pair -> [NetplanFault] in
          let path = ["network", type.key, pair.key]
          return unknown(path, definition, of: pair.key)
            + nested.sorted { $0.key < $1.key }.flatMap { unknown(path + [$0.key], $0.value, of: pair.key) }
        }
      }
      return unknown([], ["network"]) + unknown(["network"], network) + own
    }
  }
}
