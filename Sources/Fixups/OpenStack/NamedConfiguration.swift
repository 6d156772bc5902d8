internal import Documents
internal import Site
internal import Tree

/// A file or a directory of oslo.config's that a service's command line names (`--config-file`, `--config-dir`), wherever that stands: in a
/// unit, or in a variable that one has read.
struct NamedConfiguration {
  /// File and line.
  let place: String
  let path: String
  /// What is there now, links resolved.
  let files: [FileSnapshot]

  /// Those with an absolute path, which may stand on the next line behind a backslash.
  static func all(in file: FileSnapshot, _ tree: any TreeReading) throws -> [NamedConfiguration] {
    // Most files have none.
    guard file.bytes.mayContain(Array("--config-".utf8)) else { return [] }
    return try words(in: file).map { place, option, path in
      NamedConfiguration(
        place: place, path: path,
        files: try tree.regularFiles(matching: [option == "--config-dir" ? "\(path)/*.conf" : path]))
    }
  }

  private static func words(in file: FileSnapshot) -> [(place: String, option: String, path: String)] {
    var found: [(place: String, option: String, path: String)] = []
    var words: [(text: String, line: Int)] = []
    func take() {
      for (option, path) in zip(words, words.dropFirst())
      where ["--config-file", "--config-dir"].contains(option.text) && path.text.hasPrefix("/") {
        found.append(("\(file.path):\(path.line)", option.text, path.text))
      }
      words = []
    }
    for (index, line) in Lines(file.bytes).enumerated() {
      let text = line.text.trimmingBlanks
      if text.hasPrefix("#") || text.hasPrefix(";") { continue }
      words += text.split { $0.isWhitespace || "=\"'\\".contains($0) }.map { (String($0), index + 1) }
      if !text.hasSuffix("\\") { take() }
    }
    take()
    return found
  }

  /// Those of its files that no fixup has by the platform's lists.
  func others(_ situation: Situation) throws -> [FileSnapshot] {
    let platform = situation.platform
    let lists =
      [(platform.nova.configFiles, platform.nova.configDirectories)]
      + platform.neutron.map { ($0.configFiles, $0.configDirectories) }
    let known = try Set(lists.flatMap { $0.0 + $0.1 }.map { try situation.tree.resolve(TreePath($0)) })
    return try files.filter {
      try !known.contains($0.path) && !known.contains($0.path.parent) && !ServicesBeside.reads($0.path)
        && !NeutronFixup.reads($0, situation)
    }
  }
}
