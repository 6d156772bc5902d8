internal import Documents

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

    private var words: Set<Substring> {
      Set(lines.flatMap { $0.text.split { !($0.isLetter || $0.isNumber || "_-./".contains($0)) } })
    }

    var setsName: Bool { !words.isDisjoint(with: ["hostname", "hostnamectl", "nmcli", "/etc/hostname", "sysctl"]) }
    var setsAddress: Bool {
      !words.isDisjoint(with: ["ip", "ifconfig", "nmcli", "/sbin/ip", "/usr/sbin/ip", "/usr/bin/ip", "/sbin/ifconfig"])
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
