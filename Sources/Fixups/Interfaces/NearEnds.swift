internal import Documents
internal import Site
internal import Tree

/// Addresses of the node's own in settings of interfaces that the site need not name: the near end of a tunnel, and whom a rule of
/// routing is for. Each backend edits its own; what is still another node's fails `verify`.
enum NearEnds {
  /// Those that are an address, by systemd.netdev(5), netplan's reference, nm-settings-keyfile(5) and interfaces(5), sysconfig.txt,
  /// ifcfg-tunnel(5) and ifcfg-vxlan(5) of wicked.
  static let tunnels: Set = [
    "Local", "local", "MY_OUTER_IPADDR", "IPV6TUNNELIPV4LOCAL", "TUNNEL_LOCAL_IPADDR", "VXLAN_LOCAL_IP",
  ]

  /// Those that have one among others (README.RHEL and ifupdown.sh of Open vSwitch).
  static func isForSwitch(_ key: String) -> Bool {
    ["OVS_TUNNEL_OPTIONS", "OVS_OPTIONS", "OVS_EXTRA", "ovs_tunnel_options", "ovs_options", "ovs_extra"].contains(key)
  }

  /// nms-ifcfg-rh-reader.c, `ROUTING_RULE_1` and `ROUTING_RULE6_1`.
  static func isRule(_ key: String) -> Bool { key.hasPrefix("ROUTING_RULE") }

  enum Kind: String {
    case tunnel = "the near end of a tunnel"
    case rule = "whom a rule of routing is for"
  }

  /// Hardly any file has one.
  static func mayBe(in bytes: [UInt8]) -> Bool {
    ["ocal", "LOCAL", "MY_OUTER", "ROUTING_RULE"].contains { bytes.mayContain(Array($0.utf8)) }
  }

  /// The address that a line has for one, and what it is the address of.
  static func address(in line: String) -> (kind: Kind, address: IPAddress)? {
    let text = line.trimmingBlanks
    let key = text.prefix { !" \t=:".contains($0) }
    let isTunnel = tunnels.contains(String(key))
    let isRule = isRule(String(key))
    guard isTunnel || isRule || key.lowercased() == "ovs_tunnel_options" else { return nil }
    let words = text.dropFirst(key.count).drop { " \t=:".contains($0) }.split { " \t\"',=".contains($0) }
    let word: Substring?
    if isTunnel {
      word = words.first
    } else {
      word =
        zip(words, words.dropFirst()).first { before, _ in
          isRule ? before == "from" : before.hasSuffix("local_ip")
        }?.1
    }
    guard let word, let address = try? IPAddress(String(word.prefix { $0 != "/" })) else { return nil }
    return (isRule ? .rule : .tunnel, address)
  }
}

extension Situation {
  /// A setting of these names with this node's address in the place of the original's, and what it said; nil where it is none, or is
  /// as it should be.
  func renewingNearEnd(_ key: String, _ text: String) -> (text: String, said: [String])? {
    renewingNearEnd(key) { Array(text.utf8) }.map { (String(decoding: $0.bytes, as: UTF8.self), $0.said) }
  }

  /// - Parameter text: asked for of such a setting only; hardly any is.
  func renewingNearEnd(_ key: String, _ text: () -> [UInt8]) -> (bytes: [UInt8], said: [String])? {
    let (new, said) =
      if NearEnds.tunnels.contains(key) {
        renewing(text())
      } else if NearEnds.isRule(key) {
        renewingSources(text())
      } else if NearEnds.isForSwitch(key) {
        renewing(text(), behind: "local_ip=")
      } else {
        ([UInt8](), [String]())
      }
    return said.isEmpty ? nil : (new, said)
  }
}

extension InterfaceFiles {
  func othersNearEnds(_ situation: Situation) -> [Claim] {
    snapshots.filter { NearEnds.mayBe(in: $0.bytes) }.flatMap { file in
      Lines(file.bytes).enumerated().compactMap { index, line -> Claim? in
        guard let (kind, address) = NearEnds.address(in: line.text), situation.isOthers(address) else { return nil }
        // A rule may well be for another node, whose packets come by here.
        if kind == .rule, !situation.wasOwn(address) { return nil }
        return .anothers(
          "\(kind.rawValue) (\(file.path):\(index + 1))", address.description, situation.whose(address))
      }
    }
  }
}
