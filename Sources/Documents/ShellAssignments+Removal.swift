extension ShellAssignments {
  /// The whole lines of a command that has them to itself, comment included; nil where it shares them.
  func wholeLines(of site: ShellEvaluation.Site) -> Range<Int>? {
    let command = commands[site.command]
    guard command.words.count(where: { $0.assignment != nil }) == 1,
      command.words.count == 1 || (command.words.count == 2 && command.words[0].bareText == "export")
    else { return nil }
    let start = ShellLines.start(of: command.range.lowerBound, in: bytes)
    guard bytes[start..<command.range.lowerBound].allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return nil }
    guard start == 0 || !isContinued(before: start) else { return nil }
    var end = ShellLines.skippingBlanks(from: command.range.upperBound, in: bytes)
    if end < bytes.count, bytes[end] == UInt8(ascii: ";") { end = ShellLines.skippingBlanks(from: end + 1, in: bytes) }
    if end < bytes.count, bytes[end] == UInt8(ascii: "#") {
      end = bytes[end...].firstIndex(of: 0x0A) ?? bytes.count
    }
    if end == bytes.count { return start..<end }
    return bytes[end] == 0x0A ? start..<(end + 1) : nil
  }

  /// The assignment with its line, or only its word and what separates it from its neighbours.
  func removal(of site: ShellEvaluation.Site) -> ByteEdit {
    if let lines = wholeLines(of: site) { return ByteEdit(range: lines, bytes: []) }
    let command = commands[site.command]
    let word = command.words[site.word].range
    let isExport = command.words[0].bareText == "export"
    if command.words.count > (isExport ? 2 : 1) {
      if site.word + 1 < command.words.count {
        return ByteEdit(range: word.lowerBound..<ShellLines.skippingBlanks(from: word.upperBound, in: bytes), bytes: [])
      }
      return ByteEdit(
        range: ShellLines.skippingBlanksBack(from: word.lowerBound, in: bytes)..<word.upperBound, bytes: [])
    }
    return ByteEdit(range: separated(command.range), bytes: [])
  }

  /// A command and the `;` that joins it to the line.
  private func separated(_ range: Range<Int>) -> Range<Int> {
    let behind = ShellLines.skippingBlanks(from: range.upperBound, in: bytes)
    if behind < bytes.count, bytes[behind] == UInt8(ascii: ";") {
      return range.lowerBound..<ShellLines.skippingBlanks(from: behind + 1, in: bytes)
    }
    let before = ShellLines.skippingBlanksBack(from: range.lowerBound, in: bytes)
    if before > 0, bytes[before - 1] == UInt8(ascii: ";") {
      return ShellLines.skippingBlanksBack(from: before - 1, in: bytes)..<range.upperBound
    }
    return range
  }

  private func isContinued(before start: Int) -> Bool {
    start >= 2 && bytes[start - 2] == UInt8(ascii: "\\")
  }

  /// Ascending, and those that touch or overlap as one.
  func merged(_ edits: [ByteEdit]) -> [ByteEdit] {
    var merged: [ByteEdit] = []
    for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      if let last = merged.last, edit.range.lowerBound <= last.range.upperBound {
        let end = max(last.range.upperBound, edit.range.upperBound)
        merged[merged.count - 1].range = last.range.lowerBound..<end
      } else {
        merged.append(edit)
      }
    }
    // What becomes the last line takes over that the file has no final newline.
    if let last = merged.last, last.range.upperBound == bytes.count, bytes.last != 0x0A,
      ShellLines.start(of: last.range.lowerBound, in: bytes) == last.range.lowerBound
    {
      let start = last.range.lowerBound
      // A CR before the LF is part of a value to bash, and stays.
      merged[merged.count - 1].range = max(0, start - 1)..<bytes.count
    }
    return merged
  }
}

/// Lines and blanks as bash sees them.
enum ShellLines {
  static func start(of position: Int, in bytes: [UInt8]) -> Int {
    bytes[..<position].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
  }

  static func skippingBlanks(from position: Int, in bytes: [UInt8]) -> Int {
    bytes[position...].firstIndex { $0 != 0x20 && $0 != 0x09 } ?? bytes.count
  }

  static func skippingBlanksBack(from position: Int, in bytes: [UInt8]) -> Int {
    bytes[..<position].lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? 0
  }
}
