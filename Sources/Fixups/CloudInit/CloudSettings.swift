internal import Documents

/// The top-level settings of a cloud-config file: `key: value` from column 0, or a key with an indented block.
///
/// It is no YAML parser. Anchors and values of several lines are not understood, nor braces over several lines; a setting written so is
/// not seen.
struct CloudSettings {
  private var values: [String: String] = [:]

  init(_ bytes: [UInt8]) {
    var open: String?
    for line in Lines(bytes) {
      let content = Self.withoutComment(line.text)
      guard let first = content.utf8.first else { continue }
      if first == 0x20 || first == 0x09 {
        let part = content.trimmed
        if let open, !part.isEmpty {
          values[open] = [values[open] ?? "", part].filter { !$0.isEmpty }.joined(separator: " ")
        }
        continue
      }
      open = nil
      let whole = content.trimmed
      if first == UInt8(ascii: "{"), whole.hasSuffix("}") {
        // A mapping in one pair of braces: those within it are not looked into.
        for pair in Self.pairs(whole.dropFirst().dropLast()) { values.merge([pair.key: pair.value]) { $1 } }
        continue
      }
      guard let colon = content.firstIndex(of: ":") else { continue }
      let rest = content[content.index(after: colon)...]
      guard rest.isEmpty || rest.first == " " || rest.first == "\t" else { continue }
      let key = Self.unquoted(String(content[..<colon]).trimmed)
      values[key] = String(rest).trimmed
      open = key
    }
  }

  private static func pairs(_ text: Substring) -> [(key: String, value: String)] {
    var depth = 0
    let parts = text.split { character in
      depth += "{[".contains(character) ? 1 : "}]".contains(character) ? -1 : 0
      return depth == 0 && character == ","
    }
    return parts.compactMap { part in
      guard let colon = part.firstIndex(of: ":") else { return nil }
      return (unquoted(String(part[..<colon]).trimmed), String(part[part.index(after: colon)...]).trimmed)
    }
  }

  private static func unquoted(_ key: String) -> String {
    guard key.count > 1, let first = key.first, first == key.last, first == "\"" || first == "'" else { return key }
    return String(key.dropFirst().dropLast())
  }

  /// As written, blanks around it dropped; an indented block in one line. The last one of a key counts.
  subscript(key: String) -> String? { values[key] }

  /// For comparing: without blanks, quotes and braces, in lower case, with YAML 1.1's words for true and false.
  static func plain(_ value: String) -> String {
    let bare = value.lowercased().filter { !" \t\"'{}".contains($0) }
    if ["true", "yes", "on"].contains(bare) { return "true" }
    if ["false", "no", "off"].contains(bare) { return "false" }
    return bare
  }

  /// A `#` at the front or behind a blank starts a comment.
  private static func withoutComment(_ text: String) -> String {
    var previous: Character = " "
    var kept = ""
    for character in text {
      if character == "#", previous == " " || previous == "\t" { break }
      kept.append(character)
      previous = character
    }
    return kept
  }
}

extension String {
  fileprivate var trimmed: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let start = drop(while: isBlank)
    return String(start.reversed().drop(while: isBlank).reversed())
  }
}
