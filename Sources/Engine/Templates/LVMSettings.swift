/// One section of LVM's text format: `key = value`, `key = [ value, … ]` and `key { … }`, comments behind `#` (lvm.conf(5)).
struct LVMSettings {
  fileprivate enum Value {
    /// A text, or a number as it is written.
    case word(String)
    case list([String])
    case section(LVMSettings)
  }

  fileprivate var values: [(key: String, value: Value)] = []

  /// The first section of a text, and its name: in metadata, the volume group. nil for what cannot be read.
  static func section(of text: [UInt8]) -> (name: String, settings: LVMSettings)? {
    var reader = LVMReader(bytes: text[...])
    return reader.settings(depth: 0)?.subsections.first.map { ($0.key, $0.value) }
  }

  func text(_ key: String) -> String? {
    for entry in values where entry.key == key { if case .word(let text) = entry.value { return text } }
    return nil
  }

  func number(_ key: String) -> UInt64? { text(key).flatMap { UInt64($0) }.flatMap { $0 < 1 << 40 ? $0 : nil } }

  func texts(_ key: String) -> [String] {
    for entry in values where entry.key == key { if case .list(let texts) = entry.value { return texts } }
    return []
  }

  /// The sections within a section.
  func sections(_ key: String) -> [(key: String, value: LVMSettings)] {
    values.first { $0.key == key }.map { entry in
      if case .section(let settings) = entry.value { settings.subsections } else { [] }
    } ?? []
  }

  private var subsections: [(key: String, value: LVMSettings)] {
    values.compactMap { entry in
      if case .section(let settings) = entry.value { (entry.key, settings) } else { nil }
    }
  }

  // MARK: Of a logical volume

  var segments: [LVMSettings] { subsections.map(\.value) }

  /// The extents of the physical volume that this logical one is, where all of it follows upon each other there.
  func onePiece(on physical: String) -> (start: UInt64, count: UInt64)? {
    var pieces: [(from: UInt64, count: UInt64, start: UInt64)] = []
    for segment in segments {
      let stripes = segment.texts("stripes")
      guard segment.text("type") == "striped", segment.number("stripe_count") == 1, stripes.count == 2,
        stripes[0] == physical, let start = UInt64(stripes[1]), start < 1 << 32,
        let from = segment.number("start_extent"), let count = segment.number("extent_count"), count < 1 << 32
      else { return nil }
      pieces.append((from, count, start))
    }
    pieces.sort { $0.from < $1.from }
    guard let first = pieces.first, first.from == 0 else { return nil }
    var total: UInt64 = 0
    for piece in pieces {
      guard piece.from == total, piece.start == first.start + total else { return nil }
      total += piece.count
    }
    return total > 0 ? (first.start, total) : nil
  }
}

private struct LVMReader {
  var bytes: ArraySlice<UInt8>

  /// To the end of the section, or of the text.
  mutating func settings(depth: Int) -> LVMSettings? {
    guard depth < 16 else { return nil }
    var found = LVMSettings()
    while let byte = next() {
      if byte == UInt8(ascii: "}") {
        bytes.removeFirst()
        return depth > 0 ? found : nil
      }
      guard let key = word() else { return nil }
      switch next() {
      case UInt8(ascii: "{"):
        bytes.removeFirst()
        guard let section = settings(depth: depth + 1) else { return nil }
        found.values.append((key, .section(section)))
      case UInt8(ascii: "="):
        bytes.removeFirst()
        guard let value = value() else { return nil }
        found.values.append((key, value))
      default: return nil
      }
    }
    return depth == 0 ? found : nil
  }

  private mutating func value() -> LVMSettings.Value? {
    guard next() == UInt8(ascii: "[") else { return word().map { .word($0) } }
    bytes.removeFirst()
    var list: [String] = []
    while let byte = next() {
      if byte == UInt8(ascii: "]") || byte == UInt8(ascii: ",") {
        bytes.removeFirst()
        if byte == UInt8(ascii: "]") { return .list(list) }
        continue
      }
      guard let text = word() else { return nil }
      list.append(text)
    }
    return nil
  }

  /// What follows blanks and comments.
  private mutating func next() -> UInt8? {
    while let byte = bytes.first {
      if byte == UInt8(ascii: "#") {
        bytes = bytes.drop { $0 != 0x0A }
      } else if byte <= 0x20 {
        bytes.removeFirst()
      } else {
        return byte
      }
    }
    return nil
  }

  /// A text in quotes, a backslash before what is meant literally; or a name or number.
  private mutating func word() -> String? {
    guard next() == UInt8(ascii: "\"") else {
      let word = bytes.prefix { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
          UInt8(ascii: "+"), UInt8(ascii: "/"):
          true
        default: false
        }
      }
      bytes = bytes.dropFirst(word.count)
      return word.isEmpty ? nil : String(decoding: word, as: UTF8.self)
    }
    bytes.removeFirst()
    var text: [UInt8] = []
    while let byte = bytes.popFirst() {
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard let literal = bytes.popFirst() else { return nil }
      text.append(literal)
    }
    return nil
  }
}
