internal import Documents
internal import Site

extension Situation {
  /// Whether an account of this node's own moves guests: a compute node's, unless that is in a container.
  var movesGuests: Bool { node.role == .compute && platform.containers == nil }

  /// Which of the node's addresses takes the place of another's on the same network: the one at the same place in its
  /// list, else the first of its family.
  func successor(of old: IPAddress, on network: NetworkName) -> IPAddress? {
    let own = node.addresses[network] ?? []
    let list = site.owner(of: old)?.addresses[network] ?? []
    if let place = list.firstIndex(of: old), place < own.count, own[place].family == old.family { return own[place] }
    return own.first { $0.family == old.family }
  }

  /// The lines, counted from 1, that have one of them before what is a comment.
  func formerLines(in bytes: [UInt8]) -> [(line: Int, address: IPAddress)] {
    let former = formerTokens
    return Lines(bytes).enumerated().flatMap { index, line in
      let code = String(line.text.prefix { $0 != "#" })
      return former.filter { $0.token.occurs(in: code) }.map { (index + 1, $0.address) }
    }
  }

  /// A text that is about this node alone, with its own addresses in the place of the original's; and what it said, for reasons.
  ///
  /// - Parameter word: only right behind this one, quotes aside.
  func renewing(_ text: [UInt8], behind word: String = "") -> (bytes: [UInt8], said: [String]) {
    formerAddresses.reduce(into: (bytes: text, said: [])) { result, former in
      var places = Token(former.address.description).ranges(in: result.bytes[...])
      if !word.isEmpty {
        places = places.filter { place in
          // An IPv6 address may be in quotes for ovs-vsctl.
          let before = result.bytes[..<place.lowerBound].reversed().drop { "\"'\\[".utf8.contains($0) }.reversed()
          return before.suffix(word.utf8.count).elementsEqual(word.utf8)
        }
      }
      guard !places.isEmpty, let own = successor(of: former.address, on: former.network) else { return }
      for place in places.reversed() { result.bytes.replaceSubrange(place, with: own.description.utf8) }
      result.said.append("\(former.address), which is \(whose(former.address))")
    }
  }

  /// Lines in the words of ip-route(8), with the node's own address as the source of a route where it was the original's; comments
  /// stay.
  func renewingSources(_ bytes: [UInt8]) -> (bytes: [UInt8], said: [String]) {
    guard !formerAddresses.isEmpty else { return (bytes, []) }
    var (lines, said) = (Lines(bytes), [String]())
    for (index, line) in lines.enumerated() {
      let content = Array(line.content)
      guard content.first(where: { $0 != 0x20 && $0 != 0x09 }) != UInt8(ascii: "#") else { continue }
      // `OPTIONS0="src 192.168.10.20"` too.
      let words = content.indices.split { "= \t\"'".utf8.contains(content[$0]) }
      var new = content
      for (key, value) in zip(words, words.dropFirst()).reversed()
      where ["src", "from"].contains(String(decoding: content[key.startIndex..<key.endIndex], as: UTF8.self)) {
        let (bytes, old) = renewing(Array(content[value.startIndex..<value.endIndex]))
        guard !old.isEmpty else { continue }
        new.replaceSubrange(value.startIndex..<value.endIndex, with: bytes)
        said += old.filter { !said.contains($0) }
      }
      if new != content { lines.replace(at: index, with: new) }
    }
    return (lines.bytes, said)
  }

  /// The network on which an address belongs to another compute node of the site.
  func otherComputeNode(with address: IPAddress) -> (node: Node, network: NetworkName)? {
    guard let owner = site.owner(of: address), owner.name != node.name, owner.role == .compute,
      let network = owner.addresses.first(where: { $0.value.contains(address) })?.network
    else { return nil }
    return (owner, network)
  }

  /// Whose an address is, to follow "which is".
  func whose(_ address: IPAddress) -> String {
    if let owner = site.owner(of: address) {
      return owner.name == node.name ? "its own" : "the address of \(owner.name)"
    }
    if (provenance.allFormerAddresses + provenance.goneAddresses).contains(address) {
      return "what this disk had before"
    }
    return "no address of \(node.name)"
  }

  func isOtherNodes(_ address: IPAddress) -> Bool {
    site.owner(of: address).map { $0.name != node.name } ?? false
  }

  /// Whether an address is another node's, or was this disk's before an apply.
  func isOthers(_ address: IPAddress) -> Bool { isOtherNodes(address) || wasOwn(address) }

  /// Whether this disk had it before an apply, and has it no more.
  func wasOwn(_ address: IPAddress) -> Bool {
    !node.allAddresses.contains(address)
      && (provenance.allFormerAddresses + provenance.goneAddresses).contains(address)
  }

  /// What is wrong with an address that the site does not give this node, where its interfaces have it: whose it is, or
  /// that two machines would have it; nil where nothing is.
  ///
  /// - Parameter interface: which has it; nil where that is not known.
  func stray(_ address: IPAddress, on interface: String? = nil) -> String? {
    if node.allAddresses.contains(address) || !address.identifiesMachine { return nil }
    if let interface, unread.contains(interface) { return nil }
    if site.owner(of: address) != nil || provenance.allFormerAddresses.contains(address) {
      return "which is \(whose(address))"
    }
    let isOfSite = site.networks.contains { $0.subnet(for: address) != nil }
    if !isOfSite, let interface, hostLocal?.contains(interface) ?? false { return nil }
    if provenance.isCopy { return "which the original has too" }
    // Nothing took it away: it stayed as it was.
    return provenance.pastAddresses.contains(address) ? "which is \(whose(address))" : nil
  }

  /// Why something that said one thing has to say another.
  func reason(_ what: String, said: String?, wanted: String) -> String {
    guard let said, !said.isEmpty else { return "\(what) was not set; the site gives \(node.name) \(wanted)" }
    let bare = said.trimmingBlanks
    if bare != wanted, let address = try? IPAddress(bare),
      site.owner(of: address) != nil || provenance.allFormerAddresses.contains(address)
    {
      return "\(what) said \(said.shown), which is \(whose(address))"
    }
    return "\(what) said \(said.shown); the site gives \(node.name) \(wanted)"
  }
}

extension String {
  var trimmingBlanks: String {
    guard first?.isWhitespace == true || last?.isWhitespace == true else { return self }
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
