/// An absolute path as the target itself would write it: no empty part, no "." or "..", no slash at the end.
public struct AbsolutePath: TextValue, Comparable {
  public static var kind: String { "an absolute path" }
  public let description: String

  public init(_ text: String) throws(InvalidValue) {
    if let problem = pathProblem(text) { throw InvalidValue("\(quoted(text)) is not an absolute path", problem) }
    description = text
  }

  /// The same path seen from the root directory: etc/hosts.
  public var fromRoot: String { String(description.dropFirst()) }

  /// The directory that the file is in.
  public var parent: String {
    let end = description.lastIndex(of: "/") ?? description.startIndex
    return end == description.startIndex ? "/" : String(description[..<end])
  }
}

/// A pattern of absolute paths: `*` and `?` stand for letters within one part, `**` as the last part for everything
/// below.
public struct PathPattern: TextValue, Comparable {
  public static var kind: String { "a path pattern" }
  public let description: String

  public init(_ text: String) throws(InvalidValue) {
    if let problem = pathProblem(text) { throw InvalidValue("\(quoted(text)) is not a path pattern", problem) }
    guard !text.utf8.contains(UInt8(ascii: "*")) || !text.split(separator: "/").dropLast().contains("**") else {
      throw InvalidValue("\(quoted(text)) is not a path pattern", "** stands at the end only")
    }
    description = text
  }

  /// Whether the pattern is a path itself, without a wildcard.
  public var path: AbsolutePath? {
    description.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
      ? nil : try? AbsolutePath(description)
  }

  /// Whether an absolute path is one of those meant.
  public func matches(_ path: String) -> Bool {
    guard path.hasPrefix("/") else { return false }
    let parts = description.split(separator: "/")
    let names = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    if parts.last == "**" {
      return names.count >= parts.count && zip(parts.dropLast(), names).allSatisfy { wildcard($0, matches: $1) }
    }
    return names.count == parts.count && zip(parts, names).allSatisfy { wildcard($0, matches: $1) }
  }
}

private func pathProblem(_ text: String) -> String? {
  guard text.utf8.first == slash else { return "it begins with a slash" }
  guard text.utf8.count < 4096 else { return "it has at most 4095 bytes" }
  guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return "it may hold no control character" }
  for part in text.utf8.dropFirst().split(separator: slash, omittingEmptySubsequences: false) {
    if part.isEmpty { return "it has no empty part and no slash at its end" }
    if part.count <= 2, part.allSatisfy({ $0 == UInt8(ascii: ".") }) { return "it may not hold . or .." }
  }
  return nil
}

private let slash = UInt8(ascii: "/")

/// Backtracks to the last star only, so that no pattern takes longer than the product of the two lengths.
private func wildcard(_ pattern: Substring, matches name: Substring) -> Bool {
  let pattern = Array(pattern.unicodeScalars)
  let name = Array(name.unicodeScalars)
  var (at, seen) = (0, 0)
  var star: (at: Int, seen: Int)?
  while seen < name.count {
    if at < pattern.count, pattern[at] == "*" {
      star = (at, seen)
      at += 1
    } else if at < pattern.count, pattern[at] == "?" || pattern[at] == name[seen] {
      at += 1
      seen += 1
    } else if let last = star {
      star = (last.at, last.seen + 1)
      at = last.at + 1
      seen = last.seen + 1
    } else {
      return false
    }
  }
  return pattern[at...].allSatisfy { $0 == "*" }
}
