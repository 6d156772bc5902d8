/// The working state of ``HostsFile/converge(_:retired:)``: what is wanted, what each line that matters has, and what
/// becomes of it.
struct HostsConvergence {
  private struct Node {
    let names: [[UInt8]]
    let keys: [[UInt8]]
    let addresses: [HostAddress]

    /// With several names the order matters: readers take the canonical one from the front of the line.
    var wantsCanonicalFirst: Bool { names.count > 1 }
  }

  private let lines: Lines
  private let nodes: [Node]
  private let nodeOfName: [[UInt8]: Int]
  private let retiredNames: Set<[UInt8]>
  private let retiredAddresses: Set<HostAddress>
  private let disownedNames: Set<[UInt8]>
  private let disownedAddresses: Set<HostAddress>
  private let desiredAddresses: Set<HostAddress>

  private var drafts: [Int: HostsDraft] = [:]
  /// The lines that have a desired address, in the order of the file.
  private var linesAt: [HostAddress: [Int]] = [:]
  /// The lines that lose their last name, by the node whose name that is.
  private var spareLines: [Int: [Int]] = [:]
  private var lastLineNamingANode: Int?
  private var separator: ArraySlice<UInt8> = [0x09]

  init(lines: Lines, desired: [HostEntry], retired: [String], disowned: [String], at own: [String]) {
    self.lines = lines
    var nodeOfName: [[UInt8]: Int] = [:]
    var nodes: [Node] = []
    for entry in desired {
      var names: [[UInt8]] = []
      for name in entry.names.map({ Array($0.utf8) }) where Self.isName(name) {
        guard nodeOfName[HostsLine.key(name)] == nil else { continue }
        nodeOfName[HostsLine.key(name)] = nodes.count
        names.append(name)
      }
      nodes.append(
        Node(
          names: names, keys: names.map { HostsLine.key($0) },
          addresses: entry.addresses.compactMap { HostAddress($0) }))
    }
    self.nodes = nodes
    self.nodeOfName = nodeOfName
    let desiredAddresses = Set(nodes.flatMap(\.addresses))
    self.desiredAddresses = desiredAddresses
    retiredAddresses = Set(retired.compactMap { HostAddress($0) }.filter { !$0.isLoopback })
      .subtracting(desiredAddresses)
    disownedNames = Set(disowned.map { HostsLine.key($0) })
    disownedAddresses = Set(own.compactMap { HostAddress($0) })
    retiredNames = Set(retired.filter { HostAddress($0) == nil }.map { HostsLine.key($0) })
  }

  mutating func rewrite() -> LineRewrite {
    for (index, line) in lines.enumerated() { read(line.content, at: index) }
    let lacking = nodes.indices.map { placeAll($0) }
    var rewrite = LineRewrite()
    for (index, draft) in drafts where draft.isChanged { rewrite.changes[index] = draft.written(separator) }
    let newLines = zip(nodes, lacking).flatMap { node, addresses in
      addresses.map { address in
        let front = Array(address.description.utf8) + separator
        return node.names.reduce(into: front) { $0 += ($0.count > front.count ? [0x20] : []) + $1 }
      }
    }
    if !newLines.isEmpty { rewrite.insertions[insertionPoint] = newLines }
    return rewrite
  }

  // MARK: Reading

  private mutating func read(_ content: ArraySlice<UInt8>, at index: Int) {
    guard let line = HostsLine(content) else { return }
    let keys = line.names.map { HostsLine.key(content[$0]) }
    let owners = keys.map { nodeOfName[$0] }
    // Two nodes of one address can't both have the front of a line: it belongs to the first.
    let holder = owners.first { owner in
      owner.map { nodes[$0].wantsCanonicalFirst && nodes[$0].addresses.contains(line.address) } ?? false
    }
    var draft = HostsDraft(line: line, owners: owners)
    let isOwn = line.address.isLoopback || disownedAddresses.contains(line.address)
    draft.isRetired = retiredAddresses.contains(line.address)
    for (position, key) in keys.enumerated() where !Self.isLocalhost(key) {
      if let owner = owners[position] {
        let isRight = nodes[owner].addresses.contains(line.address)
        let isCrowded = nodes[owner].wantsCanonicalFirst && holder != owner
        if !isRight || isCrowded { draft.removed.insert(position) }
      } else if retiredNames.contains(key) || isOwn && disownedNames.contains(key) {
        draft.removed.insert(position)
      }
    }
    if let first = line.names.first {
      let blanks = content[line.addressRange.upperBound..<first.lowerBound]
      let namesANode = owners.contains { $0 != nil }
      if namesANode || lastLineNamingANode == nil, blanks.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
        separator = blanks
      }
      if namesANode { lastLineNamingANode = index }
    }
    if draft.vanishes, !draft.isRetired, let owner = owners.compactMap({ $0 }).first {
      spareLines[owner, default: []].append(index)
    }
    let isDesired = desiredAddresses.contains(line.address)
    if isDesired { linesAt[line.address, default: []].append(index) }
    if isDesired || draft.isChanged { drafts[index] = draft }
  }

  /// Names that belong to the loopback addresses whatever a site says.
  private static func isLocalhost(_ key: [UInt8]) -> Bool {
    let name = String(decoding: key, as: UTF8.self)
    return ["localhost", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"].contains(name)
      || ["localhost.", "localhost4.", "localhost6."].contains { name.hasPrefix($0) }
  }

  private static func isName(_ name: [UInt8]) -> Bool {
    !name.isEmpty && !name.contains { $0.isCBlank || $0 == 0 || $0 == UInt8(ascii: "#") }
  }

  private var insertionPoint: Int {
    let stillNaming = drafts.filter { !$0.value.vanishes && $0.value.namesANode }.keys.max()
    return (stillNaming ?? lastLineNamingANode).map { $0 + 1 } ?? lines.count
  }

  // MARK: Placing

  /// Gives the node's names a place at each of its addresses on the lines that are there.
  ///
  /// - Returns: the addresses that have none, and need a line of their own.
  private mutating func placeAll(_ index: Int) -> [HostAddress] {
    guard !nodes[index].names.isEmpty else { return [] }
    // Of each family, what is read first is the node's main address: no line is moved to a later one before it.
    var latest: [Bool: Int] = [:]
    return nodes[index].addresses.filter { address in
      let earlier = latest[address.isIPv6] ?? -1
      let line = place(index, at: address, after: earlier)
      latest[address.isIPv6] = max(earlier, line ?? lines.count)
      return line == nil
    }
  }

  /// - Parameter latest: the line before which none is moved to the address.
  /// - Returns: the line that has the node's names at the address.
  private mutating func place(_ index: Int, at address: HostAddress, after latest: Int) -> Int? {
    let node = nodes[index]
    let candidates = linesAt[address] ?? []
    if let home = candidates.first(where: { drafts[$0]?.keeps(index) ?? false }) {
      complete(home, index, among: candidates)
      return home
    }
    if let free = candidates.first(where: { !(drafts[$0]?.namesANode ?? true) }) {
      drafts[free]?.front += node.names
      drafts[free]?.isForNode = true
      return free
    }
    let spare = spareLines[index]?.first { $0 > latest && drafts[$0]?.canMove(to: address) ?? false }
    guard let spare else { return nil }
    drafts[spare]?.move(to: address, for: index)
    complete(spare, index, among: [spare])
    return spare
  }

  /// Puts what is missing, or hidden behind another canonical name, on the line where readers find the node first.
  private mutating func complete(_ home: Int, _ index: Int, among candidates: [Int]) {
    let node = nodes[index]
    guard let canonical = node.keys.first, let name = node.names.first else { return }
    if node.wantsCanonicalFirst, drafts[home]?.firstKept != canonical {
      drafts[home]?.remove(canonical)
      drafts[home]?.front.insert(name, at: 0)
    }
    for (key, name) in zip(node.keys, node.names).dropFirst(node.wantsCanonicalFirst ? 1 : 0) {
      let first = candidates.first { drafts[$0]?.keeps(key) ?? false }
      guard let first else {
        drafts[home]?.added.append(name)
        continue
      }
      if node.wantsCanonicalFirst, first != home, drafts[first]?.firstKept != canonical {
        drafts[home]?.added.append(name)
      }
    }
    drafts[home]?.owner = index
  }
}
