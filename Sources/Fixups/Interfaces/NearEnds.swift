internal import Documents
internal import Site
internal import Tree

/// Addresses of the node's own in settings of interfaces that the site does not name: the near end of a tunnel, and whom a rule of
/// routing is for. Where a backend edits them they are right by now; what is still another node's fails `verify`.
enum NearEnds {
  /// By systemd.netdev(5), netplan's reference, nm-settings-keyfile(5) and interfaces(5), sysconfig.txt, ifcfg-tunnel(5) and ifcfg-vxlan(5)
  /// of wicked.
  private static let tunnels: Set = [
    "Local", "local", "MY_OUTER_IPADDR", "IPV6TUNNELIPV4LOCAL", "TUNNEL_LOCAL_IPADDR", "VXLAN_LOCAL_IP",
  ]

  static let rule = "whom a rule of routing is for"

  /// Hardly any file has one.
  static func mayBe(in bytes: [UInt8]) -> Bool {
    ["ocal", "LOCAL", "MY_OUTER", "ROUTING_RULE"].contains { bytes.mayContain(Array($0.utf8)) }
  }

  /// The address that a line has for one, and what it is the address of.
  static func address(in line: String) -> (what: String, address: IPAddress)? {
    let text = line.trimmingBlanks
    let key = text.prefix { !" \t=:".contains($0) }
    let isTunnel = tunnels.contains(String(key))
    // nms-ifcfg-rh-reader.c, `ROUTING_RULE_1`; ifupdown.sh of Open vSwitch.
    let isRule = key.hasPrefix("ROUTING_RULE")
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
    return (isRule ? rule : "the near end of a tunnel", address)
  }
}

extension InterfaceFiles {
  func othersNearEnds(_ situation: Situation) -> [Claim] {
    snapshots.filter { NearEnds.mayBe(in: $0.bytes) }.flatMap { file in
      Lines(file.bytes).enumerated().compactMap { index, line -> Claim? in
        guard let (what, address) = NearEnds.address(in: line.text), situation.isOthers(address) else { return nil }
        // A rule may well be for another node, whose packets come by here.
        if what == NearEnds.rule, !situation.wasOwn(address) { return nil }
        return .anothers(
          "\(what) (\(file.path):\(index + 1))", address.description, situation.whose(address))
      }
    }
  }
}
