/// The difference between two files as unified hunks (POSIX `diff -u`; the text is what `patch` applies).
public struct UnifiedDiff: Equatable, Sendable {
  public enum Kind: Sendable {
    case context, removed, added
  }

  /// One line with its ending; without one, it is the unterminated last line of its file.
  public struct Line: Equatable, Sendable {
    public let kind: Kind
    public let bytes: [UInt8]
  }

  public struct Hunk: Equatable, Sendable {
    /// First lines, counted from 1; where a count is 0, the line before.
    public let oldStart: Int
    public let oldCount: Int
    public let newStart: Int
    public let newCount: Int
    public let lines: [Line]

    /// `@@ -1,7 +1,8 @@`
    public var header: String { "@@ -\(Self.span(oldStart, oldCount)) +\(Self.span(newStart, newCount)) @@" }

    private static func span(_ start: Int, _ count: Int) -> String { count == 1 ? "\(start)" : "\(start),\(count)" }
  }

  public let oldName: String
  public let newName: String
  /// None where the files are equal.
  public let hunks: [Hunk]

  public var isEmpty: Bool { hunks.isEmpty }

  /// What stands below an unterminated last line.
  public static let missingNewline = "\\ No newline at end of file"

  /// The whole diff; nothing where the files are equal.
  ///
  /// - Parameter escaping: shows control characters by name rather than sending them to a terminal. `patch` needs the
  ///   text without it.
  public func text(escaping: Bool = false) -> [UInt8] {
    guard !hunks.isEmpty else { return [] }
    let shown: (String) -> String = { escaping ? Self.printable(Array($0.utf8)) : $0 }
    var text = Array("--- \(shown(oldName))\n+++ \(shown(newName))\n".utf8)
    for hunk in hunks {
      text += Array("\(hunk.header)\n".utf8)
      for line in hunk.lines {
        let isTerminated = line.bytes.last == 0x0A
        let content = isTerminated ? line.bytes.dropLast() : line.bytes[...]
        text.append(Self.marker(line.kind))
        if escaping { text += Array(Self.printable(Array(content)).utf8) } else { text += content }
        text.append(0x0A)
        if !isTerminated { text += Array("\(Self.missingNewline)\n".utf8) }
      }
    }
    return text
  }

  public static func marker(_ kind: Kind) -> UInt8 {
    switch kind {
    case .context: UInt8(ascii: " ")
    case .removed: UInt8(ascii: "-")
    case .added: UInt8(ascii: "+")
    }
  }

  /// A line's content as text that does nothing to a terminal; bytes that aren't UTF-8 as U+FFFD.
  public static func printable(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).printable }
}

/// Compares two files line by line.
///
/// What they have in common at both ends is passed over as bytes, so that one changed line in a large file costs one
/// scan. Where the rest differs in more than a thousand lines or so it is shown as replaced altogether.
///
/// - Parameter context: how many unchanged lines stand around a change.
public func unifiedDiff(
  old: [UInt8], new: [UInt8], oldName: String, newName: String, context: Int = 3
) -> UnifiedDiff {
  guard old != new else { return UnifiedDiff(oldName: oldName, newName: newName, hunks: []) }
  let middle = DifferingMiddle(old, new)
  let oldLines = middle.lines(of: old, in: middle.old, context: context)
  let newLines = middle.lines(of: new, in: middle.new, context: context)
  let changes = LineDifference.changes(from: oldLines.lines, to: newLines.lines)
  let grouped = HunkBuilder(
    old: oldLines.lines, new: newLines.lines, firstLine: oldLines.firstNumber, context: max(0, context))
  return UnifiedDiff(oldName: oldName, newName: newName, hunks: grouped.hunks(changes))
}
