internal import Site
internal import Tree

/// A compute node on which a deployment tool keeps nova's files where imprint does not edit them: a nova.conf of our own would be read by
/// nobody, and what nova-compute reads goes on saying the original's name and addresses.
enum OthersNova {
  private static let signs: [(path: TreePath, tool: String)] = [
    ("/var/lib/config-data", "TripleO"), ("/etc/kolla", "kolla"),
    ("/etc/systemd/system/edpm_nova_compute.service", "the data plane of OpenStack's operators (edpm-ansible)"),
    ("/var/snap/openstack-hypervisor/common/etc/nova", "Sunbeam's snap"),
  ]

  /// For a tree without any file of nova's own; nil where no other tool's is there.
  static func proposal(for situation: Situation) throws -> Proposal? {
    guard situation.node.role == .compute,
      let sign = try signs.first(where: { try situation.tree.status($0.path) != nil })
    else { return nil }
    let file = situation.platform.nova.editedFile
    // On a node that never was another's they say its own.
    let wasAnothers = situation.provenance.isCopy || !situation.provenance.pastNames.isEmpty
    return Proposal(
      findings: [
        Finding(
          .warning,
          "there is no \(file), and \(sign.path) is \(sign.tool)'s: what it has nova and neutron read imprint does not edit",
          advice: "have it deploy this node anew as \(situation.node.name), before its services start")
      ],
      claims: wasAnothers
        ? [Claim("nova's files", expected: "\(file)", seen: "nothing but \(sign.path)", holds: false)] : [])
  }
}
