extension OsloConfig {
  /// Replaces an address or a name wherever it stands as a whole in one occurrence's value, and nothing else there; a password that
  /// looks like it stays.
  ///
  /// - Parameter position: into `options`.
  /// - Returns: how many were replaced.
  @discardableResult
  public mutating func replaceToken(
    _ old: String, with new: String, inOptionAt position: Int
  ) throws(EditError) -> Int {
    let found = try replacing([(old, new)], in: index.entries[position])
    rewrite(found.map { (position, $0.range, $0.bytes) })
    return found.count
  }

  /// Where the tokens stand in an option's value, in ascending order, and what comes there.
  func replacing(
    _ tokens: [(old: String, new: String)], in entry: OsloIndex.Entry
  ) throws(EditError) -> [(range: Range<Int>, bytes: [UInt8])] {
    var found: [(range: Range<Int>, bytes: [UInt8])] = []
    for (old, new) in tokens {
      guard Token.isToken(new) else { throw .notExpressible(key: text(entry.key), reason: "'\(new)' is not one word") }
      let ranges = Token(old).ranges(inValue: bytes[entry.firstValueLine.lowerBound..<entry.contentEnd])
      if old != new { found += ranges.map { ($0, Array(new.utf8)) } }
    }
    // An IPv4 address inside an IPv6 one goes with that.
    return found.sorted { $0.range.lowerBound < $1.range.lowerBound }.reduce(into: []) { apart, edit in
      if edit.range.lowerBound >= apart.last?.range.upperBound ?? 0 { apart.append(edit) }
    }
  }
}

/// A whole address or name inside a longer text: `192.168.10.20` in `tcp:192.168.10.20:6640`, not in `192.168.10.201`.
public struct Token: Sendable {
  private let bytes: [UInt8]
  /// An IPv6 address: a colon beside it belongs to it, and it has many spellings.
  private let isIPv6: Bool
  private let address: HostAddress?
  /// An underscore beside an address is somebody's punctuation (`_base_192.168.10.20`); beside a name it is part of it.
  private let isIPv4: Bool

  public init(_ token: String) {
    bytes = Array(token.utf8)
    isIPv6 = bytes.contains(UInt8(ascii: ":"))
    address = HostAddress(token)
    isIPv4 = !isIPv6 && address != nil
  }

  /// Whether it stands in an option's value, but for a password that looks like it.
  public func occurs(in option: OsloConfig.Option) -> Bool {
    mayOccur(in: option.value) && !SecretSetting.isPassword(option.key)
      && !ranges(inValue: Array(option.value.utf8)[...]).isEmpty
  }

  public func occurs(in text: String) -> Bool { mayOccur(in: text) && !ranges(in: Array(text.utf8)[...]).isEmpty }

  public func occurs(in bytes: [UInt8]) -> Bool { !ranges(in: bytes[...]).isEmpty }

  /// Nearly every text that is asked has nothing of the kind.
  private func mayOccur(in text: String) -> Bool { isIPv6 || text.utf8.mayContain(bytes) }

  /// Where it stands in the value of an option, but for the credentials of URLs.
  func ranges(inValue value: ArraySlice<UInt8>) -> [Range<Int>] {
    let found = ranges(in: value)
    guard !found.isEmpty else { return [] }
    let credentials = SecretSetting.credentials(in: value)
    return found.filter { place in !credentials.contains { $0.overlaps(place) } }
  }

  /// Where it stands, in ascending order.
  public func ranges(in text: ArraySlice<UInt8>) -> [Range<Int>] {
    guard !bytes.isEmpty else { return [] }
    if isIPv6, let address { return ranges(of: address, in: text) }
    return places(in: text).reduce(into: []) { found, start in
      let range = start..<(start + bytes.count)
      if start >= found.last?.upperBound ?? start, isWhole(range, in: text) { found.append(range) }
    }
  }

  /// Where the bytes stand, whatever is beside them: whole files are asked for every address that a disk once had.
  private func places(in text: ArraySlice<UInt8>) -> [Int] {
    text.withUnsafeBufferPointer { text in
      bytes.withUnsafeBufferPointer { token in
        var found: [Int] = []
        var at = 0
        while at + token.count <= text.count {
          if text[at] == token[0], text[at..<(at + token.count)].elementsEqual(token) { found.append(at) }
          at += 1
        }
        return found
      }
    }.map { $0 + text.startIndex }
  }

  /// Whether a text can stand in for a token without changing how the value around it is read.
  static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
  }

  /// By value, whatever the spelling: `fd00::20`, `FD00:0::0020`.
  private func ranges(of address: HostAddress, in text: ArraySlice<UInt8>) -> [Range<Int>] {
    let isPart: (UInt8) -> Bool = {
      HostAddress.hexDigit($0) != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
    }
    return text.indices.split { !isPart(text[$0]) }.compactMap { run in
      guard let first = run.first, let last = run.last(where: { text[$0] != UInt8(ascii: ".") }), first < last,
        HostAddress(text[first...last]) == address, isWhole(first..<last + 1, in: text)
      else { return nil }
      return first..<last + 1
    }
  }

  private func isWhole(_ range: Range<Int>, in text: ArraySlice<UInt8>) -> Bool {
    if range.lowerBound > text.startIndex {
      let before = text[range.lowerBound - 1]
      if before == UInt8(ascii: ".") || joins(before) && !OsloText.endsInBlank(text[..<range.lowerBound]) {
        return false
      }
    }
    guard range.upperBound < text.endIndex else { return true }
    guard text[range.upperBound] == UInt8(ascii: ".") else { return !isJoined(at: range.upperBound, in: text) }
    // A dot that ends a sentence is not part of the token.
    let next = range.upperBound + 1
    return next == text.endIndex || !isJoined(at: next, in: text)
  }

  /// Whether what follows belongs to the token. Python's blanks beyond ASCII do not: oslo.config strips a value of them.
  private func isJoined(at place: Int, in text: ArraySlice<UInt8>) -> Bool {
    joins(text[place]) && !OsloText.startsWithBlank(text[place...])
  }

  private func joins(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), 0x80...:
      true
    case UInt8(ascii: "_"): !isIPv4
    case UInt8(ascii: ":"): isIPv6
    default: false
    }
  }
}
