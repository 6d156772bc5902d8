/// What ip(8) shall do with a route or an address. It takes the beginning of a word for the word, and of several that begin so the first
/// in its own order (iproute2's ip.c, iproute.c and ipaddress.c, matches()).
enum IPVerb: String, CaseIterable {
  case add, change, replace, prepend, append, delete

  static let setting: Set = [Self.add, .change, .replace, .prepend, .append]

  init?(_ word: String) {
    let found = word == "chg" ? .change : Self.allCases.first { Self.isShort(word, for: $0.rawValue) }
    guard let found else { return nil }
    self = found
  }

  /// `ip a`, `ip addr`; `ip r`, `ip ro`.
  static func isShort(_ word: String?, for object: String) -> Bool {
    word.map { !$0.isEmpty && object.hasPrefix($0) } ?? false
  }

  /// route(8) and ifconfig(8) know two, and no short ones.
  init?(ofOldTool word: String) {
    switch word {
    case "add": self = .add
    case "del", "delete": self = .delete
    default: return nil
    }
  }
}
