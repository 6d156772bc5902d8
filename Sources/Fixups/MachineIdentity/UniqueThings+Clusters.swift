internal import Documents
internal import Tree

extension UniqueThings {
  /// Agents of deployment tools, and members of clusters: each is one machine to those who tell it what to do.
  static let clusters = [
    // juju/agent, agent.conf in format 2.0: its password and its nonce let it in as that machine or unit.
    UniqueThing(
      key: "juju", subject: "the identity of Juju's agents", reader: "jujud",
      paths: ["/var/lib/juju/agents/*/agent.conf"],
      treatment: .report, maker: "juju add-machine, by hand", comparison: .values(JujuAgent.values), isPrivate: true,
      reason: "the controller takes both for one machine, and has its charms write the original's settings on both",
      advice:
        "before it boots remove jujud-*.service from /etc/systemd/system, and /var/lib/juju; then juju add-machine"),
  ]
}

/// Lines that begin with one of some words, up to a colon or an equals sign, and what follows.
private func settings(_ keys: [String], in bytes: [UInt8]) -> [String] {
  Lines(bytes).compactMap { line in
    let text = line.text.trimmingBlanks
    guard let end = text.utf8.firstIndex(where: { ":= ".utf8.contains($0) }), keys.contains(String(text[..<end])) else {
      return nil
    }
    return String(text[end...].drop { ":= \"'".contains($0) }.prefix { !"\"'".contains($0) }).trimmingBlanks
  }
}

/// What a row is compared by, where its files say other things besides: the fingerprint of some values.
private func fingerprints(_ keys: [String]) -> UniqueValues.Reader {
  { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.compactMap { place in
      let values = settings(keys, in: try template.tree.file(place.path)?.bytes ?? [])
      guard !values.isEmpty else { return nil }
      let bytes = Array(values.joined(separator: "\n").utf8)
      return UniqueValue(place.path, bytes, shown: UniqueValue.fingerprint(bytes), place: nil)
    }
  }
}

/// The address of a controller changes in an agent's file, and its passwords may.
enum JujuAgent {
  static let values = fingerprints(["tag", "model", "nonce"])
}
