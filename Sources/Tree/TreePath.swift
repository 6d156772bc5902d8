internal import Glibc

/// A path inside a tree: absolute from the tree's root, no `.`, no `..`, no empty component.
///
/// It names nothing outside: symbolic links that it meets are resolved inside the tree (``Tree``).
public struct TreePath: Hashable, Sendable, CustomStringConvertible {
  /// `/etc/hosts`; `/` for the root itself. One string, since paths are compared and looked up far more often than they
  /// are taken apart.
  public let description: String

  public static let root = TreePath(verbatim: "/")

  private static let slash = UInt8(ascii: "/")

  /// By the byte, as the kernel compares names; a String takes é in one piece and é in two for the same.
  public static func == (first: TreePath, second: TreePath) -> Bool {
    first.bytes { first in second.bytes { first.isSame(as: $0) } }
  }

  /// Of the end, where the paths of a tree differ: they are looked up by the thousand.
  public func hash(into hasher: inout Hasher) {
    let (last, before) = description.bytes { bytes -> (UInt64, UInt64) in
      func word(before end: Int) -> UInt64 {
        guard end >= 8 else { return bytes[..<max(end, 0)].reduce(0) { $0 << 8 | UInt64($1) } }
        return UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(fromByteOffset: end - 8, as: UInt64.self)
      }
      return (word(before: bytes.count), word(before: bytes.count - 8))
    }
    hasher.combine(last ^ UInt64(truncatingIfNeeded: description.utf8.count))
    hasher.combine(before)
  }

  /// For text that is known to be a path.
  init(verbatim text: String) { description = text }

  init(components: some Sequence<String>) {
    let text = components.reduce(into: "") { text, component in
      text += "/"
      text += component
    }
    description = text.isEmpty ? "/" : text
  }

  /// Parses `text`, with or without a leading slash. `.` and doubled slashes are dropped; `..` and NUL are refused
  /// by returning nil.
  public init?(_ text: String) {
    if Self.isPlain(text) {
      self.init(verbatim: text)
      return
    }
    var components: [String] = []
    for part in text.utf8.split(separator: Self.slash) {
      if part.elementsEqual("..".utf8) || part.contains(0) { return nil }
      if part.elementsEqual(".".utf8) { continue }
      components.append(String(part) ?? String(decoding: part, as: UTF8.self))
    }
    self.init(components: components)
  }

  /// Whether a text is a path as it stands: a slash and a name, as often as one likes, and no name `.` or `..`. Nearly all
  /// are.
  private static func isPlain(_ text: String) -> Bool { text.bytes(isPlain) }

  private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.first == slash else { return false }
    var (length, dots) = (0, 0)
    for byte in text[1...] {
      if byte == slash {
        if length == dots, length < 3 { return false }
        (length, dots) = (0, 0)
      } else {
        if byte == 0 { return false }
        length += 1
        if byte == UInt8(ascii: ".") { dots += 1 }
      }
    }
    return length != dots || length > 2
  }

  /// The components below the root; none for the root itself.
  public var components: [String] { components(below: .root) }

  /// The components below a directory on the way.
  func components(below directory: TreePath) -> [String] {
    description.utf8.dropFirst(directory.isRoot ? 0 : directory.description.utf8.count).split(separator: Self.slash)
      .map { String($0) ?? String(decoding: $0, as: UTF8.self) }
  }

  public var isRoot: Bool { description.utf8.count == 1 }

  /// What `read` makes of the bytes and the place of the last slash. By the byte, since paths are taken apart by the
  /// hundred.
  private func atLastSlash(_ read: (UnsafeBufferPointer<UInt8>, Int) -> String) -> String {
    description.bytes { bytes in read(bytes, bytes.lastIndex(of: Self.slash) ?? 0) }
  }

  /// The last component; empty for the root.
  public var name: String {
    atLastSlash { String(decoding: UnsafeBufferPointer(rebasing: $0[($1 + 1)...]), as: UTF8.self) }
  }

  /// The directory that it is in; the root is in itself.
  public var parent: TreePath {
    TreePath(
      verbatim: atLastSlash { String(decoding: UnsafeBufferPointer(rebasing: $0[..<max($1, 1)]), as: UTF8.self) })
  }

  /// This path with one more component. A `name` that is not one component (empty, `..`, with a slash) is a
  /// programming error that shows as a path that does not exist, never as one outside.
  public func appending(_ name: String) -> TreePath {
    guard name.bytes(Self.isComponent) else { return appending("\u{FFFD}") }
    return bytes { directory in
      name.bytes { name in
        let start = directory.count == 1 ? 0 : directory.count
        // Once, in one piece: paths are made by the hundred.
        let text = String(unsafeUninitializedCapacity: start + 1 + name.count) { text in
          _ = text.update(fromContentsOf: directory[..<start])
          text[start] = Self.slash
          _ = text[(start + 1)...].update(fromContentsOf: name)
          return start + 1 + name.count
        }
        return TreePath(verbatim: text)
      }
    }
  }

  private static func isComponent(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    !name.isEmpty && !name.contains(slash) && (name.count > 2 || name.contains { $0 != UInt8(ascii: ".") })
  }

  /// Whether this is `directory` or lies below it.
  public func isWithin(_ directory: TreePath) -> Bool {
    if directory.isRoot { return true }
    let own = description.utf8
    let other = directory.description.utf8
    guard own.starts(with: other) else { return false }
    return own.count == other.count || own.dropFirst(other.count).first == Self.slash
  }
}

extension TreePath: Comparable {
  /// A directory comes before what is in it, and that before its longer-named neighbours.
  public static func < (left: TreePath, right: TreePath) -> Bool {
    // A slash ends a name, and so goes before every byte of one.
    func rank(_ byte: UInt8) -> UInt8 { byte == slash ? 0 : byte }
    return left.description.utf8.lexicographicallyPrecedes(right.description.utf8) { rank($0) < rank($1) }
  }
}

extension TreePath: ExpressibleByStringLiteral {
  /// For paths written in this program. Input goes through ``init(_:)``.
  public init(stringLiteral text: StaticString) {
    self = TreePath(text.description) ?? .root
  }
}

extension TreePath {
  /// What `read` makes of the bytes where they lie.
  @inline(__always) func bytes<Result, Failure: Error>(
    _ read: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result { try description.bytes(read) }

  /// The last component as a system call takes it.
  func withName<Result>(_ call: (UnsafePointer<CChar>) -> Result) -> Result {
    description.withCString { text in
      // A slash is there, and the root's name is what follows it: nothing.
      call(strrchr(text, Int32(Self.slash)).map { UnsafePointer($0 + 1) } ?? text)
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// By memcmp(3).
  func isSame(as other: Self) -> Bool {
    count == other.count && (isEmpty || memcmp(baseAddress!, other.baseAddress!, count) == 0)
  }
}

extension String {
  /// What `read` makes of the bytes where they lie: every string has them in one piece here, where none is bridged from another
  /// language.
  @inline(__always) fileprivate func bytes<Result, Failure: Error>(
    _ read: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try utf8.span.withUnsafeBufferPointer(read)
  }
}
