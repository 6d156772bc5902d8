/// Where the sections and options of an oslo.config file stand: positions only, and none for comments.
struct OsloIndex: Sendable {
  /// One occurrence of an option. All positions are byte offsets.
  struct Entry: Sendable {
    /// Into `sectionNames`; 0 where no section was opened before it.
    var section: Int
    /// Counted from 1.
    var line: Int
    /// From the start of its line to behind the ending of its last one.
    var start: Int
    var end: Int
    /// The key without the blanks around it.
    var key: Range<Int>
    /// Behind the separator, to the end of the first line without its ending.
    var firstValueLine: Range<Int>
    var firstLineEnd: Int
    /// The end of the last line without its ending.
    var contentEnd: Int

    var isContinued: Bool { firstLineEnd < end }

    fileprivate mutating func stretch(by length: Int) {
      firstValueLine = firstValueLine.lowerBound..<(firstValueLine.upperBound + length)
      firstLineEnd += length
      contentEnd += length
      end += length
    }

    fileprivate mutating func move(by length: Int) {
      start += length
      key.move(by: length)
      firstValueLine.move(by: length)
      firstLineEnd += length
      contentEnd += length
      end += length
    }
  }

  struct Header: Sendable {
    var section: Int
    /// The header's own line with its ending.
    var range: Range<Int>
    /// Where the next header or the file ends it.
    var blockEnd: Int
  }

  private(set) var problems: [OsloConfig.Problem] = []
  private(set) var entries: [Entry] = []
  private(set) var headers: [Header] = []
  /// As they are looked up. The first stands for options in front of all sections.
  private(set) var sectionNames: [String] = [""]
  private var sectionNumbers: [String: Int] = [:]

  private var section = 0
  private var line = 0
  private var isInValue = false

  init(scanning bytes: [UInt8]) {
    checkEncoding(bytes)
    bytes.withUnsafeBytes { buffer in
      var start = 0
      let hasCarriageReturns = OsloText.first(0x0D, in: buffer, from: 0) < buffer.count
      while start < buffer.count {
        let ending =
          hasCarriageReturns ? OsloText.lineEnd(in: buffer, at: start) : OsloText.lineFeed(in: buffer, at: start)
        line += 1
        let first = buffer[start]
        if first == UInt8(ascii: "#") || first == UInt8(ascii: ";") {
          isInValue = false
        } else if start < ending.contentEnd {
          read(bytes, start, ending)
        } else {
          isInValue = false
        }
        start = ending.end
      }
    }
    if !headers.isEmpty { headers[headers.count - 1].blockEnd = bytes.count }
    problems.sort { $0.line < $1.line }
  }

  /// What the index becomes where the values of entries of one line get longer by so many bytes, or shorter, and no line comes or
  /// goes. The entries are in ascending order; one may be named again.
  mutating func shift(_ growth: [(entry: Int, length: Int)]) {
    guard let first = growth.first else { return }
    let places = growth.map { entries[$0.entry].start }
    var (length, next) = (0, 0)
    for index in entries.indices.dropFirst(first.entry) {
      if length != 0 { entries[index].move(by: length) }
      while next < growth.count, growth[next].entry == index {
        entries[index].stretch(by: growth[next].length)
        length += growth[next].length
        next += 1
      }
    }
    // How much comes before a place. Headers and their ends ascend, too.
    var (before, passed) = (0, 0)
    func moved(to place: Int) -> Int {
      while passed < places.count, places[passed] < place {
        before += growth[passed].length
        passed += 1
      }
      return before
    }
    for index in headers.indices {
      headers[index].range.move(by: moved(to: headers[index].range.lowerBound))
      headers[index].blockEnd += moved(to: headers[index].blockEnd)
    }
  }

  func sectionNumber(of name: String) -> Int? {
    name.isEmpty ? nil : sectionNumbers[Self.lookupName(name)]
  }

  /// `_normalize_group_name` in oslo_config/cfg.py.
  static func lookupName(_ name: String) -> String { name == "DEFAULT" ? name : name.lowercased() }

  private mutating func read(_ bytes: [UInt8], _ start: Int, _ ending: OsloText.LineEnd) {
    let content = OsloText.strippedAtEnd(bytes[start..<ending.contentEnd])
    guard let first = content.first else {
      isInValue = false
      return
    }
    if first == 0x20 || first == 0x09 {
      continueValue(ending)
    } else if first == UInt8(ascii: "[") {
      isInValue = false
      openSection(content, start..<ending.end)
    } else {
      assign(content, ending)
    }
  }

  private mutating func continueValue(_ ending: OsloText.LineEnd) {
    guard isInValue else { return report("Unexpected continuation line") }
    entries[entries.count - 1].end = ending.end
    entries[entries.count - 1].contentEnd = ending.contentEnd
  }

  private mutating func openSection(_ content: ArraySlice<UInt8>, _ range: Range<Int>) {
    guard content.last == UInt8(ascii: "]") else { return report("Invalid section (must end with ])") }
    guard content.count > 2 else { return report("Empty section name") }
    let name = Self.lookupName(String(decoding: content.dropFirst().dropLast(), as: UTF8.self))
    if let known = sectionNumbers[name] {
      section = known
    } else {
      section = sectionNames.count
      sectionNumbers[name] = section
      sectionNames.append(name)
    }
    if !headers.isEmpty { headers[headers.count - 1].blockEnd = range.lowerBound }
    headers.append(Header(section: section, range: range, blockEnd: range.upperBound))
  }

  private mutating func assign(_ content: ArraySlice<UInt8>, _ ending: OsloText.LineEnd) {
    isInValue = false
    guard let separator = content.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else {
      return report("No ':' or '=' found in assignment")
    }
    let key = OsloText.stripped(content[..<separator])
    guard !key.isEmpty else { return report("Key cannot be empty") }
    if section == 0 { report("Section must be started before assignment") }
    isInValue = true
    entries.append(
      Entry(
        section: section, line: line, start: content.startIndex, end: ending.end, key: key.startIndex..<key.endIndex,
        firstValueLine: (separator + 1)..<ending.contentEnd, firstLineEnd: ending.end, contentEnd: ending.contentEnd))
  }

  private mutating func report(_ reason: String) {
    problems.append(OsloConfig.Problem(line: line, reason: reason))
  }

  /// Python 3 decodes the whole file first, and no service survives the exception.
  private mutating func checkEncoding(_ bytes: [UInt8]) {
    guard !OsloText.isASCII(bytes) else { return }
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      let before = Array(bytes[..<error.byteOffsets.lowerBound])
      let line =
        1
        + before.withUnsafeBytes { buffer in
          var count = 0
          var start = 0
          while start < buffer.count {
            let ending = OsloText.lineEnd(in: buffer, at: start)
            if ending.end > ending.contentEnd { count += 1 }
            start = ending.end
          }
          return count
        }
      problems.append(OsloConfig.Problem(line: line, reason: "invalid UTF-8: UnicodeDecodeError", isOfEncoding: true))
    }
  }
}

extension Range<Int> {
  fileprivate mutating func move(by length: Int) { self = (lowerBound + length)..<(upperBound + length) }
}
