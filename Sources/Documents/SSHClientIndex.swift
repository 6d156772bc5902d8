/// What ssh takes for a host as it is given on the command line. Hosts of a site are asked for by the thousand: names that are no
/// patterns are looked up rather than compared one by one.
public struct SSHClientIndex: Sendable {
  private struct Block {
    var scope: SSHClientConfig.Scope
    /// The first of each keyword.
    var first: [String: SSHClientConfig.Directive] = [:]
  }

  private var blocks: [Block] = []
  /// Blocks by plain names, and those that have to be asked.
  private var named: [[UInt8]: [Int]] = [:]
  private var others: [Int] = []

  public init(_ config: SSHClientConfig) { self.init(config.directives[...]) }

  /// - Parameter directives: those that follow each other in a file; each knows what it stands under.
  public init(_ directives: ArraySlice<SSHClientConfig.Directive>) {
    for directive in directives {
      let opens = ["host", "match"].contains(directive.keyword)
      if opens || blocks.isEmpty { blocks.append(Block(scope: directive.scope)) }
      let last = blocks.count - 1
      if blocks[last].first[directive.keyword] == nil { blocks[last].first[directive.keyword] = directive }
    }
    for (index, block) in blocks.enumerated() {
      if case .host(let names) = block.scope, names.allSatisfy(HostPattern.isPlainName) {
        for key in Set(names.map({ HostPattern.key($0) })) { named[key, default: []].append(index) }
      } else {
        others.append(index)
      }
    }
  }

  /// What the first directive says.
  public func value(of keyword: String, for host: String, as user: String? = nil) -> [String]? {
    directive(keyword, for: host, as: user)?.arguments
  }

  /// The first directive of a keyword whose scope covers the host.
  public func directive(_ keyword: String, for host: String, as user: String? = nil) -> SSHClientConfig.Directive? {
    let keyword = keyword.lowercased()
    func has(_ index: Int) -> Bool { blocks[index].first[keyword] != nil }
    let byName = named[HostPattern.key(host)]?.first(where: has)
    let byScope = others.first { has($0) && blocks[$0].scope.covers(host, as: user) }
    return [byName, byScope].compactMap(\.self).min().flatMap { blocks[$0].first[keyword] }
  }
}
