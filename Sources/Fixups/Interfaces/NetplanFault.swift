internal import Tree

/// What netplan refuses in its files, and where.
struct NetplanFault {
  let path: TreePath
  let line: Int?
  /// What a person has to know.
  let told: String
  /// The same in a claim, behind the place.
  let seen: String
  /// Whose it is; nil where it is no definition's.
  let definition: String?

  var place: String { "\(path)\(line.map { ":\($0)" } ?? "")" }

  /// - Parameter what: What is wrong, in a few words.
  static func refused(_ what: String, path: TreePath, line: Int?, of definition: String? = nil) -> NetplanFault {
    NetplanFault(
      path: path, line: line, told: "\(what): netplan refuses it, and before its version 1.1 makes nothing at all",
      seen: ": \(what)", definition: definition)
  }
}
