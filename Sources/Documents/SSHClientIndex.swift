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
    var known = [Bool?](repeating: nil, count: conditions.count)
    func covers(_ scope: Scope) -> Bool {
      if let covers = known[scope.number] { return covers }
      let covers = conditions[scope.number].covers(host)
      known[scope.number] = covers
      return covers
    }
    var active: [Int] = []
    var isRenamed = false
    var byName = (named[host.given] ?? [])[...]
    var byScope = others[...]
    while let next = [byName.first, byScope.first].compactMap(\.self).min() {
      if byName.first == next { byName.removeFirst() } else { byScope.removeFirst() }
      guard blocks[next].scopes.allSatisfy(covers) else { continue }
      active.append(next)
      if !isRenamed, let said = blocks[next].first["hostname"]?.arguments.first {
        host.rename(said)
        isRenamed = true
      }
    }
    return SSHClientSettings(index: self, active: active)
  }

  /// What the first directive says.
  public func value(of keyword: String, for host: String, as user: String? = nil) -> [String]? {
    settings(for: host, as: user).first(keyword)?.directive.arguments
  }
}

/// What counts for one host.
public struct SSHClientSettings: Sendable {
  fileprivate let index: SSHClientIndex
  /// Blocks that cover it.
  fileprivate let active: [Int]

  /// The first directive of a keyword.
  public func first(_ keyword: String) -> SSHClientIndex.Placed? {
    let keyword = keyword.lowercased()
    for number in active {
      guard let directive = index.blocks[number].first[keyword] else { continue }
      return SSHClientIndex.Placed(directive: directive, file: index.blocks[number].file)
    }
    return nil
  }
}
