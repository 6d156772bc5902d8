/// A line of /etc/hosts while names come and go on it; see ``HostsConvergence``.
struct HostsDraft {
  let line: HostsLine
  /// For each name of the line, the node that it belongs to.
  let owners: [Int?]
  /// Indices into the line's names that go.
  var removed: Set<Int> = []
  /// The address that replaces the one that is there.
  var address: HostAddress?
  /// Names to put before all others.
  var front: [[UInt8]] = []
  /// Names to put after the last one of `owner`.
  var added: [[UInt8]] = []
  var owner: Int?
  /// The line goes whole, whatever is on it.
  var isRetired = false
  /// The front is a node's, though no name of a node was here before.
  var isForNode = false

  init(line: HostsLine, owners: [Int?]) {
    self.line = line
    self.owners = owners
  }

  var isChanged: Bool { isRetired || !removed.isEmpty || address != nil || !front.isEmpty || !added.isEmpty }

  var vanishes: Bool {
    isRetired || !removed.isEmpty && removed.count == line.names.count && front.isEmpty && added.isEmpty
  }

  var namesANode: Bool { isForNode || kept.contains { owners[$0] != nil } }

  private var kept: [Int] { line.names.indices.filter { !removed.contains($0) } }

  func keeps(_ node: Int) -> Bool { kept.contains { owners[$0] == node } }

  func keeps(_ key: [UInt8]) -> Bool { kept.contains { self.key($0) == key } }

  var firstKept: [UInt8]? { (front.first.map { HostsLine.key($0) }) ?? kept.first.map(key) }

  private func key(_ position: Int) -> [UInt8] { HostsLine.key(line.content[line.names[position]]) }

  /// Whether the line, about to vanish, can serve for an address: one of the same family, and only once.
  func canMove(to address: HostAddress) -> Bool {
    vanishes && !isRetired && self.address == nil && line.address.isIPv6 == address.isIPv6
  }

  mutating func move(to address: HostAddress, for node: Int) {
    self.address = address
    for position in line.names.indices where owners[position] == node { removed.remove(position) }
  }

  mutating func remove(_ key: [UInt8]) {
    for position in kept where self.key(position) == key { removed.insert(position) }
  }

  /// The new content: the comment alone, or nil, where the last name is gone. `separator` serves where the line has
  /// no blanks of its own to go by.
  func written(_ separator: ArraySlice<UInt8>) -> [UInt8]? {
    if vanishes { return line.comment.map { Array($0) } }
    var content = Array(line.content[..<line.addressRange.lowerBound])
    content += address.map { Array(String(describing: $0).utf8) } ?? Array(line.content[line.addressRange])
    let afterAddress = line.names.isEmpty ? separator : gap(0)
    let betweenNames = line.names.count > 1 ? gap(1) : [0x20]

    var isFirst = true
    func append(_ name: some Sequence<UInt8>, after blanks: ArraySlice<UInt8>) {
      content += isFirst ? afterAddress : blanks
      content += name
      isFirst = false
    }
    let lastOfOwner = kept.last { owners[$0] == owner && owner != nil }
    for name in front { append(name, after: betweenNames) }
    if lastOfOwner == nil { for name in added { append(name, after: betweenNames) } }
    for position in kept {
      append(line.content[line.names[position]], after: position == 0 ? betweenNames : gap(position))
      if position == lastOfOwner { for name in added { append(name, after: betweenNames) } }
    }
    content += line.content[(line.names.last ?? line.addressRange).upperBound...]
    return content
  }

  /// The blanks before a name.
  private func gap(_ position: Int) -> ArraySlice<UInt8> {
    let before = position == 0 ? line.addressRange : line.names[position - 1]
    return line.content[before.upperBound..<line.names[position].lowerBound]
  }
}
