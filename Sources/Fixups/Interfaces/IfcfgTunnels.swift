internal import Documents
internal import Site

extension IfcfgEdit {
  /// What ovs-vsctl gets of a file as it stands there (README.RHEL of Open vSwitch).
  private static let options = ["OVS_TUNNEL_OPTIONS", "OVS_OPTIONS", "OVS_EXTRA"]

  /// The near end of a tunnel, `options:local_ip=192.168.20.20`, is this node's.
  mutating func convergeTunnels() throws -> [Claim] {
    var claims: [Claim] = []
    for key in Self.options {
      guard let text = text(key), shell.isRewritable(key) else { continue }
      let (new, said) = renewingLocalEnds(text)
      guard let first = said.first else { continue }
      try rewrite(key, to: new, because: "\(key) said local_ip=\(first)")
      claims += said.map { .staleAddress("options", in: path, $0) }
    }
    return claims
  }

  private func renewingLocalEnds(_ text: String) -> (text: String, said: [String]) {
    var (bytes, said) = (Array(text.utf8), [String]())
    for (network, former) in situation.formerAddresses {
      guard let own = situation.successor(of: former, on: network) else { continue }
      let places = Token(former.description).ranges(in: bytes[...]).filter { place in
        // An IPv6 address may be in quotes for ovs-vsctl.
        let before = bytes[..<place.lowerBound].reversed().drop { "\"'\\[".utf8.contains($0) }.reversed()
        return Array(before).suffix(9).elementsEqual("local_ip=".utf8)
      }
      for place in places.reversed() { bytes.replaceSubrange(place, with: own.description.utf8) }
      if !places.isEmpty { said.append("\(former), which is \(situation.whose(former))") }
    }
    return (String(decoding: bytes, as: UTF8.self), said)
  }
}
