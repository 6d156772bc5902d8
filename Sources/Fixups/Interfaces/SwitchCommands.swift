/// Commands of ovs-vsctl(8) as an ifcfg file has them in one text: `set bridge br-ex other-config:hwaddr=… -- set …`.
enum SwitchCommands {
  /// Whether a text gives a bridge this MAC address (ovs-vswitchd.conf.db(5), Bridge table, `other_config : hwaddr`).
  static func give(_ mac: String, in text: String) -> Bool {
    words(text).contains { isSetting($0, of: mac) }
  }

  /// A text in which no bridge is given it: Open vSwitch then takes one of a port's. A command that sets nothing any more goes, for
  /// ovs-vsctl would refuse it with all others. nil where a quoted word has blanks in it.
  static func without(_ mac: String, in text: String) -> String? {
    // Quotes about all of it are the shell's, where a substitution keeps it from being a value.
    if text.utf8.count > 1, text.utf8.first == UInt8(ascii: "\""), text.utf8.last == UInt8(ascii: "\"") {
      return without(mac, in: String(text.dropFirst().dropLast())).map { $0.isEmpty ? "" : "\"\($0)\"" }
    }
    let words = words(text)
    guard words.allSatisfy(isWhole) else { return nil }
    return words.split(separator: "--", omittingEmptySubsequences: false).compactMap { command -> String? in
      let kept = command.filter { !isSetting($0, of: mac) }
      let set = kept.drop { $0.hasPrefix("--") }
      // The table and the record are left.
      guard kept.count == command.count || set.first != "set" || set.count > 3 else { return nil }
      return kept.joined(separator: " ")
    }.joined(separator: " -- ")
  }

  /// The MAC address that a text gives one of these bridges, as it is spelled there.
  static func card(of bridges: [String], in text: String) -> String? {
    let commands = words(text).split(separator: "--").map { $0.drop { $0.hasPrefix("--") } }
    let own = commands.filter { command in
      let head = command.prefix(3).map { $0.filter { !"\"'".contains($0) } }
      return head.count == 3 && head[0] == "set" && head[1].lowercased() == "bridge" && bridges.contains(head[2])
    }
    return own.joined().lazy.compactMap { word in
      ForeignCards.places(in: Array(word.utf8)[...]).first.map { String(decoding: $0, as: UTF8.self) }
        .flatMap { isSetting(word, of: $0) ? $0 : nil }
    }.first
  }

  private static func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

  private static func isSetting(_ word: Substring, of mac: String) -> Bool {
    func bare(_ text: some StringProtocol) -> String { text.lowercased().filter { !"\"'\\".contains($0) } }
    let (said, card) = (bare(word), bare(mac))
    return ["other-config:hwaddr=", "other_config:hwaddr="].contains { said == $0 + card }
  }

  private static func isWhole(_ word: Substring) -> Bool {
    ["\"", "'"].allSatisfy { quote in word.filter { $0 == quote }.count.isMultiple(of: 2) }
  }
}
