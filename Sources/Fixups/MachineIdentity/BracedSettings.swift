/// Settings of the form `key = value` in sections, `name { … }` or `name/key`, however they are spread over lines: LVM's (lvm.conf(5);
/// lib/device_mapper/libdm-config.c), and without sections libvirt's and sanlock's. Of two that say one thing the later counts.
struct BracedSettings {
  private var values: [String: String] = [:]

  /// By its sections and its key, a `/` between them.
  subscript(name: String) -> String? { values[name] }

  init(_ bytes: [UInt8]) {
    var (sections, name, rest) = ([String](), String?.none, bytes[...])
    var isValue = false
    while let token = Self.token(&rest) {
      switch token {
      case .text(let text) where isValue:
        values[(sections + [name ?? ""]).joined(separator: "/")] = text
        (name, isValue) = (nil, false)
      case .text(let text): name = text
      case .sign(UInt8(ascii: "=")): isValue = true
      case .sign(UInt8(ascii: "{")):
        sections.append(name ?? "")
        (name, isValue) = (nil, false)
      case .sign(UInt8(ascii: "}")):
        if !sections.isEmpty { sections.removeLast() }
        (name, isValue) = (nil, false)
      // A list is no one's id.
      case .sign(UInt8(ascii: "[")):
        rest = rest.drop { $0 != UInt8(ascii: "]") }.dropFirst()
        (name, isValue) = (nil, false)
      case .sign: continue
      }
    }
  }

  private enum Token {
    case text(String)
    case sign(UInt8)
  }

  private static func token(_ rest: inout ArraySlice<UInt8>) -> Token? {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    rest = rest.drop(while: isBlank)
    while rest.first == UInt8(ascii: "#") { rest = rest.drop { $0 != 0x0A }.drop(while: isBlank) }
    guard let first = rest.first else { return nil }
    let signs = Array("={}[],".utf8)
    if signs.contains(first) {
      rest = rest.dropFirst()
      return .sign(first)
    }
    let quotes = Array("\"'".utf8)
    guard quotes.contains(first) else {
      let word = rest.prefix { !isBlank($0) && !signs.contains($0) && !quotes.contains($0) && $0 != UInt8(ascii: "#") }
      rest = rest[word.endIndex...]
      return .text(String(decoding: word, as: UTF8.self))
    }
    var text: [UInt8] = []
    rest = rest.dropFirst()
    while let byte = rest.popFirst(), byte != first {
      let isEscaped = byte == UInt8(ascii: "\\") && first == UInt8(ascii: "\"")
      text.append(isEscaped ? rest.popFirst() ?? byte : byte)
    }
    return .text(String(decoding: text, as: UTF8.self))
  }
}
