/// One thing that is wrong in a file that users write.
public struct SiteProblem: Sendable, Hashable, CustomStringConvertible {
  public var file: String
  /// Both count from 1; the column in characters.
  public var line: Int
  public var column: Int
  public var message: String
  /// What would be right.
  public var suggestion: String?

  public init(file: String, line: Int, column: Int, message: String, suggestion: String? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
    self.suggestion = suggestion
  }

  /// "site.toml:12:3: message; suggestion"
  public var description: String {
    "\(file):\(line):\(column): \(message)" + (suggestion.map { "; \($0)" } ?? "")
  }
}

/// Everything that is wrong in a file, in the order of the file. Never empty.
public struct SiteProblems: Error, Sendable, Equatable, CustomStringConvertible {
  public let problems: [SiteProblem]

  public init(_ problems: [SiteProblem]) { self.problems = problems }

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
