internal import Documents
internal import Tree

/// User data that a tree has itself. It goes before all of /etc/cloud (cloudinit/helpers.py, `ConfigMerger`).
struct CloudUserData {
  let path: TreePath
  let bytes: [UInt8]
  /// Where it begins in its file, counted from 0; nil where it is all of that.
  var start: Int?
  /// Whether it is one line of the file, with its own line ends written as `\n`.
  var isOneLine = false

  /// - Parameter line: of the user data, counted from 0.
  func place(of line: Int) -> String { "\(path):\((start ?? 0) + (isOneLine ? 0 : line) + 1)" }

  /// Of a seed, or from the original's boots.
  static func files(in tree: any TreeReading) throws -> [CloudUserData] {
    try tree.places([
      "/var/lib/cloud/seed/*/user-data", "/var/lib/cloud/seed/*/vendor-data",
      "/var/lib/cloud/instance/cloud-config.txt",
    ]).compactMap { place in
      guard let file = try tree.glance(place.path), file.bytes.count < 1 << 20 else { return nil }
      return CloudUserData(path: place.path, bytes: file.bytes)
    }
  }

  /// What NoCloud takes for a seed out of its own settings: "fields appropriately named can also just come from the datasource config",
  /// where there is `meta-data` beside it (cloudinit/sources/DataSourceNoCloud.py).
  static func embedded(in file: FileSnapshot) -> [CloudUserData] {
    guard file.bytes.mayContain(Array("-data".utf8)) else { return [] }
    let lines = Lines(file.bytes).map(\.text)
    var found: [CloudUserData] = []
    var isDatasource = false
    var hasMetaData = false
    for (index, line) in lines.enumerated() {
      if let first = line.first, !" \t#-".contains(first) { isDatasource = line.hasPrefix("datasource:") }
      guard isDatasource, !line.trimmingBlanks.hasPrefix("#") else { continue }
      hasMetaData = hasMetaData || line.contains("meta-data")
      for key in ["user-data", "vendor-data"] {
        guard let place = line.firstRange(of: key) else { continue }
        let rest = line[place.upperBound...].drop { "\"' :".contains($0) && $0 != "\"" && $0 != "'" }
        if let mark = rest.first, "|>".contains(mark) {
          found.append(block(below: index, lines, file.path))
        } else if let quote = rest.first, "\"'".contains(quote) {
          let body = String(rest.dropFirst().prefix { $0 != quote }).split(separator: "\\n").joined(separator: "\n")
          found.append(CloudUserData(path: file.path, bytes: Array(body.utf8), start: index, isOneLine: true))
        }
      }
    }
    return hasMetaData ? found : []
  }

  private static func indent(_ line: String) -> Int { line.prefix { $0 == " " }.count }

  /// A block scalar: what is further in than its key, as if it began at its first line's column.
  private static func block(below key: Int, _ lines: [String], _ path: TreePath) -> CloudUserData {
    let outer = indent(lines[key])
    let body = lines[(key + 1)...].prefix { $0.trimmingBlanks.isEmpty || indent($0) > outer }
    let column = body.first { !$0.trimmingBlanks.isEmpty }.map(indent) ?? 0
    let text = body.map { String($0.dropFirst(column)) }.joined(separator: "\n")
    return CloudUserData(path: path, bytes: Array(text.utf8), start: key + 1)
  }
}
