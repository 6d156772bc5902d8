/// Why a document can't take an edit. Nothing was changed.
public enum EditError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The format has no way to write this key or section name.
  case notAName(String)
  /// The format has no way to write this value so that its reader gets it back.
  case notExpressible(key: String, reason: String)
  /// The file itself says that the value must not change, at this line.
  case fixed(key: String, line: Int)
  /// The reader of the file gives up before its end, so that no edit could be seen.
  case unreadable(line: Int, reason: String)

  public var description: String {
    switch self {
    case .notAName(let name): "'\(name)' is not a name that this format can hold"
    case .notExpressible(let key, let reason): "the value for \(key) cannot be written: \(reason)"
    case .fixed(let key, let line):
      "line \(line) declares \(key) with attributes of its own (readonly, declare)"
    case .unreadable(let line, let reason): "line \(line): \(reason)"
    }
  }
}
