internal import Documents

/// The top-level settings of a cloud-config file: `key: value` from column 0, or a key with an indented block.
///
/// It is no YAML parser. Anchors, quoted keys, values of several lines and a file in one pair of braces are not
/// understood; a setting written so is not seen.
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
      guard let colon = content.firstIndex(of: ":") else { continue }
      let rest = content[content.index(after: colon)...]
      guard rest.isEmpty || rest.first == " " || rest.first == "\t" else { continue }
      let key = String(content[..<colon]).trimmed
      values[key] = String(rest).trimmed
      open = key
    }
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
