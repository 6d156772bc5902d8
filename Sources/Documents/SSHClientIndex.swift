/// What ssh takes for a host as it is given on the command line, of files in the order in which it reads them. Hosts of a site are asked
/// for by the thousand: names that are no patterns are looked up rather than compared one by one, and patterns are parsed once.
public struct SSHClientIndex: Sendable {
  /// A `Host` or `Match` line in its place; what stands before any of them is under the first.
  public struct Scope: Sendable {
    fileprivate let number: Int
    /// For everybody.
    public static let all = Scope(number: 0)
  }

  /// A directive, and the file that it stands in.
  public struct Placed: Sendable {
    public let directive: SSHClientConfig.Directive
    public let file: String
  }

  fileprivate struct Block {
    let file: String
    /// Under which its file is included, outermost first, and then its own.
    let scopes: [Scope]
    /// The first of each keyword.
    var first: [String: SSHClientConfig.Directive] = [:]
  }

  private var conditions = [SSHHostCondition(.all)]
  private var asksForFinal = false
  fileprivate private(set) var blocks: [Block] = []
  /// Blocks by plain names, and those that have to be asked.
  private var named: [[UInt8]: [Int]] = [:]
  private var others: [Int] = []

  public init() {}

  public init(_ config: SSHClientConfig) {
    self.init()
    _ = add(config.directives[...], of: "")
  }

  /// Adds directives that ssh reads after those that are there.
  ///
  /// - Parameters:
  ///   - opened: The scope that they begin in, where they are not the first of their file.
  ///   - outer: Those under which the file is included, outermost first.
  /// - Returns: The scope that they end in.
  public mutating func add(
    _ directives: ArraySlice<SSHClientConfig.Directive>, of file: String, in opened: Scope = .all,
    under outer: [Scope] = []
  ) -> Scope {
    var scope = opened
    var isOpen = false
    for directive in directives {
      let opens = ["host", "match"].contains(directive.keyword)
      if opens {
        scope = Scope(number: conditions.count)
        conditions.append(SSHHostCondition(directive.scope))
        asksForFinal = asksForFinal || conditions[scope.number].asksForFinal
      }
      if opens || !isOpen {
        open(Block(file: file, scopes: outer + [scope]), for: directive.scope)
        isOpen = true
      }
      if blocks[blocks.count - 1].first[directive.keyword] == nil {
        blocks[blocks.count - 1].first[directive.keyword] = directive
      }
    }
    return scope
  }

  private mutating func open(_ block: Block, for scope: SSHClientConfig.Scope) {
    if case .host(let names) = scope, names.allSatisfy(HostPattern.isPlainName) {
      for key in Set(names.map({ HostPattern.key($0) })) { named[key, default: []].append(blocks.count) }
    } else {
      others.append(blocks.count)
    }
    blocks.append(block)
  }

  /// What ssh makes of all of it when it is called with a name. Whether a scope covers the host is decided at its line: a `Match` asks
  /// for what HostName has said before it.
  ///
  /// - Parameter user: who runs ssh, and as whom it logs in; of nil, no `Match` that asks for it covers anything.
  public func settings(for name: String, as user: String? = nil) -> SSHClientSettings {
    var host = SSHHostName(name, as: user)
    var found = SSHClientSettings(index: self)
    go(through: &found, for: &host, isFinal: false)
    // ssh.c, main: once more for a `Match final` anywhere, and where names are made canonical.
    let canonical = found.first("CanonicalizeHostname")?.directive.arguments.first?.lowercased() ?? "no"
    if asksForFinal || !["no", "false"].contains(canonical) { go(through: &found, for: &host, isFinal: true) }
    return found
  }

  private func go(through found: inout SSHClientSettings, for host: inout SSHHostName, isFinal: Bool) {
    var known = [SSHHostCondition.Coverage?](repeating: nil, count: conditions.count)
    func coverage(_ scope: Scope) -> SSHHostCondition.Coverage {
      if let coverage = known[scope.number] { return coverage }
      let coverage = conditions[scope.number].covers(host, isFinal: isFinal)
      known[scope.number] = coverage
      return coverage
    }
    var byName = (named[host.given] ?? [])[...]
    var byScope = others[...]
    while let next = [byName.first, byScope.first].compactMap(\.self).min() {
      if byName.first == next { byName.removeFirst() } else { byScope.removeFirst() }
      let coverage = SSHHostCondition.Coverage.all(blocks[next].scopes.map(coverage))
      guard coverage != .no else { continue }
      found.blocks.append(SSHClientSettings.Block(number: next, isCertain: coverage == .yes, isFinal: isFinal))
      if coverage == .yes, !isFinal, !host.isRenamed, let said = blocks[next].first["hostname"]?.arguments.first {
        host.rename(said)
      }
    }
  }

  /// What the first directive says.
  public func value(of keyword: String, for host: String, as user: String? = nil) -> [String]? {
    settings(for: host, as: user).first(keyword)?.directive.arguments
  }
}

/// What counts for one host.
public struct SSHClientSettings: Sendable {
  fileprivate let index: SSHClientIndex
  fileprivate struct Block {
    let number: Int
    /// Whether a file can tell that it covers the host.
    let isCertain: Bool
    /// Whether it does when ssh goes through its files again.
    let isFinal: Bool
  }

  /// In the order in which they count.
  fileprivate var blocks: [Block] = []

  /// The first directive of a keyword, of blocks that are sure to count.
  public func first(_ keyword: String) -> SSHClientIndex.Placed? {
    let keyword = keyword.lowercased()
    return blocks.lazy.filter(\.isCertain).compactMap { said(keyword, in: $0) }.first
  }

  /// What comes before that where a `Match` holds of which no file can tell whether it does.
  public func possible(_ keyword: String) -> [SSHClientIndex.Placed] {
    let keyword = keyword.lowercased()
    return blocks.prefix { !$0.isCertain || said(keyword, in: $0) == nil }.compactMap { said(keyword, in: $0) }
  }

  private func said(_ keyword: String, in block: Block) -> SSHClientIndex.Placed? {
    // By then ssh has settled on a name.
    if block.isFinal, keyword == "hostname" { return nil }
    let said = index.blocks[block.number]
    return said.first[keyword].map { SSHClientIndex.Placed(directive: $0, file: said.file) }
  }
}
