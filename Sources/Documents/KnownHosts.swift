/// ~/.ssh/known_hosts as ssh reads it (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT; `hostfile.c`), lossless.
///
/// Whom a hashed entry (`|1|…`) names can't be told without trying names: it counts for the names that it is asked about
/// (``HashedHost``), and no name is ever added to it.
public struct KnownHosts: Sendable {
  public enum Marker: String, Sendable {
    case certAuthority = "@cert-authority"
    case revoked = "@revoked"
  }

  public struct Entry: Equatable, Sendable {
    /// Counted from 1.
    public let line: Int
    public let marker: Marker?
    /// Patterns as written: `name`, `[name]:port`, `*.example.com`, `!name`, or one hashed name.
    public let hosts: [String]
    public let key: SSHPublicKey
  }

  private var lines: Lines

  public init(_ bytes: [UInt8]) { lines = Lines(bytes) }

  public var bytes: [UInt8] { lines.bytes }

  public var entries: [Entry] {
    lines.enumerated().compactMap { index, line in
      KnownHostsLine(line.content).map {
        Entry(line: index + 1, marker: $0.marker, hosts: $0.hosts.map(\.text), key: $0.key)
      }
    }
  }

  /// The host keys that ssh would accept for a name or address: entries without a marker, patterns and hashes included.
  ///
  /// - Parameter port: Any but 22 looks for `[name]:port`, as ssh does.
  public func keys(for name: String, port: Int = 22) -> [SSHPublicKey] {
    let host = HostPattern.key(port == 22 ? name : "[\(name)]:\(port)")
    return lines.compactMap { KnownHostsLine($0.content) }.filter { $0.isPlain && $0.matches(host) }.map(\.key)
  }

  /// Whether ssh refuses a key for a name because a `@revoked` entry says so.
  public func revokes(_ key: SSHPublicKey, for name: String, port: Int = 22) -> Bool {
    let host = HostPattern.key(port == 22 ? name : "[\(name)]:\(port)")
    return lines.contains { line in
      KnownHostsLine(line.content).map { $0.marker == .revoked && $0.key == key && $0.matches(host) } ?? false
    }
  }

  /// Makes a key the one that hosts have for its type.
  ///
  /// Other keys of the type lose exactly these names (a pattern or a marker stays), and a line without a name left goes, as
  /// does a hash of one of them. Names that have the key stay where they are; missing ones join a line that has it for another of the
  /// names, or make a new one at the end.
  ///
  /// - Parameter hosts: Names and addresses, `[name]:port` for another port than 22. What can't stand in the list (a comma,
  ///   a blank, a wildcard, a leading `|`, `!`, `@` or `#`) is left out.
  public mutating func ensure(hosts: [String], key: SSHPublicKey) {
    var seen: Set<[UInt8]> = []
    let wanted = hosts.filter { HostPattern.isPlainName($0) && seen.insert(HostPattern.key($0)).inserted }
    var missing = wanted.map { HostPattern.key($0) }
    var rewrite = LineRewrite()
    var home: (index: Int, line: KnownHostsLine)?
    for (index, content) in lines.enumerated() {
      guard let line = KnownHostsLine(content.content), line.isPlain, line.key.type == key.type else { continue }
      if line.key == key {
        missing.removeAll { line.matches($0) }
        if home == nil, line.hosts.contains(where: { seen.contains(HostPattern.key($0)) }) { home = (index, line) }
        continue
      }
      let kept = line.hosts(without: seen)
      guard kept.count < line.hosts.count else { continue }
      rewrite.changes[index] = kept.isEmpty ? .some(.none) : .some(line.with(hosts: kept.map { Array($0) }))
    }
    let names = wanted.filter { missing.contains(HostPattern.key($0)) }.map { Array($0.utf8) }
    if let home, !names.isEmpty {
      rewrite.changes[home.index] = home.line.with(hosts: home.line.hosts.map { Array($0) } + names)
    } else if !names.isEmpty {
      let comment = key.comment.isEmpty ? "" : " " + key.comment
      let line = Array(names.joined(separator: [UInt8(ascii: ",")])) + Array(" \(key.text)\(comment)".utf8)
      rewrite.insertions[lines.count] = [line]
    }
    if !rewrite.isEmpty { lines = Lines(rewrite.applied(to: lines)) }
  }

  /// Takes hosts away from the entries of every key but some; a line without a name left goes. Patterns and marked
  /// entries stay.
  public mutating func forget(hosts: [String], exceptKeys kept: Set<SSHPublicKey>) {
    let unwanted = Set(hosts.filter { HostPattern.isPlainName($0) }.map { HostPattern.key($0) })
    var rewrite = LineRewrite()
    for (index, content) in lines.enumerated() {
      guard let line = KnownHostsLine(content.content), line.isPlain, !kept.contains(line.key) else { continue }
      let left = line.hosts(without: unwanted)
      guard left.count < line.hosts.count else { continue }
      rewrite.changes[index] = left.isEmpty ? .some(.none) : .some(line.with(hosts: left.map { Array($0) }))
    }
    if !rewrite.isEmpty { lines = Lines(rewrite.applied(to: lines)) }
  }

  /// Removes the entries that are of no use any more.
  public mutating func removeAll(where isUseless: (Entry) -> Bool) {
    lines.remove(numbers: Set(entries.filter(isUseless).map(\.line)))
  }

  /// Whether an authority is trusted for the keys of whatever host.
  public func trusts(_ authority: SSHPublicKey) -> Bool {
    entries.contains { $0.marker == .certAuthority && $0.hosts == ["*"] && $0.key == authority }
  }

  /// Trusts an authority for the keys of whatever host's certificate says so, unless a line does that already.
  public mutating func ensureAuthority(_ key: SSHPublicKey) {
    guard !trusts(key) else { return }
    let comment = key.comment.isEmpty ? "" : " " + key.comment
    var rewrite = LineRewrite()
    rewrite.insertions[lines.count] = [Array("\(Marker.certAuthority.rawValue) * \(key.text)\(comment)".utf8)]
    lines = Lines(rewrite.applied(to: lines))
  }
}

/// One line with a host key.
private struct KnownHostsLine {
  let content: ArraySlice<UInt8>
  let marker: KnownHosts.Marker?
  let hostsRange: Range<Int>
  let hosts: [ArraySlice<UInt8>]
  let key: SSHPublicKey
  /// The only host, where it is a hash.
  let hashed: HashedHost?

  var isPlain: Bool { marker == nil && (hashed != nil || content[hostsRange].first != UInt8(ascii: "|")) }

  init?(_ content: ArraySlice<UInt8>) {
    func skipBlanks(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> { text.drop { $0 == 0x20 || $0 == 0x09 } }
    func word(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> { text.prefix { $0 != 0x20 && $0 != 0x09 } }
    var rest = skipBlanks(content)
    guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
    var marker: KnownHosts.Marker?
    if first == UInt8(ascii: "@") {
      guard let known = KnownHosts.Marker(rawValue: word(rest).text) else { return nil }
      marker = known
      rest = skipBlanks(rest[word(rest).endIndex...])
    }
    let hosts = word(rest)
    guard let key = SSHPublicKey(skipBlanks(rest[hosts.endIndex...])) else { return nil }
    self.content = content
    self.marker = marker
    self.hostsRange = hosts.startIndex..<hosts.endIndex
    self.hosts = hosts.split(separator: UInt8(ascii: ","))
    hashed = hosts.first == UInt8(ascii: "|") ? HashedHost(hosts) : nil
    self.key = key
  }

  /// OpenSSH's match_hostname: any pattern, unless a negated one matches too.
  func matches(_ host: [UInt8]) -> Bool {
    if let hashed { return hashed.isName(host) }
    var isMatched = false
    for pattern in hosts {
      let isNegated = pattern.first == UInt8(ascii: "!")
      guard HostPattern.matches(host, HostPattern.key(isNegated ? pattern.dropFirst() : pattern)) else { continue }
      if isNegated { return false }
      isMatched = true
    }
    return isMatched
  }

  func hosts(without unwanted: Set<[UInt8]>) -> [ArraySlice<UInt8>] {
    if let hashed { return unwanted.contains { hashed.isName($0) } ? [] : hosts }
    return hosts.filter { !unwanted.contains(HostPattern.key($0)) }
  }

  func with(hosts: [[UInt8]]) -> [UInt8] {
    Array(content[..<hostsRange.lowerBound]) + Array(hosts.joined(separator: [UInt8(ascii: ",")]))
      + content[hostsRange.upperBound...]
  }
}

/// Host patterns of OpenSSH (ssh_config(5), PATTERNS).
enum HostPattern {
  static func key(_ name: some Sequence<UInt8>) -> [UInt8] { HostsLine.key(name) }

  static func key(_ name: String) -> [UInt8] { HostsLine.key(name) }

  static func isPlainName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !"|!@#".utf8.contains(first) else { return false }
    return !name.utf8.contains { $0.isCBlank || $0 == 0 || ",*?".utf8.contains($0) }
  }

  /// `*` for any run, `?` for any byte; linear but for a factor of the pattern's length.
  static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
    var at = 0
    var patternAt = 0
    var star: (pattern: Int, text: Int)?
    while at < text.count {
      if patternAt < pattern.count, pattern[patternAt] == UInt8(ascii: "*") {
        star = (patternAt, at)
        patternAt += 1
      } else if patternAt < pattern.count, pattern[patternAt] == UInt8(ascii: "?") || pattern[patternAt] == text[at] {
        at += 1
        patternAt += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        at = last.text + 1
        patternAt = last.pattern + 1
      } else {
        return false
      }
    }
    return pattern[patternAt...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
