/// Commands of ovs-vsctl(8) as an ifcfg file has them in one text: `set bridge br-ex other-config:hwaddr=… -- set …`.
enum SwitchCommands {
  /// Whether a text gives a bridge this MAC address (ovs-vswitchd.conf.db(5), Bridge table, `other_config : hwaddr`).
  static func give(_ mac: String, in text: String) -> Bool {
    words(text).contains { isSetting($0, of: mac) }
  }

  /// A text in which no bridge is given it: Open vSwitch then takes one of a port's. A command that sets nothing any more goes, for
  /// ovs-vsctl would refuse it with all others. nil where a quoted word has blanks in it.
  static func without(_ mac: String, in text: String) -> String? {
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

  private static func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

  private static func isSetting(_ word: Substring, of mac: String) -> Bool {
    let said = word.lowercased().filter { !"\"'\\".contains($0) }
    return ["other-config:hwaddr=", "other_config:hwaddr="].contains { said == $0 + mac.lowercased() }
  }

  private static func isWhole(_ word: Substring) -> Bool {
    ["\"", "'"].allSatisfy { quote in word.filter { $0 == quote }.count.isMultiple(of: 2) }
  }
}
