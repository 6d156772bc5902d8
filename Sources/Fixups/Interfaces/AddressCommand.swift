internal import Documents
internal import Site

/// A command in /etc/network/interfaces that gives an interface an address, or takes it away: `ip addr add 192.168.10.50/24 dev ens33`
/// (ip-address(8)), `ifconfig ens33:1 192.168.10.50` (ifconfig(8)).
struct AddressCommand {
  let address: IPAddress
  /// nil where it says none, or says it in a way of its own.
  let prefix: PrefixLength?
  /// The interface that it names, as it names it.
  let device: String?
  /// Whether it fails where the address is there already (ip-address(8)).
  let isNew: Bool
  /// Whether it takes the place of the interface's own (SIOCSIFADDR, in the kernel's devinet.c).
  let isReplacing: Bool
  /// The word with the address, with a prefix or without.
  private let word: PlacedWord
  private let netmask: PlacedWord?
  private let broadcast: PlacedWord?
  /// The word before the other end's address, and that.
  private let peer: (key: PlacedWord, value: PlacedWord)?
  private let isOld: Bool

  init?(_ command: CommandList.Command, _ verbs: Set<IPVerb>) {
    if let ip = IPCommand(command) {
      guard ip.isAbout("address"), let verb = IPVerb(ip.verb), verbs.contains(verb),
        let word = Self.local(ip.words), let address = Self.address(word.text)
      else { return nil }
      (isOld, isReplacing, isNew, netmask) = (false, false, verb == .add, nil)
      (device, self.word, self.address) = (ip.words.behind("dev").first?.text, word, address)
      broadcast = ip.words.indices.first { Self.isBroadcast(ip.words[$0].text) }.flatMap {
        ip.words.dropFirst($0 + 1).first
      }
      peer = zip(ip.words, ip.words.dropFirst()).first { Self.peers.contains($0.0.text) }.map { ($0.0, $0.1) }
      prefix = peer.map { Self.prefix(of: address, toPeer: $0.value.text) } ?? Self.prefix(word.text) { .host($0) }
    } else {
      let words = command.words.filter { !$0.text.hasPrefix("-") }
      guard command.program == "ifconfig", let found = Self.old(words, verbs),
        let address = Self.address(found.word.text)
      else { return nil }
      (isOld, isReplacing, isNew, peer) = (true, found.isOnly, false, nil)
      (device, word, self.address) = (found.device, found.word, address)
      netmask = words.behind("netmask").first
      broadcast = words.behind("broadcast").first
      prefix = netmask.flatMap { PrefixLength(netmask: $0.text) } ?? Self.prefix(word.text) { _ in .ofClass(address) }
    }
  }

  var withPrefix: String {
    prefix == nil && peer != nil
      ? "\(address) peer \(peer?.value.text ?? "")" : "\(address)/\(prefix.map(\.description) ?? "no prefix")"
  }

  /// Whether it says all that such a command has to: one that takes away need not say a prefix.
  func says(_ prefix: PrefixLength, isUp: Bool) -> Bool { self.prefix == prefix || !isUp && peer == nil }

  /// The same with another address: what stands around it stays.
  ///
  /// - Returns: The command anew; the broadcast address is worked out by whoever runs it where it was that of another subnet, and another
  ///   end that would be the only one to be reached goes.
  func readdressed(to address: IPAddress, _ prefix: PrefixLength, _ place: StanzaCommand) -> [UInt8] {
    let line = place.line.bytes
    let leavesPeer = peer.map { Self.prefix(of: address, toPeer: $0.value.text) == prefix } ?? false
    // `192.168.10.20/255.255.255.0`
    let isMasked = address.family == .v4 && word.text.drop { $0 != "/" }.contains(".")
    let isPlain = netmask != nil || isOld && !word.text.contains("/") && prefix == .ofClass(address)
    // Not every ifconfig takes one behind a slash.
    let end =
      leavesPeer
      ? String(word.text.drop { $0 != "/" })
      : isPlain
        ? ""
        : isOld && !word.text.contains("/")
          ? " netmask \(prefix.netmask)" : "/\(isMasked ? prefix.netmask : "\(prefix)")"
    var parts = [(range: word.range, text: "\(address)\(end)")]
    if let netmask { parts.append((netmask.range, prefix.netmask)) }
    if let broadcast, let said = try? IPAddress(broadcast.text), said != own(broadcastOf: address, prefix) {
      parts.append((broadcast.range, own(broadcastOf: address, prefix).map(\.description) ?? "+"))
    }
    if let peer, !leavesPeer {
      let blanks = line[..<peer.key.range.lowerBound].reversed().prefix { [0x20, 0x09].contains($0) }.count
      let isQuoted = "'\"".utf8.contains(line[peer.value.range.lowerBound - 1])
      parts.append((peer.key.range.lowerBound - blanks..<peer.value.range.upperBound + (isQuoted ? 1 : 0), ""))
    }
    let start = place.command.range.lowerBound
    var bytes = Array(line[place.command.range])
    for part in parts.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      bytes.replaceSubrange(part.range.lowerBound - start..<part.range.upperBound - start, with: part.text.utf8)
    }
    return bytes
  }

  private func own(broadcastOf address: IPAddress, _ prefix: PrefixLength) -> IPAddress? {
    Subnet(containing: address, prefix)?.broadcast
  }
}

extension AddressCommand {
  private static let peers = ["peer", "remote"]

  /// ip-address(8); what has no value is a flag (ipaddr_modify in iproute2's ipaddress.c).
  private static func hasValue(_ word: String) -> Bool {
    ["peer", "remote", "anycast", "scope", "dev", "label", "proto"].contains(word) || isBroadcast(word)
      || ["metric", "priority", "preference", "valid_lft", "preferred_lft"].contains { IPVerb.isShort(word, for: $0) }
  }

  private static func isBroadcast(_ word: String) -> Bool { word == "brd" || IPVerb.isShort(word, for: "broadcast") }

  /// The word with the address that is the interface's own.
  private static func local(_ words: [PlacedWord]) -> PlacedWord? {
    var rest = words[...]
    while let word = rest.popFirst() {
      if hasValue(word.text) { rest = rest.dropFirst() } else if address(word.text) != nil { return word }
    }
    return nil
  }

  /// The prefix behind a slash, a number or a mask.
  private static func prefix(
    _ word: String, else usual: (IPAddress.Family) -> PrefixLength?
  ) -> PrefixLength? {
    guard let address = address(word) else { return nil }
    guard let slash = word.firstIndex(of: "/") else { return usual(address.family) }
    let said = String(word[word.index(after: slash)...])
    return Int(said).flatMap { try? PrefixLength($0, address.family) } ?? PrefixLength(netmask: said)
  }

  /// With another end, the prefix is that one's: the interface reaches a subnet where both are in it, and else the other end alone, which
  /// is no prefix of the address's.
  private static func prefix(of address: IPAddress, toPeer word: String) -> PrefixLength? {
    guard let other = Self.address(word), let prefix = prefix(word, else: { .host($0) }) else { return nil }
    return prefix == .host(address.family) || Subnet(containing: address, prefix)?.contains(other) ?? false
      ? prefix : nil
  }

  /// Without a verb the address is the interface's only one (`ens33:1` is an alias), and 0.0.0.0 is none; behind it stand a netmask and
  /// others.
  private static func old(
    _ words: [PlacedWord], _ verbs: Set<IPVerb>
  ) -> (device: String?, word: PlacedWord, isOnly: Bool)? {
    var rest = words.dropFirst().filter { !["inet", "inet6"].contains($0.text) }[...]
    guard let device = rest.popFirst()?.text, let first = rest.first else { return nil }
    let verb = IPVerb(ofOldTool: first.text)
    if let verb {
      guard verbs.contains(verb) else { return nil }
      rest.removeFirst()
    } else if !verbs.contains(.add) {
      return nil
    }
    guard let word = rest.first, let found = address(word.text), !found.isUnspecified else { return nil }
    return (device, word, verb == nil && found.family == .v4)
  }

  private static func address(_ word: String) -> IPAddress? { try? IPAddress(String(word.prefix { $0 != "/" })) }
}
