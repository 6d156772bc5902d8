/// A connection of NetworkManager as a key file (nm-settings-keyfile(5)), read as GLib's `GKeyFile` does: sections of one
/// name are one, of two lines that set a key the later counts, and one line that is nothing makes the file no file at all.
public struct Keyfile: Sendable, Equatable {
  private var file: SectionedLines

  public init(_ bytes: [UInt8]) { file = SectionedLines(bytes, .keyFile) }

  public var bytes: [UInt8] { file.bytes }

  /// Why GLib reads none of it, with the line, counted from 1.
  public var problem: (line: Int, reason: String)? {
    if let problem = file.problem { return problem }
    let odd = file.lines.firstIndex { line in
      line.content.contains { $0 >= 0x80 || $0 == 0 } && String(validating: line.content, as: UTF8.self) == nil
    }
    return odd.map { ($0 + 1, "this is not UTF-8") }
  }

  /// Every assignment that counts, in file order.
  public var settings: [(section: String, key: String, value: String)] {
    var last: [[String]: Int] = [:]
    for (index, entry) in file.entries.enumerated() { last[[file.name(of: entry) ?? "", entry.key]] = index }
    return last.values.sorted().map { index in
      let entry = file.entries[index]
      return (file.name(of: entry) ?? "", entry.key, Self.unescaped(entry.value))
    }
  }

  public func value(_ section: String, _ key: String) -> String? {
    file.occurrences(section, key).last.map { Self.unescaped(file.entries[$0].value) }
  }

  /// The keys of a section, each once, in the order of the file.
  public func keys(_ section: String) -> [String] {
    var seen: Set<String> = []
    return file.entries.filter { file.name(of: $0) == section }.map(\.key).filter { seen.insert($0).inserted }
  }

  /// The line that says it, counted from 1.
  public func line(of section: String, _ key: String) -> Int? {
    file.occurrences(section, key).last.map { file.entries[$0].lines.lowerBound + 1 }
  }

  /// Afterwards GLib reads exactly this. A key that is there is rewritten where it counts; one that isn't goes to the end of
  /// its section, and a section that isn't to the end of the file.
  public mutating func set(_ section: String, _ key: String, to value: String) {
    guard self.value(section, key) != value else { return }
    let written = Self.escaped(value)
    if let last = file.occurrences(section, key).last {
      file.replace(last, with: written)
    } else if let place = file.sections.lastIndex(where: { $0.name == section }) {
      file.insert(key, written, inSection: place)
    } else {
      file.append(section, [(key, written)])
    }
  }

  public mutating func remove(_ section: String, _ key: String) { file.remove(file.occurrences(section, key)) }

  /// `g_key_file_parse_value_as_string`.
  private static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    let escapes: [Character: Character] = ["s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"]
    var (result, rest) = ("", text[...])
    while let first = rest.popFirst() {
      guard first == "\\", let next = rest.first, let meant = escapes[next] else {
        result.append(first)
        continue
      }
      result.append(meant)
      rest.removeFirst()
    }
    return result
  }

  private static func escaped(_ value: String) -> String {
    let isLeading = value.prefix { $0 == " " }.count
    return value.enumerated().map { index, character in
      switch character {
      case " " where index < isLeading: "\\s"
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      case "\\": "\\\\"
      default: String(character)
      }
    }.joined()
  }
}
