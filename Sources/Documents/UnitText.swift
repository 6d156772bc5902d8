/// The settings of a unit or of systemd's manager with the places of their words (systemd.syntax(7); conf-parser.c, config_parse).
public struct UnitText: Sendable {
  public struct Setting: Sendable {
    public let section: String
    public let key: String
    /// Lines that a backslash joins have a blank between them.
    let text: PlacedBytes
    /// Counted from 1.
    public let line: Int

    public var value: String { String(decoding: text.bytes[...].trimmed, as: UTF8.self) }
  }

  private let bytes: [UInt8]
  /// In the order of the file.
  public private(set) var settings: [Setting] = []

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var section = ""
    var (joined, start) = (PlacedBytes(), 1)
    for (index, line) in Lines(bytes).enumerated() {
      let content = line.content.drop { $0.isCBlank }
      guard let first = content.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else {
        // An empty line ends what a backslash joined, a comment does not.
        if content.isEmpty, !joined.bytes.isEmpty {
          take(joined, start, &section)
          joined = PlacedBytes()
        }
        continue
      }
      if joined.bytes.isEmpty { start = index + 1 }
      joined.bytes += content
      joined.places += content.indices
      guard content.reversed().prefix(while: { $0 == UInt8(ascii: "\\") }).count % 2 == 0 else {
        joined.bytes[joined.bytes.count - 1] = 0x20
        continue
      }
      take(joined, start, &section)
      joined = PlacedBytes()
    }
    if !joined.bytes.isEmpty { take(joined, start, &section) }
  }

  private mutating func take(_ text: PlacedBytes, _ line: Int, _ section: inout String) {
    if text.bytes[0] == UInt8(ascii: "[") {
      section = String(decoding: text.bytes[...].trimmed.dropFirst().prefix { $0 != UInt8(ascii: "]") }, as: UTF8.self)
      return
    }
    guard let equals = text.bytes.firstIndex(of: UInt8(ascii: "=")) else { return }
    settings.append(
      Setting(
        section: section, key: String(decoding: text.bytes[..<equals].trimmed, as: UTF8.self),
        text: text[equals + 1..<text.bytes.count], line: line))
  }

  /// What a setting gives the environment: the words of `Environment=`, and what stands before the program in a command, also in one
  /// that a shell runs.
  ///
  /// `%x` is each machine's own (systemd.unit(5), "Specifiers").
  public func assignments(of setting: Setting) -> [EnvironmentAssignment] {
    // Most settings have none.
    guard setting.text.bytes.contains(UInt8(ascii: "=")) else { return [] }
    var lines = LineCounter(bytes)
    return words(of: setting.text).flatMap { word -> [EnvironmentAssignment] in
      // What a shell runs is one word of a command.
      let isScript = setting.key.hasPrefix("Exec") && word.text.bytes.contains { " \t;&|".utf8.contains($0) }
      let isPlain = ShellName.isName(Array(word.text.bytes.prefix { $0 != UInt8(ascii: "=") }))
      if !isScript, isPlain, let equals = word.text.bytes.firstIndex(of: UInt8(ascii: "=")) {
        let value = word.text[equals + 1..<word.text.bytes.count]
        return [
          EnvironmentAssignment(
            String(decoding: word.text.bytes[..<equals], as: UTF8.self), value, isWorkedOut: word.isWorkedOut,
            line: lines.line(of: word.text.places[min(equals + 1, word.text.places.count - 1)]))
        ]
      }
      guard isScript else { return [] }
      let line = lines.line(of: word.text.places[0])
      return ShellAssignments(word.text.bytes).environment.map { found in
        EnvironmentAssignment(
          found.name, PlacedBytes(bytes: Array(found.value.utf8), places: found.places.map { word.text.places[$0] }),
          isWorkedOut: found.isWorkedOut || word.isWorkedOut, line: line)
      }
    }
  }

  private struct Word {
    var text = PlacedBytes()
    var isWorkedOut = false
  }

  /// Blanks part them, outside of quotes (extract-word.c, extract_first_word). Of backslashes those before a quote or a backslash are
  /// known here.
  private func words(of text: PlacedBytes) -> [Word] {
    var words: [Word] = []
    var word: Word?
    var quote: UInt8?
    var rest = text.bytes.indices
    while let index = rest.popFirst() {
      let (byte, place) = (text.bytes[index], text.places[index])
      if byte == quote {
        quote = nil
        continue
      }
      if quote == nil {
        if byte.isCBlank {
          if let word { words.append(word) }
          word = nil
          continue
        }
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
          quote = byte
          word = word ?? Word()
          continue
        }
      }
      var new = word ?? Word()
      if byte == UInt8(ascii: "\\"), let next = rest.popFirst() {
        if !"\\\"'".utf8.contains(text.bytes[next]) { new.isWorkedOut = true }
        new.text.append(text.bytes[next], at: text.places[next])
      } else if byte == UInt8(ascii: "%") {
        if rest.first.map({ text.bytes[$0] == byte }) ?? false {
          rest = rest.dropFirst()
        } else {
          new.isWorkedOut = true
        }
        new.text.append(byte, at: place)
      } else {
        new.text.append(byte, at: place)
      }
      word = new
    }
    return words + (word.map { [$0] } ?? [])
  }
}
