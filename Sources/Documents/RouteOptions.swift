/// A word of a line, and the bytes where it stands.
public struct PlacedWord: Sendable, Equatable {
  public let text: String
  public let range: Range<Int>

  /// As blanks part them.
  public static func all(in bytes: some Collection<UInt8>) -> [PlacedWord] {
    let bytes = Array(bytes)
    return bytes.indices.split { bytes[$0].isCBlank }.compactMap { places in
      guard let first = places.first, let last = places.last else { return nil }
      return PlacedWord(text: bytes[first...last].text, range: first..<last + 1)
    }
  }
}

/// What ip-route(8) takes behind a destination: each key with its value, and where in the line they stand.
public struct RouteOptions: Sendable, Equatable {
  public struct Option: Sendable, Equatable {
    /// Under the name that `ip route show` gives it.
    public let key: String
    /// Empty for what has none, such as `onlink`.
    public let value: String
    /// Both of them.
    let range: Range<Int>
    let valueRange: Range<Int>
  }

  public let all: [Option]

  private static let names = [
    "preference": "metric", "priority": "metric", "protocol": "proto", "dsfield": "tos", "realms": "realm",
  ]
  private static let flags: Set = ["onlink", "pervasive"]
  private static let keys: Set = [
    "via", "dev", "metric", "table", "src", "from", "proto", "scope", "tos", "mtu", "advmss", "window", "rtt", "rttvar",
    "rto_min", "hoplimit", "initcwnd", "initrwnd", "quickack", "congctl", "realm", "cwnd", "ssthresh", "features",
    "reordering", "pref", "expires", "ttl-propagate", "fastopen_no_cookie",
  ]

  /// nil where a word is none that is known here, where a value is lacking, and where one is said twice: such a line has several
  /// routers, or does something else.
  public init?(_ words: some Sequence<PlacedWord>) {
    var rest = Array(words)[...]
    var options: [Option] = []
    while let word = rest.popFirst() {
      let key = Self.names[word.text] ?? word.text
      guard !options.contains(where: { $0.key == key }) else { return nil }
      if Self.flags.contains(key) {
        options.append(
          Option(
            key: key, value: "", range: word.range, valueRange: word.range.upperBound..<word.range.upperBound))
        continue
      }
      // `mtu lock 1400`
      if rest.first?.text == "lock" { rest.removeFirst() }
      guard Self.keys.contains(key), let value = rest.popFirst() else { return nil }
      options.append(
        Option(
          key: key, value: value.text, range: word.range.lowerBound..<value.range.upperBound, valueRange: value.range))
    }
    all = options
  }

  public subscript(key: String) -> String? { all.first { $0.key == key }?.value }

  /// Whether they are about the kernel's usual table and all packets: elsewhere one destination may have another route.
  public var isMain: Bool {
    ["main", "254", nil].contains(self["table"]) && ["0", "0x0", "0x00", nil].contains(self["tos"])
      && self["from"] == nil
  }

  /// Whether they say no more than a router, a link and a metric.
  public var isPlain: Bool { all.allSatisfy { ["via", "dev", "metric"].contains($0.key) } }

  /// The line with other values in the same places; nil takes an option out, and one that is lacking goes to the end.
  ///
  /// - Parameter end: Where the last word of the route ends.
  public func setting(_ values: [(key: String, value: String?)], in line: [UInt8], end: Int) -> [UInt8] {
    var edits: [ByteEdit] = []
    for (key, value) in values {
      guard let option = all.first(where: { $0.key == key }) else {
        if let value { edits.append(ByteEdit(range: end..<end, bytes: Array(" \(key) \(value)".utf8))) }
        continue
      }
      guard option.value != value else { continue }
      if let value {
        edits.append(ByteEdit(range: option.valueRange, bytes: Array(value.utf8)))
      } else {
        let blanks = line[..<option.range.lowerBound].reversed().prefix { $0.isCBlank }.count
        edits.append(ByteEdit(range: option.range.lowerBound - blanks..<option.range.upperBound, bytes: []))
      }
    }
    return ByteEdit.apply(edits.sorted { $0.range.lowerBound < $1.range.lowerBound }, to: line)
  }
}
