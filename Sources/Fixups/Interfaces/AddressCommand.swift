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
  /// The word with the address, with a prefix or without.
  private let word: PlacedWord
  private let netmask: PlacedWord?
  private let broadcast: PlacedWord?
  private let isPeers: Bool
  private let isOld: Bool

  init?(_ command: CommandList.Command, _ verbs: Set<IPVerb>) {
    let words = command.words.filter { !$0.text.hasPrefix("-") }
    isOld = command.program == "ifconfig"
    guard let found = isOld ? Self.old(words, verbs) : Self.placed(words, verbs),
      let address = Self.address(found.word.text)
    else { return nil }
    func value(_ keys: [String]) -> PlacedWord? {
      words.firstIndex { keys.contains($0.text) }.flatMap { words.dropFirst($0 + 1).first }
    }
    (device, word, self.address) = (found.device, found.word, address)
    isNew = !isOld && IPVerb(words[2].text) == .add
    netmask = isOld ? value(["netmask"]) : nil
    broadcast = value(["broadcast", "brd"])
    isPeers = !isOld && value(["peer"]) != nil
    let said = word.text.split(separator: "/", maxSplits: 1).dropFirst().first.map(String.init)
    let length = said.flatMap { Int($0) }.flatMap { try? PrefixLength($0, address.family) }
    prefix =
      netmask.flatMap { PrefixLength(netmask: $0.text) } ?? length
      ?? (isPeers || said != nil ? nil : isOld ? .ofClass(address) : .host(address.family))
  }

  var withPrefix: String { "\(address)/\(prefix.map(\.description) ?? "no prefix")" }

  /// The same with another address: what stands around it stays.
  ///
  /// - Returns: The command anew; the broadcast address is worked out by whoever runs it where it was that of another subnet.
  func readdressed(to address: IPAddress, _ prefix: PrefixLength, _ place: StanzaCommand) -> [UInt8] {
    let start = place.command.range.lowerBound
    var bytes = Array(place.line.bytes[place.command.range])
    let isPlain = isPeers || netmask != nil || isOld && !word.text.contains("/") && prefix == .ofClass(address)
    // Not every ifconfig takes one behind a slash.
    let end = isPlain ? "" : isOld && !word.text.contains("/") ? " netmask \(prefix.netmask)" : "/\(prefix)"
    var parts = [(word: word, text: "\(address)\(end)")]
    if let netmask { parts.append((netmask, prefix.netmask)) }
    if let broadcast, let said = try? IPAddress(broadcast.text), said != own(broadcastOf: address, prefix) {
      parts.append((broadcast, own(broadcastOf: address, prefix).map(\.description) ?? "+"))
    }
    for part in parts.sorted(by: { $0.word.range.lowerBound > $1.word.range.lowerBound }) {
      let range = part.word.range
      bytes.replaceSubrange(range.lowerBound - start..<range.upperBound - start, with: part.text.utf8)
    }
    return bytes
  }

  private func own(broadcastOf address: IPAddress, _ prefix: PrefixLength) -> IPAddress? {
    Subnet(containing: address, prefix)?.broadcast
  }
}

extension AddressCommand {
  private static func placed(
    _ words: [PlacedWord], _ verbs: Set<IPVerb>
  ) -> (device: String?, word: PlacedWord)? {
    guard words.count > 3, words[0].text.split(separator: "/").last == "ip",
      IPVerb.isShort(words[1].text, for: "address"), IPVerb(words[2].text).map(verbs.contains) ?? false,
      let word = words.dropFirst(3).first(where: { address($0.text) != nil })
    else { return nil }
    let device = words.firstIndex { $0.text == "dev" }.flatMap { words.dropFirst($0 + 1).first?.text }
    return (device, word)
  }

  /// Without a verb the address is the interface's only one (`ens33:1` is an alias), and 0.0.0.0 is none; behind it stand a netmask and
  /// others.
  private static func old(
    _ words: [PlacedWord], _ verbs: Set<IPVerb>
  ) -> (device: String?, word: PlacedWord)? {
    var rest = words.dropFirst().filter { !["inet", "inet6"].contains($0.text) }[...]
    guard let device = rest.popFirst()?.text, let first = rest.first else { return nil }
    if let verb = IPVerb(ofOldTool: first.text) {
      guard verbs.contains(verb) else { return nil }
      rest.removeFirst()
    } else if !verbs.contains(.add) {
      return nil
    }
    guard let word = rest.first, let found = address(word.text), !found.isUnspecified else { return nil }
    return (device, word)
  }

  private static func address(_ word: String) -> IPAddress? { try? IPAddress(String(word.prefix { $0 != "/" })) }
}
