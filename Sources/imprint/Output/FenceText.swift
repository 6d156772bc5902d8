internal import Engine
internal import Identity
internal import Site

/// What an operator needs who stands before the console of a machine that is held back.
enum FenceText {
  static func text(reason: String, machine: MachineFacts, nodes: [NodeName]) -> String {
    let names = nodes.isEmpty ? "no node: etc/imprint/site.toml cannot be read" : list(nodes)
    return """

      imprint: THIS MACHINE IS HELD BACK FROM THE NETWORK
        It is a copy of another machine, and would collide with it: \(reason).
        To make it into a node of the site, log in here and run:

          imprint apply NODE

        The site has \(names).
        So that it is recognised at boot, put one of these into the node's match in /etc/imprint/site.toml, and boot again:
        \(match(machine))


      """
  }

  private static func list(_ nodes: [NodeName]) -> String { nodes.map(\.description).joined(separator: ", ") }

  /// In the site's own words.
  private static func match(_ machine: MachineFacts) -> String {
    var lines: [String] = []
    if !machine.macs.isEmpty {
      lines.append("  mac = [\(machine.macs.map { "\"\($0)\"" }.joined(separator: ", "))]")
    }
    if let uuid = machine.uuid { lines.append("  uuid = \"\(uuid)\"") }
    if let serial = machine.serial { lines.append("  serial = \"\(serial)\"") }
    return lines.isEmpty
      ? "  (no card, UUID or serial number of this machine can be read)" : lines.joined(separator: "\n  ")
  }
}
