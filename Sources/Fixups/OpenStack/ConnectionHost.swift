/// The host in the text of a connection: `scheme://user@HOST:port/path` (RFC 3986, 3.2.2), or `tcp:HOST:port` and `ssl:HOST:port` of
/// Open vSwitch's database (ovsdb(7), "Connection Methods").
public enum ConnectionHost {
  /// Where it stands; nil where the text names none, such as `qemu:///system`.
  static func range(in text: String) -> Range<String.Index>? {
    if let start = endOfScheme(in: text[...]) { return host(of: authority(text[start...])) }
    for scheme in ["tcp:", "ssl:"] where text.hasPrefix(scheme) { return bare(text.dropFirst(scheme.count)) }
    return nil
  }

  /// In `HOST`, `HOST:port` or `[HOST]:port`, where an IPv6 address may also stand bare.
  static func endpoint(_ text: String) -> Range<String.Index>? {
    if text.filter({ $0 == ":" }).count > 1, !text.hasPrefix("[") { return text.startIndex..<text.endIndex }
    return bare(text[...])
  }

  /// Every host that a value names as the place of a service: in its URLs, of which one may list several hosts
  /// (oslo.messaging, `transport_url`), and in `host:port`.
  public static func all(in text: String) -> [String] {
    var hosts: [Range<String.Index>] = []
    var rest = text[...]
    while let start = endOfScheme(in: rest) {
      let authority = authority(rest[start...])
      hosts += authority.utf8.split(separator: UInt8(ascii: ",")).map(Substring.init).compactMap(host)
      rest = rest[authority.endIndex...]
    }
    if hosts.isEmpty {
      for element in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
        guard let found = bare(element), let colon = element[found.upperBound...].firstIndex(of: ":"),
          UInt16(element[element.index(after: colon)...]) != nil
        else { continue }
        hosts.append(found)
      }
    }
    return hosts.map { String(text[$0]) }
  }

  /// Behind the first `://`.
  private static func endOfScheme(in text: Substring) -> String.Index? {
    var rest = text.utf8
    while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
      rest = rest[rest.index(after: colon)...]
      if rest.starts(with: "//".utf8) { return rest.index(rest.startIndex, offsetBy: 2) }
    }
    return nil
  }

  private static let stops = Array("/?#\"' \t\r\n".utf8)

  private static func authority(_ text: Substring) -> Substring {
    text.utf8.firstIndex { stops.contains($0) }.map { text[..<$0] } ?? text
  }

  /// Behind the user and the password, before the port.
  private static func host(of authority: Substring) -> Range<String.Index>? {
    bare(
      authority.utf8.lastIndex(of: UInt8(ascii: "@")).map { authority[authority.utf8.index(after: $0)...] } ?? authority
    )
  }

  private static func bare(_ text: Substring) -> Range<String.Index>? {
    let bytes = text.utf8
    let host =
      bytes.first == UInt8(ascii: "[")
      ? bytes.dropFirst().prefix { $0 != UInt8(ascii: "]") } : bytes.prefix { $0 != UInt8(ascii: ":") }
    return host.isEmpty ? nil : host.startIndex..<host.endIndex
  }
}
