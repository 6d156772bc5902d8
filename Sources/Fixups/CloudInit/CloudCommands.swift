internal import Documents

/// What cloud-init is told to run: `bootcmd` at every boot, `runcmd` at the first one of an instance (cloudinit/config/cc_bootcmd.py and
/// cc_runcmd.py). Like ``CloudSettings`` it is no YAML parser: an entry is what begins with a dash, or the whole list where it is one of
/// JSON's.
struct CloudCommands {
  enum Key: String, CaseIterable {
    case bootcmd, runcmd

    var moment: String { self == .bootcmd ? "at every boot" : "wherever it meets a new instance" }
  }

  struct Entry {
    let key: Key
    /// Counted from 0.
    var lines: [(line: Int, text: String)]

    /// What a line has of commands that may give an address or a name, or those that the words of one make that is a list of them, a line
    /// each.
    func commands(at index: Int) -> [CommandList.Command] {
      let isOne = lines.count > 1 && lines.dropFirst().allSatisfy { $0.text.hasPrefix("- ") }
      let text = isOne ? lines.map(\.text).joined(separator: " ") : lines[index].text
      var scattered = ScatteredCommands(isListed: true)
      return scattered.commands(in: text)
    }
  }

  private(set) var entries: [Entry] = []

  init(_ bytes: [UInt8]) {
    var open: Key?
    var indent = 0
    // Of brackets that a list in JSON has open yet.
    var brackets = 0
    for (index, line) in Lines(bytes).enumerated() {
      let code = line.text.trimmingBlanks
      guard let first = line.content.first, !code.isEmpty, !code.hasPrefix("#") else { continue }
      if brackets > 0 {
        entries[entries.count - 1].lines.append((index, code))
        brackets += Self.opened(code)
        continue
      }
      let lists = Self.lists(in: code)
      if let last = lists.last {
        entries += lists.map { Entry(key: $0.key, lines: [(index, $0.text)]) }
        (open, brackets) = (nil, max(0, Self.opened(last.text)))
        continue
      }
      let isItem = code == "-" || code.hasPrefix("- ")
      if first != 0x20, first != 0x09, !isItem {
        open = Key.allCases.first { code.hasPrefix("\($0):") }
        indent = .max
        if let open { entries.append(Entry(key: open, lines: [(index, code)])) }
        continue
      }
      guard let open else { continue }
      let depth = line.content.prefix { $0 == 0x20 || $0 == 0x09 }.count
      if isItem, depth <= indent {
        indent = depth
        entries.append(Entry(key: open, lines: []))
      }
      entries[entries.count - 1].lines.append((index, code))
    }
  }

  /// Lists of commands in braces, or under a key in quotes: JSON is YAML.
  private static func lists(in code: String) -> [(key: Key, text: String)] {
    guard let first = code.first, "{\"'".contains(first) else { return [] }
    return Key.allCases.compactMap { key -> (key: Key, text: String)? in
      let spellings = ["\"\(key)\"", "'\(key)'"] + (first == "{" ? ["\(key):"] : [])
      guard let name = spellings.lazy.compactMap({ code.firstRange(of: $0) }).first else { return nil }
      let rest = code[name.upperBound...]
      guard let start = rest.firstIndex(of: "[") else { return nil }
      var depth = 0
      let end = rest[start...].firstIndex { letter in
        depth += letter == "[" ? 1 : letter == "]" ? -1 : 0
        return depth == 0
      }
      return (key, String(rest[start..<(end ?? rest.endIndex)]) + (end == nil ? "" : "]"))
    }
  }

  private static func opened(_ text: String) -> Int {
    text.utf8.reduce(0) { $0 + ($1 == UInt8(ascii: "[") ? 1 : $1 == UInt8(ascii: "]") ? -1 : 0) }
  }

  func has(_ key: Key) -> Bool { entries.contains { $0.key == key } }
}
