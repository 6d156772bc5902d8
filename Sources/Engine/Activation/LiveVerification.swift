public import Fixups
internal import Live
public import Site
internal import Tree

extension Intentions {
  /// What has to hold of the running system, and whether it does: read from the kernel and from systemd, not from what was
  /// done.
  func claims(of live: LiveState) -> [Claim] {
    var claims: [Claim] = []
    if let hostname { claims.append(Claim("the running host name", expected: hostname, seen: live.hostname)) }
    for link in links where !link.change.expected.isEmpty {
      let seen = live.links[link.change.interface]
      let expected = link.change.expected.map(\.description).sorted()
      claims.append(
        Claim(
          "the addresses of \(link.change.interface)", expected: expected.joined(separator: ", "),
          seen: seen.map { $0.filter { !$0.address.isLinkLocal }.map(\.description).sorted().joined(separator: ", ") }
            ?? "no such link",
          holds: seen.map { now in link.change.expected.allSatisfy(now.contains) } ?? false))
    }
    for link in links where !link.changed.isEmpty {
      let files = link.changed.map(\.description).joined(separator: ", ")
      claims.append(
        Claim(
          "the configuration of \(link.change.interface)", expected: "in effect",
          seen: "what \(files) said before; imprint apply brings it up", holds: false))
    }
    if !configuration.isEmpty {
      let files = configuration.map(\.description).joined(separator: ", ")
      claims.append(
        Claim(
          "systemd's units", expected: "in effect",
          seen: "what \(files) said before; imprint apply has systemd read it",
          holds: false))
    }
    let due = steps(from: live)
    for unit in units {
      let name = unit.unit.name.description
      guard let state = live.units[name], [.running, .failed].contains(state.activity) else { continue }
      let because = due.first { $0.consequence.action == .restart(name) || $0.consequence.action == .reload(name) }?
        .consequence.because
      let seen =
        state.activity == .failed
        ? "failed" : because.map { "started before \($0.map(\.description).joined(separator: ", "))" } ?? "running"
      claims.append(
        Claim(name, expected: "running, started after the files that it reads", seen: seen, holds: seen == "running"))
    }
    return claims
  }
}

extension Target {
  /// The links of the node, as the site names them.
  public var interfaces: [InterfaceName] {
    node.addresses.networks.compactMap { site.interface(of: node, $0) }
  }

  /// Whether the running system is what its files say.
  @LiveActor public func verifyRunning(_ system: some RunningSystem) async throws -> [Claim] {
    let intentions = try Intentions.read(
      from: tree, platform, occasion: Backlog(tree).occasion(), interfaces: interfaces)
    return intentions.claims(of: try await system.state(of: intentions.units.map(\.unit.name)))
  }
}
