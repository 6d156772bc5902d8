/// etc/hostname: the static host name, as systemd reads it.
///
/// hostname(5): one name; blank lines and lines that begin with `#` are ignored. That holds since systemd 230
/// (`read_etc_hostname_stream` in src/shared/hostname-setup.c). systemd 219, of CentOS 7, takes the first line
/// whatever it is (`read_one_line_file` in `hostname_setup`) and drops the characters that no host name has.
public struct HostnameFile: Equatable, Sendable {
  private let lines: Lines

  public init(_ bytes: [UInt8]) {
    lines = Lines(bytes)
  }

  public var bytes: [UInt8] { lines.bytes }

  /// The name that systemd takes from this file; nil where it finds none.
  public func name(readsFirstLineOnly: Bool = false) -> String? {
    let name: [UInt8]
    if readsFirstLineOnly {
      guard let first = lines.first else { return nil }
      name = Self.cleanedByOldSystemd(first.content)
    } else {
      guard let line = lines.first(where: Self.isName) else { return nil }
      name = Self.cleaned(Self.stripped(line.content))
    }
    return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
  }

  /// The file with `name` as the one name in it. Comments stay where they are.
  ///
  /// - Parameter readsFirstLineOnly: systemd is older than 230: the name becomes the first line, comments follow.
  public func settingName(_ name: String, readsFirstLineOnly: Bool = false) -> [UInt8] {
    let wanted = Array(name.utf8)
    var edited = lines
    let effective: Int
    if readsFirstLineOnly {
      if edited.first.map(Self.isName) != true { edited.insert(wanted, at: 0) }
      effective = 0
    } else if let found = edited.firstIndex(where: Self.isName) {
      effective = found
    } else {
      effective = edited.count
      edited.append(wanted)
    }
    if Array(edited[effective].content) != wanted { edited.replace(at: effective, with: wanted) }
    for stale in edited.indices.reversed() where stale > effective && Self.isName(edited[stale]) {
      edited.remove(at: stale)
    }
    return edited.bytes
  }

  private static func isName(_ line: Lines.Line) -> Bool {
    let text = stripped(line.content)
    return !text.isEmpty && text.first != UInt8(ascii: "#")
  }

  /// systemd's WHITESPACE, at both ends.
  private static func stripped(_ content: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    let head = content.drop(while: isBlank)
    return head.prefix(upTo: head.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? head.startIndex)
  }

  /// `hostname_cleanup` of systemd since 230: letters, digits, and single dots and hyphens inside.
  private static func cleaned(_ content: ArraySlice<UInt8>) -> [UInt8] {
    var name: [UInt8] = []
    for byte in content where name.count < maximumLength {
      let isAtStart = name.isEmpty || name.last == UInt8(ascii: ".")
      switch byte {
      case UInt8(ascii: "."):
        if !isAtStart, name.last != UInt8(ascii: "-") { name.append(byte) }
      case UInt8(ascii: "-"):
        if !isAtStart { name.append(byte) }
      default:
        if isLetterOrDigit(byte) { name.append(byte) }
      }
    }
    if name.last == UInt8(ascii: ".") || name.last == UInt8(ascii: "-") { name.removeLast() }
    return name
  }

  /// `hostname_cleanup` of systemd 219: underscores pass, and so do hyphens anywhere. A CR ends the line.
  private static func cleanedByOldSystemd(_ content: ArraySlice<UInt8>) -> [UInt8] {
    var name: [UInt8] = []
    for byte in content.prefix(while: { $0 != 0x0D }) {
      if byte == UInt8(ascii: ".") {
        if !name.isEmpty, name.last != byte { name.append(byte) }
      } else if isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") {
        name.append(byte)
      }
    }
    if name.last == UInt8(ascii: ".") { name.removeLast() }
    return Array(name.prefix(maximumLength))
  }

  /// HOST_NAME_MAX of Linux.
  private static let maximumLength = 64

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
