extension InterfacesFile {
  /// The first line for which ifupdown refuses to read anything at all, counted from 1, and why. What its successors
  /// (ifupdown2, ifupdown-ng) take is none.
  public var problem: (line: Int, reason: String)? {
    var isInStanza = false
    for statement in statements {
      let words = statement.words
      let line = statement.lines.lowerBound + 1
      if statement.isKeyword {
        isInStanza = ["iface", "mapping"].contains(words.first)
        if words.first == "iface", !Self.hasKnownMethod(words) { return (line, "no method that ifupdown knows") }
      } else if !isInStanza {
        if ["template", "vlan", "vxlan"].contains(words.first) {
          isInStanza = true
          continue
        }
        return (line, "an option outside of any stanza")
      } else if statement.value.isEmpty {
        return (line, "an option without a value")
      }
    }
    return nil
  }

  /// interfaces(5), of the two families that have addresses here.
  private static func hasKnownMethod(_ words: [String]) -> Bool {
    guard words.count > 2, ["inet", "inet6"].contains(words[2]) else { return true }
    guard words.count > 3 else { return false }
    let known = [
      "loopback", "static", "manual", "dhcp", "bootp", "tunnel", "ppp", "wvdial", "ipv4ll", "auto", "v4tunnel", "6to4",
      "inherits",
    ]
    return known.contains(words[3])
  }
}
