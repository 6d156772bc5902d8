/// The bytes of a TOML file by place, for the few edits that are made to one.
struct TOMLText {
  /// Bytes to put in place of a range; no two overlap.
  struct Edit {
    var range: Range<Int>
    var bytes: [UInt8]
  }

  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A text in quotes, with them.
  func quoted(_ text: String, at place: Place) -> Range<Int>? {
    guard let start = offset(of: place) else { return nil }
    for quote in ["\"", "'"] {
      let text = Array("\(quote)\(text)\(quote)".utf8)
      if bytes[start...].starts(with: text) { return start..<(start + text.count) }
    }
    return nil
  }

  /// Further keys beside one: on lines of their own where it has one, and with the dotted path that it is written with.
  func insertion(of settings: [(key: String, value: String)], before place: Place) -> Edit {
    guard let key = offset(of: place) else { return Edit(range: 0..<0, bytes: []) }
    let line = bytes[..<key].lastIndex(of: 0x0A).map { $0 + 1 } ?? (bytes.starts(with: Self.mark) ? 3 : 0)
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    let brackets = Array("{,".utf8)
    let opening = bytes[line..<key].lastIndex { brackets.contains($0) }
    let start = (opening.map { $0 + 1 } ?? line)
    let indent = bytes[start..<key].prefix(while: isBlank)
    let path = bytes[indent.endIndex..<key]
    let end = bytes[key...].firstIndex(of: 0x0A) ?? bytes.endIndex
    let ending = Array((bytes[end - 1] == 0x0D ? "\r\n" : "\n").utf8)
    let texts = settings.map { setting in
      path + Array("\(setting.key) = \(setting.value)".utf8).flatMap { $0 == 0x0A ? ending : [$0] }
    }
    let separator = opening == nil ? ending + indent : Array(", ".utf8)
    return Edit(range: path.startIndex..<path.startIndex, bytes: texts.flatMap { $0 + separator })
  }

  func applying(_ edits: [Edit]) -> [UInt8] {
    edits.sorted { $0.range.lowerBound > $1.range.lowerBound }.reduce(into: bytes) { bytes, edit in
      bytes.replaceSubrange(edit.range, with: edit.bytes)
    }
  }

  /// Columns are characters.
  private func offset(of place: Place) -> Int? {
    var start = place.line == 1 && bytes.starts(with: Self.mark) ? 3 : 0
    for _ in 1..<place.line {
      guard let end = bytes[start...].firstIndex(of: 0x0A) else { return nil }
      start = end + 1
    }
    for _ in 1..<place.column {
      start += 1
      while start < bytes.count, bytes[start] & 0xC0 == 0x80 { start += 1 }
    }
    return start < bytes.count ? start : nil
  }

  /// UTF-8's byte order mark, which some editors write.
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
