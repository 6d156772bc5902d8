/// A file as lines: whatever the bytes, joining the lines gives the same bytes back.
///
/// A line ends with LF or CR LF. A CR anywhere else is content: a format that means something by it says so itself.
/// The last line of a file may lack an ending, and a file that lacks it keeps lacking it through every edit.
public struct Lines: Equatable, Sendable {
  /// What terminates a line. `none` stands only on the last line of a file.
  public enum Ending: Sendable {
    case none, lf, crlf

    public var bytes: [UInt8] {
      switch self {
      case .none: []
      case .lf: [0x0A]
      case .crlf: [0x0D, 0x0A]
      }
    }
  }

  /// One line. The content is a slice, so that splitting a file copies nothing: its indices don't start at 0.
  public struct Line: Equatable, Sendable {
    public var content: ArraySlice<UInt8>
    public var ending: Ending

    public init(_ content: ArraySlice<UInt8>, ending: Ending) {
      self.content = content
      self.ending = ending
    }

    /// The content as text, damaged UTF-8 replaced: for reading, not for writing back.
    public var text: String { String(decoding: content, as: UTF8.self) }
  }

  private var lines: [Line] = []

  public init(_ bytes: [UInt8]) {
    var start = 0
    for index in bytes.indices where bytes[index] == 0x0A {
      let isCRLF = index > start && bytes[index - 1] == 0x0D
      lines.append(Line(bytes[start..<(isCRLF ? index - 1 : index)], ending: isCRLF ? .crlf : .lf))
      start = index + 1
    }
    if start < bytes.count { lines.append(Line(bytes[start...], ending: .none)) }
  }

  public var bytes: [UInt8] {
    var joined: [UInt8] = []
    joined.reserveCapacity(lines.reduce(0) { $0 + $1.content.count + 2 })
    for line in lines {
      joined.append(contentsOf: line.content)
      joined.append(contentsOf: line.ending.bytes)
    }
    return joined
  }

  /// The ending that most lines have; LF where it is a tie or there are none.
  public var dominantEnding: Ending {
    var crlf = 0
    var lf = 0
    for line in lines {
      if line.ending == .crlf { crlf += 1 } else if line.ending == .lf { lf += 1 }
    }
    return crlf > lf ? .crlf : .lf
  }

  /// Whether the last line is there and lacks its ending.
  public var lacksFinalNewline: Bool { lines.last?.ending == Ending.none }

  /// Replaces the content of a line and keeps its ending.
  public mutating func replace(at index: Int, with content: [UInt8]) {
    lines[index].content = content[...]
  }

  /// Replaces a part of a line; the range counts as the content's indices do.
  public mutating func replace(_ range: Range<Int>, ofLine index: Int, with bytes: some Sequence<UInt8>) {
    let content = lines[index].content
    replace(at: index, with: Array(content[..<range.lowerBound]) + bytes + content[range.upperBound...])
  }

  /// Inserts a line before the one at `index`; `index == count` appends.
  ///
  /// Appending after an unterminated line gives that line the file's ending, and the new last line has none.
  public mutating func insert(_ content: [UInt8], at index: Int) {
    let ending = dominantEnding
    if index == lines.count, lacksFinalNewline {
      lines[lines.count - 1].ending = ending
      lines.append(Line(content[...], ending: .none))
    } else {
      lines.insert(Line(content[...], ending: ending), at: index)
    }
  }

  public mutating func append(_ content: [UInt8]) { insert(content, at: lines.count) }

  /// Removes a line. Where it was the unterminated last one, the line before it becomes that.
  public mutating func remove(at index: Int) {
    let removed = lines.remove(at: index)
    if removed.ending == .none, !lines.isEmpty { lines[lines.count - 1].ending = .none }
  }

  /// Removes every line that `shouldRemove` says, under the same rule as `remove(at:)`.
  public mutating func removeAll(where shouldRemove: (Line) -> Bool) {
    let lackedFinalNewline = lacksFinalNewline
    lines.removeAll(where: shouldRemove)
    if lackedFinalNewline, !lines.isEmpty { lines[lines.count - 1].ending = .none }
  }

  /// Removes lines by their numbers, which count from 1.
  public mutating func remove(numbers: Set<Int>) {
    var number = 0
    removeAll { _ in
      number += 1
      return numbers.contains(number)
    }
  }
}

extension Lines: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { lines.count }
  public subscript(index: Int) -> Line { lines[index] }
}
