internal import Documents
internal import Site

/// What cloud-init is told to run: `bootcmd` at every boot, `runcmd` at the first one of an instance (cloudinit/config/cc_bootcmd.py and
/// cc_runcmd.py). Like ``CloudSettings`` it is no YAML parser: an entry is what begins with a dash.
struct CloudCommands {
  enum Key: String, CaseIterable {
    case bootcmd, runcmd

    var moment: String { self == .bootcmd ? "at every boot" : "wherever it meets a new instance" }
  }

  struct Entry {
    let key: Key
    /// Counted from 0.
    var lines: [(line: Int, text: String)]

    /// What a line has of commands: one each, or the words of one that is a list of them, a line each.
    func commands(at index: Int) -> [String] {
      if lines.count > 1, lines.dropFirst().allSatisfy({ $0.text.hasPrefix("- ") }) {
        return [lines.map(\.text).joined(separator: " ")]
      }
      let text = lines[index].text
      return text.contains("/etc/hostname") ? [text] : text.split { ";&|(){}[]`".contains($0) }.map(String.init)
    }

    private static func words(_ command: String) -> [Substring] {
      command.split { !($0.isLetter || $0.isNumber || "_-./".contains($0)) }
        .filter { word in word.contains { $0.isLetter || $0.isNumber } }
        .map { $0.hasPrefix("/etc/") ? $0 : $0.split(separator: "/").last ?? $0 }
    }

    /// Whether a command makes the system's name another (hostname(1), hostnamectl(1)).
    static func setsName(_ command: String) -> Bool {
      let words = words(command)
      let isHostnamectl =
        words.contains("hostnamectl") && (words.contains("set-hostname") || words.contains("hostname"))
      return isHostnamectl || words.first == "hostname" || words.contains("kernel.hostname")
        || words.contains("/etc/hostname")
    }

    /// The addresses that a command gives an interface; what it only mentions may well be a peer's.
    static func addresses(in command: String) -> [IPAddress] {
      var scattered = ScatteredCommands(isListed: true)
      return scattered.commands(in: command).flatMap { GivenAddress.all(by: $0) }.map(\.address)
    }
  }

  private(set) var entries: [Entry] = []

  init(_ bytes: [UInt8]) {
    var open: Key?
    var indent = 0
    for (index, line) in Lines(bytes).enumerated() {
      let code = line.text.trimmingBlanks
      guard let first = line.content.first, !code.isEmpty, !code.hasPrefix("#") else { continue }
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

  func has(_ key: Key) -> Bool { entries.contains { $0.key == key } }
}
