/// An absolute path as the target itself would write it: no empty part, no "." or "..", no slash at the end.
public struct AbsolutePath: TextValue, Comparable {
  public static var kind: String { "an absolute path" }
  public let description: String

  public init(_ text: String) throws(InvalidValue) {
    if let problem = pathProblem(text) { throw InvalidValue("\(quoted(text)) is not an absolute path", problem) }
    description = text
  }

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
    let parts = text.utf8.contains(star) ? Array(text.utf8).split(separator: slash) : []
    guard !parts.dropLast().contains(where: Self.isDoubleStar) else {
      throw InvalidValue("\(quoted(text)) is not a path pattern", "** stands at the end only")
    }
    description = text
  }

  private static func isDoubleStar(_ part: ArraySlice<UInt8>) -> Bool { part.elementsEqual([star, star]) }

  /// Whether an absolute path is one of those meant.
  public func matches(_ path: String) -> Bool {
    var pattern = description
    var path = path
    return pattern.withUTF8 { pattern in path.withUTF8 { path in Self.matches(pattern[...], path[...]) } }
  }

  private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

  /// Part by part, so that what has no wildcard is decided at the first part that differs.
  private static func matches(_ pattern: Bytes, _ path: Bytes) -> Bool {
    guard path.first == slash else { return false }
    var (pattern, path) = (pattern.dropFirst(), path.dropFirst())
    while true {
      if pattern.elementsEqual([star, star]) { return !path.isEmpty }
      let part = pattern.prefix { $0 != slash }
      let name = path.prefix { $0 != slash }
      guard wildcard(part, matches: name) else { return false }
      pattern = pattern[part.endIndex...]
      path = path[name.endIndex...]
      if pattern.isEmpty || path.isEmpty { return pattern.isEmpty && path.isEmpty }
      (pattern, path) = (pattern.dropFirst(), path.dropFirst())
    }
  }

  /// Backtracks to the last star only, so that no pattern takes longer than the product of the two lengths.
  private static func wildcard(_ pattern: Bytes, matches name: Bytes) -> Bool {
    var at = pattern.startIndex
    var seen = name.startIndex
    var last: (at: Int, seen: Int)?
    while seen < name.endIndex {
      if at < pattern.endIndex, pattern[at] == star {
        last = (at, seen)
        at += 1
      } else if at < pattern.endIndex, pattern[at] == UInt8(ascii: "?") || pattern[at] == name[seen] {
        // A question mark is for one letter, however many bytes that has.
        seen += 1
        if pattern[at] == UInt8(ascii: "?") {
          while seen < name.endIndex, name[seen] & 0xC0 == 0x80 { seen += 1 }
        }
        at += 1
      } else if let place = last {
        last = (place.at, place.seen + 1)
        at = place.at + 1
        seen = place.seen + 1
      } else {
        return false
      }
    }
    return pattern[at...].allSatisfy { $0 == star }
  }
}

private func pathProblem(_ text: String) -> String? {
  isSound(text) ? nil : specificProblem(text)
}

/// In one go, since every start of the program reads a profile with a hundred paths.
private func isSound(_ text: String) -> Bool {
  var text = text
  return text.withUTF8(isSound)
}

private func isSound(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
  guard text.first == slash, text.count < 4096 else { return false }
  var (length, dots) = (0, 0)
  for byte in text.dropFirst() {
    if byte == slash {
      if length == dots, length < 3 { return false }
      (length, dots) = (0, 0)
    } else {
      if byte < 0x20 || byte == 0x7F { return false }
      length += 1
      if byte == UInt8(ascii: ".") { dots += 1 }
    }
  }
  return length != dots || length > 2
}

private func specificProblem(_ text: String) -> String? {
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
private let star = UInt8(ascii: "*")
