extension InterfacesFile {
  /// Who reads the file: ifupdown itself, or a successor (ifupdown2, ifupdown-ng), which takes more.
  public enum Reader: Sendable { case ifupdown, successor }

  /// The first line for which ifupdown refuses to read anything at all, counted from 1, and why. What its successors take is
  /// none to them.
  public func problem(for reader: Reader) -> (line: Int, reason: String)? {
    let stanzas = stanzas
    var isInStanza = false
    for statement in statements {
      let words = statement.words
      let line = statement.lines.lowerBound + 1
      if statement.isKeyword {
        isInStanza = ["iface", "mapping"].contains(words.first)
        guard words.first == "iface" else { continue }
        if let reason = Self.problem(ofHeader: words, for: reader) { return (line, reason) }
        let header = Header(words)
        guard reader == .ifupdown, let base = header.base else { continue }
        let first = Self.base(base, header.family, in: stanzas)
        let isBefore = first.map { $0.header.lowerBound < statement.lines.lowerBound } ?? false
        if !isBefore, Self.base(base, header.family, in: others) == nil {
          return (line, "inherits from \(base), of which no stanza stands before it")
        }
      } else if !isInStanza {
        if reader == .successor, ["template", "vlan", "vxlan"].contains(words.first) {
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

  /// interfaces(5), of the two families that have addresses here; to the successors a name alone is enough.
  private static func problem(ofHeader words: [String], for reader: Reader) -> String? {
    let others = ["ipx", "can", "meta", "link"]
    guard words.count > 1 else { return reader == .ifupdown ? "no interface" : nil }
    let base = words.firstIndex(of: "inherits")
    if reader == .ifupdown, let base, base == words.endIndex - 1 { return "inherits without a name" }
    guard words.count > 2, ["inet", "inet6"].contains(words[2]) else {
      let isKnown = words.count > 2 && (base == 2 || others.contains(words[2]))
      return reader == .successor || isKnown ? nil : "no family of addresses that ifupdown knows"
    }
    let known = [
      "loopback", "static", "manual", "dhcp", "bootp", "tunnel", "ppp", "wvdial", "ipv4ll", "auto", "v4tunnel", "6to4",
      "inherits",
    ]
    return words.count > 3 && known.contains(words[3]) ? nil : "no method that ifupdown knows"
  }
}
