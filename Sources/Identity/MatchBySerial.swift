public import Site

/// A node whose `match` has this machine's serial number. Blanks and case are no difference: programs show them as they
/// like.
public struct MatchBySerial: IdentitySource {
  public init() {}

  public func answers(for machine: MachineFacts, in site: Site) -> [IdentityAnswer] {
    guard let serial = machine.serial.map(plain), !serial.isEmpty else { return [] }
    return site.nodes.compactMap { node in
      guard let wanted = node.match.serial, plain(wanted) == serial else { return nil }
      return IdentityAnswer(node.name, "the site's match of \(node.name) has its serial number \(wanted)")
    }
  }

  private func plain(_ serial: String) -> String { serial.lowercased().filter { !$0.isWhitespace } }
}
