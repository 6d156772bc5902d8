internal import Documents
internal import Tree

/// Which kinds of files NetworkManager reads besides its own (NetworkManager.conf(5), `[main] plugins`).
struct NetworkManagerPlugins {
  /// File and line.
  let place: String
  let names: [String]

  /// nil where nothing is said, and what it was built with counts.
  init?(in tree: any TreeReading) throws(TreeError) {
    var last: (place: String, names: [String])?
    for file in try KeyfileDirectory.settings(in: tree) {
      func words(_ key: String) -> [String]? {
        file.document.value("main", key)?.split { ",; ".contains($0) }.map(String.init)
      }
      if let names = words("plugins") {
        let line = file.document.line(of: "main", "plugins").map { ":\($0)" } ?? ""
        last = ("\(file.path)\(line)", names)
      }
      if let more = words("plugins+") { last?.names += more }
      if let less = words("plugins-") { last?.names.removeAll { less.contains($0) } }
    }
    guard let last else { return nil }
    (place, names) = last
  }

  /// Whether NetworkManager leaves to ifupdown what has a stanza (NetworkManager.conf(5), `[ifupdown] managed`). Debian builds it so
  /// that it does where nothing is said.
  static func leavesToIfupdown(in tree: any TreeReading) throws(TreeError) -> Bool {
    if let plugins = try NetworkManagerPlugins(in: tree), !plugins.names.contains("ifupdown") { return false }
    let said = try KeyfileDirectory.settings(in: tree).compactMap { $0.document.value("ifupdown", "managed") }.last
    return KeyfileDirectory.truth(said) != true
  }
}
