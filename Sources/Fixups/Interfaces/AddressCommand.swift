internal import Documents
internal import Site

/// A command in /etc/network/interfaces that gives an interface an address: `up ip addr add 192.168.10.50/24 dev ens33`
/// (ip-address(8)), `up ifconfig ens33:1 192.168.10.50` (ifconfig(8)).
struct AddressCommand {
  let address: IPAddress
  /// Whether it is all that the option does.
  let isAlone: Bool
  /// The interface that it names, where that is no variable.
  let device: String?

  init?(_ option: InterfacesFile.Option, _ document: InterfacesFile) {
    guard ["pre-up", "up", "post-up"].contains(option.name) else { return nil }
    self.init(document.bytes(of: option), IPVerb.setting)
  }

  /// The command by which an option takes an address away when the interface goes down.
  static func undoing(_ option: InterfacesFile.Option, _ document: InterfacesFile) -> AddressCommand? {
    guard ["pre-down", "down", "post-down"].contains(option.name) else { return nil }
    return AddressCommand(document.bytes(of: option), [.delete])
  }

  private init?(_ command: [UInt8], _ verbs: Set<IPVerb>) {
    let placed = (PlainCommand.words(of: command) ?? []).filter { !$0.text.hasPrefix("-") }
    let words = placed.map(\.text)
    let old = words.first?.split(separator: "/").last == "ifconfig" ? Self.old(words, verbs) : nil
    guard let address = old?.address ?? Self.address(words, verbs) else { return nil }
    self.address = address
    // `|| true` and its like only keep ifup from failing.
    let text = String(decoding: command, as: UTF8.self)
    let first = text.prefix { !";&|".contains($0) }
    let rest = text.dropFirst(first.count).filter { !$0.isWhitespace }
    isAlone = ["", "||true", "||:", "||/bin/true"].contains(rest)
    // A variable between the two is no word.
    device =
      old.map(\.device)
      ?? zip(placed, placed.dropFirst()).first { $0.0.text == "dev" }.flatMap { key, value in
        command[key.range.upperBound..<value.range.lowerBound].allSatisfy { " \t\"'".utf8.contains($0) }
          ? value.text : nil
      }
  }
}

extension AddressCommand {
  private static func address(_ words: [String], _ verbs: Set<IPVerb>) -> IPAddress? {
    guard words.count > 3, words[0].split(separator: "/").last == "ip",
      IPVerb.isShort(words[1], for: "address"), IPVerb(words[2]).map(verbs.contains) ?? false
    else { return nil }
    return words.dropFirst(3).lazy.compactMap(address).first
  }

  /// Without a verb the address is the interface's only one (`ens33:1` is an alias), and 0.0.0.0 is none; behind it stand a netmask and
  /// others. An interface that is a variable is no word.
  private static func old(_ words: [String], _ verbs: Set<IPVerb>) -> (device: String?, address: IPAddress)? {
    var rest = words.dropFirst().filter { !["inet", "inet6"].contains($0) }[...]
    var device: String?
    func isVerb(_ word: String) -> Bool { IPVerb(ofOldTool: word).map(verbs.contains) ?? false }
    if let first = rest.first, address(first) == nil, !isVerb(first) {
      device = first
      rest = rest.dropFirst()
    }
    if let first = rest.first, isVerb(first) {
      rest = rest.dropFirst()
    } else if !verbs.contains(.add) {
      return nil
    }
    guard let address = rest.first.flatMap(address), !address.isUnspecified else { return nil }
    return (device, address)
  }

  private static func address(_ word: String) -> IPAddress? { try? IPAddress(String(word.prefix { $0 != "/" })) }
}

extension IfupdownBackend {
  /// What a command adds that an option gives now makes ifup(8) fail: `ip addr add` says "File exists". What it adds of another
  /// node's does not belong here at all.
  mutating func dropAddressCommands(_ intent: InterfaceIntent) {
    let name = intent.interface.description
    let known = Set(intent.addresses.map(\.description) + originals)
    for (path, before) in documents {
      var document = before
      let stale = document.options(of: name).compactMap {
        option -> (option: InterfacesFile.Option, address: IPAddress)? in
        let command = AddressCommand(option, document) ?? AddressCommand.undoing(option, document)
        guard let command, command.isAlone, known.contains(command.address.description),
          command.device.map({ $0 == name }) ?? true
        else { return nil }
        return (option, command.address)
      }
      guard !stale.isEmpty else { continue }
      document.edit(name, replacing: [], removing: stale.map(\.option), adding: [])
      for (option, address) in stale {
        let whose =
          intent.addresses.contains(address) ? "which the stanza gives it now" : "which is \(situation.whose(address))"
        keep(document, at: path, because: "a command of \(option.name) had \(address), \(whose)")
      }
    }
  }
}
