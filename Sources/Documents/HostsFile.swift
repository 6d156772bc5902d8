/// What one node is called, and where it is.
public struct HostEntry: Equatable, Sendable {
  /// The canonical name first, then its aliases.
  public var names: [String]
  /// Addresses as text; those that aren't are ignored, as glibc would. With none, the names shall be nowhere.
  public var addresses: [String]

  public init(names: [String], addresses: [String]) {
    self.names = names
    self.addresses = addresses
  }
}

/// /etc/hosts as glibc reads it (hosts(5); `nss/nss_files/files-hosts.c` and `files-parse.c`), lossless.
///
/// Fields are separated by any run of C blanks (also CR, VT and FF), `#` starts a comment anywhere, a NUL ends a line,
/// and a line whose address inet_pton(3) refuses is no entry. Names compare without case. getaddrinfo(3) joins all
/// lines that have a name, repeats an address that stands on two of them, and takes the canonical name from the first;
/// gethostbyname(3) does the same for IPv4 alone and reads `::1` as 127.0.0.1 there.
public struct HostsFile: Sendable {
  /// One line that glibc takes as an entry.
  public struct Entry: Equatable, Sendable {
    /// Counted from 1.
    public let line: Int
    public let address: HostAddress
    /// As written; the first is the canonical one. glibc allows none at all.
    public let names: [String]
  }

  var lines: Lines

  public init(_ bytes: [UInt8]) { lines = Lines(bytes) }

  public var bytes: [UInt8] { lines.bytes }

  public var entries: [Entry] {
    lines.enumerated().compactMap { index, line in
      HostsLine(line.content).map { parsed in
        Entry(
          line: index + 1, address: parsed.address,
          names: parsed.names.map { String(decoding: line.content[$0], as: UTF8.self) })
      }
    }
  }
}

/// One parsed line: ranges into its content, so that an edit can leave the rest alone.
struct HostsLine {
  let content: ArraySlice<UInt8>
  let address: HostAddress
  let addressRange: Range<Int>
  let names: [Range<Int>]
  /// Where the comment starts, or the content ends.
  let end: Int

  /// Nil where glibc sees no entry: blank, a comment, or an address that doesn't parse.
  init?(_ content: ArraySlice<UInt8>) {
    let end = content.firstIndex { $0 == UInt8(ascii: "#") || $0 == 0 } ?? content.endIndex
    var tokens: [Range<Int>] = []
    var start: Int?
    for index in content.startIndex..<end {
      if content[index].isCBlank {
        if let begun = start { tokens.append(begun..<index) }
        start = nil
      } else if start == nil {
        start = index
      }
    }
    if let begun = start { tokens.append(begun..<end) }
    guard let first = tokens.first, let address = HostAddress(content[first]) else { return nil }
    self.content = content
    self.address = address
    self.addressRange = first
    self.names = Array(tokens.dropFirst())
    self.end = end
  }

  /// The comment with its `#`, if the line has one.
  var comment: ArraySlice<UInt8>? {
    end < content.endIndex && content[end] == UInt8(ascii: "#") ? content[end...] : nil
  }

  /// A name as glibc compares it: ASCII letters without case.
  static func key(_ name: some Sequence<UInt8>) -> [UInt8] { name.map(\.lowercased) }

  static func key(_ name: String) -> [UInt8] { key(name.utf8) }
}
