internal import Documents
internal import Glibc
internal import Site
internal import Tree

/// What is refused, and what is told and left.
extension IfupdownBackend {
  func refuseProblems() throws {
    let problems = files.all.compactMap { file in
      file.document.problem(for: files.reader).map {
        "\(file.snapshot.path):\($0.line): \($0.reason), and so it reads none of its files"
      }
    }
    guard problems.isEmpty else {
      throw FixupError(problems.map { "\($0) (ifupdown; correct the line)" }.joined(separator: "\n"))
    }
  }

  /// What makes an interface come up otherwise than its own stanzas say.
  func refuseIndirection(_ intents: [InterfaceIntent]) throws {
    var problems: [String] = []
    for name in intents.map(\.interface.description) {
      for (snapshot, document) in files.all {
        for renaming in document.renamings where fnmatch(renaming.pattern, name, 0) == 0 {
          problems.append(
            "\(snapshot.path):\(renaming.line + 1): \(name) comes up under another name, whose stanzas imprint does not take for its own "
              + "(say auto \(name), and give that the stanza)")
        }
        for stanza in document.stanzas where stanza.interface == name {
          if let reason = Self.obstacle(in: stanza) {
            problems.append("\(snapshot.path):\(stanza.header.lowerBound + 1): \(name) \(reason)")
          }
          guard let base = stanza.base, inherits(from: base, stanza.family) else { continue }
          problems.append(
            "\(snapshot.path):\(stanza.header.lowerBound + 1): \(name) inherits addresses from \(base), and imprint edits what stands in "
              + "its own stanza only (write them there)")
        }
      }
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }

  /// What ifupdown's successors take in a stanza without a family, and has no place in one of ifupdown's.
  private static func obstacle(in stanza: InterfacesFile.Stanza) -> String? {
    guard !stanza.saysFamily, stanza.base == nil else { return nil }
    if stanza.values("address").count > 1 || stanza.values("gateway").count > 1 {
      return
        "has several addresses or gateways in a stanza without a family, of which imprint cannot tell whose they are"
        + " (give each address an iface \(stanza.interface) inet static, or inet6 static, of its own)"
    }
    guard stanza.values("use").contains(where: { $0.split(whereSeparator: \.isWhitespace).contains("dhcp") }) else {
      return nil
    }
    return "asks for a lease by use dhcp, which would come beside the site's address (take that line out)"
  }

  /// Whether a stanza that inherits from this one gets something that the site decides.
  private func inherits(from base: String, _ family: String, depth: Int = 0) -> Bool {
    let names: Set = ["address", "netmask", "network", "broadcast", "gateway", "hwaddress"]
    let stanzas = files.all.flatMap(\.document.stanzas)
    return stanzas.filter { $0.interface == base && $0.family == family }.contains { stanza in
      stanza.options.contains { names.contains($0.name) }
        || depth < 8 && stanza.base.map { inherits(from: $0, family, depth: depth + 1) } ?? false
    }
  }

  /// What only the environment of whoever runs ifup tells (wordexp(3)).
  func unfollowed() -> [Finding] {
    files.all.flatMap { snapshot, document in
      document.sources.filter(\.hasVariable).map { source in
        Finding(
          .warning,
          "\(snapshot.path):\(source.line + 1) sources \(source.pattern.shown), which a variable decides; it is not followed",
          advice: "write the path out, and look there for the original's address")
      }
    }
  }

  func findings(_ intent: InterfaceIntent, _ family: InterfacesFile.Family) -> [Finding] {
    let name = intent.interface.description
    let homes = files.all.filter { !$0.document.stanzas(for: name, family: family).isEmpty }
    return homes.dropFirst().map { file in
      Finding(
        .warning,
        "\(file.snapshot.path) has stanzas of \(name) too, which ifupdown adds to those of \(homes[0].snapshot.path)",
        advice: "keep the interface in one file")
    }
  }

  /// What takes away an address of the node's where another command fails, in some case only, or somewhere in a line that does more than can
  /// be told.
  func doubtful(_ intents: [InterfaceIntent]) -> [Finding] {
    let taking: Set = ["flush", "dhclient", "dhcpcd", "udhcpc"]
    return documents.flatMap { path, document in
      let commands = StanzaCommand.all(in: document, path)
      return document.stanzas.flatMap { stanza -> [Finding] in
        guard stanza.method == "static", intents.contains(where: { $0.interface.description == stanza.interface })
        else {
          return []
        }
        return stanza.options.filter { ["up", "post-up"].contains($0.name) }.filter { option in
          let own = commands.filter { $0.option == option }
          guard own.isEmpty else { return own.contains { mayTake($0, from: stanza, intents) } }
          let words = Set(option.value.split { " \t;&|(){}\"/".contains($0) }.map(String.init))
          return !words.isDisjoint(with: taking) && !words.isDisjoint(with: ["$IFACE", "${IFACE}", stanza.interface])
        }.map { option in
          Finding(
            .warning,
            "\(path): \(option.name) \(option.value.shown) may take away the address of \(stanza.interface.shown); it is left as it is",
            advice: "take it out, or write it as a command of its own")
        }
      }
    }
  }

  private func mayTake(
    _ command: StanzaCommand, from stanza: InterfacesFile.Stanza, _ intents: [InterfaceIntent]
  ) -> Bool {
    guard command.isDoubtful else { return false }
    if command.asking?.interface == stanza.interface { return true }
    let isOwn = command.addressGone.map { gone in
      command.interface(gone.device) == stanza.interface
        && intents.contains { "\($0.interface)" == stanza.interface && $0.addresses.contains(gone.address) }
    }
    return command.onlyTakes && (isOwn ?? false || command.flushed?.interface == stanza.interface)
  }

  /// Whether a stanza asks DHCP after the plan: interfaces(5) has these options for its clients alone.
  private func asks(
    _ stanza: InterfacesFile.Stanza, _ option: InterfacesFile.Option, _ left: [InterfacesFile.Stanza]?
  ) -> Bool {
    let now = left?.first { $0.interface == stanza.interface && $0.values(option.name).contains(option.value) }
    return !["static", "manual"].contains((now ?? stanza).method)
  }

  /// What still carries an address of the original: another interface, an alias, or a command that runs when one comes
  /// up.
  func strays(in document: InterfacesFile, _ path: TreePath) -> [Finding] {
    let former = situation.formerTokens
    // Lines are those of the file as it is; what the plan takes out of it is no matter.
    let left = edited[path]?.document.stanzas
    let commands = StanzaCommand.all(in: document, path)
    return document.stanzas.flatMap { stanza in
      stanza.options.filter { option in
        left?.contains { $0.interface == stanza.interface && $0.values(option.name).contains(option.value) } ?? true
      }.flatMap { option -> [Finding] in
        let place = "\(path):\(option.lines.lowerBound + 1)"
        switch option.name {
        case "address":
          guard let address = stanza.address.flatMap({ try? IPAddress($0.description) }),
            let whose = situation.stray(address, on: stanza.interface)
          else { return [] }
          return [
            Finding(
              .warning, "\(place) gives \(stanza.interface.shown) \(address), \(whose); it is left as it is",
              advice: "correct it by hand, or say in the site which network this interface is on")
          ]
        case "hostname" where !asks(stanza, option, left), "client" where !asks(stanza, option, left): return []
        default:
          if let shared = SharedIdentity.finding(option.name, option.value, at: place, situation) { return [shared] }
          let added = commands.filter { $0.option == option }.compactMap { command in
            // An alias is the interface itself (ifconfig(8)).
            command.address.map {
              (interface: String(command.interface($0.device).prefix { $0 != ":" }), address: $0.address)
            }
          }
          let strays = added.compactMap { interface, address in
            situation.stray(address, on: interface).map {
              "\(place): \(option.name) gives \(interface.shown) \(address), \($0); it is left as it is"
            }
          }
          if let text = strays.first {
            return [Finding(.warning, text, advice: "take the command out, or correct the address by hand")]
          }
          let value = Array(option.value.utf8)
          let card = ForeignCards(situation).foreign(in: value[...]).first { place in
            CardUse(option.name, before: value[..<place.startIndex], after: value[place.endIndex...]) != .anothers
          }
          if situation.provenance.isCopy, let mac = card.flatMap(ForeignCards.address) {
            return [SharedIdentity.finding(ofCard: mac, in: "\(option.name) of \(stanza.interface.shown)", at: place)]
          }
          return former.filter { $0.1.occurs(in: option.value) }.map { address, _ in
            Finding(
              .warning,
              "\(place): \(option.name) of \(stanza.interface.shown) has \(address) in it, which is \(situation.whose(address)); it is left as it is",
              advice: "correct it by hand, or say in the site which network this interface is on")
          }
        }
      }
    }
  }
}
