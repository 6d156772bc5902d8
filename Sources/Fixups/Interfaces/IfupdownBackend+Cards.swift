internal import Documents
internal import Site
internal import Tree

/// Lines that know a card by its address (interfaces(5), INTERFACE MATCHING).
extension IfupdownBackend {
  /// They follow the card that the site says; where it says none, a card that a copy has not is told.
  mutating func followCards(_ intents: [InterfaceIntent]) -> Proposal {
    var proposal = Proposal()
    for (path, before) in documents {
      var document = before
      // An edit moves no line.
      for word in before.cardWords {
        guard let old = try? MACAddress(word.card) else { continue }
        let intent = intents.first { $0.interface.description == word.name }
        let place = "\(path):\(word.lines.lowerBound + 1)"
        if let name = word.name, let wanted = intent?.mac ?? underlay.parts.first(where: { $0.name == name })?.mac {
          // The address is a text to ifup(8), and the kernel's has small letters.
          guard word.card != wanted.description else { continue }
          document.replace(word, card: wanted.description)
          keep(
            document, at: path,
            because: old == wanted
              ? "\(word.card.shown) is how no kernel spells the card of \(name.shown), and ifup compares texts"
              : situation.reason("card of \(name.shown)", said: "\(old)", wanted: "\(wanted)"))
          proposal.claims.append(
            Claim("card of \(name.shown) (\(place))", expected: "\(wanted)", seen: word.card.shown, holds: false))
        } else if intent.map({ situation.areForeign([old], of: $0) }) ?? situation.provenance.isCopy {
          proposal.findings.append(Self.finding(word, old, place))
          guard let intent, !word.isRename else { continue }
          proposal.claims.append(
            Claim("start of \(intent.interface)", expected: "at boot", seen: "on the card \(old) alone", holds: false))
        }
      }
    }
    return proposal
  }

  /// `ovs_extra set bridge ${IFACE} other-config:hwaddr=…` (README.Debian of openvswitch-switch) gives a bridge an address: that of the one
  /// card below where the site says it, and else none.
  mutating func convergeSwitch(_ name: String, _ bottom: MACAddress?) {
    for (path, before) in documents {
      var document = before
      var replaced: [(option: InterfacesFile.Option, value: String)] = []
      var removed: [InterfacesFile.Option] = []
      for option in before.options(of: name) where option.name.replacing("-", with: "_") == "ovs_extra" {
        guard let word = SwitchCommands.card(of: [name, "$IFACE", "${IFACE}"], in: option.value),
          let said = try? MACAddress(word), situation.isOriginals(said), said != bottom
        else { continue }
        if let bottom {
          replaced.append((option, option.value.replacing(word, with: bottom.description)))
        } else if let left = SwitchCommands.without(word, in: option.value) {
          if left.isEmpty { removed.append(option) } else { replaced.append((option, left)) }
        }
      }
      guard !replaced.isEmpty || !removed.isEmpty else { continue }
      document.edit(name, replacing: replaced, removing: removed, adding: [])
      keep(
        document, at: path,
        because: "hwaddr in ovs_extra of \(name) is the original's: two machines would share one MAC address")
    }
  }

  private static func finding(_ word: InterfacesFile.CardWord, _ card: MACAddress, _ place: String) -> Finding {
    let name = word.name?.shown
    let what =
      word.isRename
      ? "gives the name \(name ?? "?") to the card" : "brings up \(name.map { "\($0) on " } ?? "")the card"
    return Finding(
      .warning, "\(place) \(what) \(card), which is the original's",
      advice: "write the address of this node's card, or say it as mac in the site")
  }
}
