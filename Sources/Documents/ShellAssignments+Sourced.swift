extension ShellAssignments {
  /// The files that it reads in its turn (`. FILE`, `source FILE`), where they are plain words, with their lines from 1.
  public var sourcedFiles: [(path: String, line: Int)] {
    commands.filter { !$0.definesFunction }.compactMap { command in
      let words = command.words.drop { $0.assignment != nil }
      guard let name = words.first?.bareText, name == "." || name == "source",
        let path = words.dropFirst().first?.literal
      else { return nil }
      return (String(decoding: path, as: UTF8.self), Self.line(of: command.range.lowerBound, in: bytes))
    }
  }
}
