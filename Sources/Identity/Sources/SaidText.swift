/// A name or a site file as sources without a format of their own carry them: under a key, as a text.
enum SaidText {
  static let node = "imprint.node"
  static let site = "imprint.site"

  /// A claim from what stands under both keys; nil where nothing does.
  static func claim(_ source: String, isCopied: Bool, _ value: (String) -> [UInt8]?) -> IdentityClaim? {
    let name = value(node).map {
      String(decoding: $0.prefix(1024), as: UTF8.self).filter { !$0.isWhitespace && $0 != "\0" }
    }
    let file = value(site).map(plain)
    guard name?.isEmpty == false || file?.isEmpty == false else { return nil }
    return IdentityClaim(
      source, name: name.flatMap { $0.isEmpty ? nil : $0 }, place: node, isCopied: isCopied,
      site: file.flatMap { $0.isEmpty ? nil : $0 })
  }

  /// What cannot carry line breaks carries base64 (RFC 4648): a site file has a bracket or an equals sign with blanks in it.
  static func plain(_ text: [UInt8]) -> [UInt8] {
    let packed = text.filter { ![0x20, 0x0A, 0x0D, 0x09, 0].contains($0) }
    guard let values = packed.isEmpty ? nil : sextets(packed) else { return text }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    for (number, value) in values.enumerated() {
      bits = bits << 6 | UInt32(value)
      if number % 4 > 0 { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(6 - 2 * (number % 4)))) }
    }
    return bytes
  }

  /// nil where it is no base64.
  private static func sextets(_ text: [UInt8]) -> [UInt8]? {
    let end = text.lastIndex { $0 != UInt8(ascii: "=") }.map { $0 + 1 } ?? 0
    guard text.count % 4 == 0, text.count - end <= 2, end % 4 != 1 else { return nil }
    var values: [UInt8] = []
    for byte in text[..<end] {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): values.append(byte - UInt8(ascii: "A"))
      case UInt8(ascii: "a")...UInt8(ascii: "z"): values.append(byte - UInt8(ascii: "a") + 26)
      case UInt8(ascii: "0")...UInt8(ascii: "9"): values.append(byte - UInt8(ascii: "0") + 52)
      case UInt8(ascii: "+"): values.append(62)
      case UInt8(ascii: "/"): values.append(63)
      default: return nil
      }
    }
    return values
  }
}
