/// nova's own words for a node that it does not take for itself, and what they mean on a copied disk. Since 2023.1
/// nova-compute ends rather than go on with another's identity (nova/compute/manager.py, nova/virt/node.py).
struct NovaRefusal: Sendable, Hashable {
  /// What it is about.
  let meaning: String
  let advice: String

  /// What the last lines of a unit say; nil where it is something else.
  init?(_ lines: [String]) {
    for (words, refusal) in Self.known where lines.contains(where: { line in words.allSatisfy { line.contains($0) } }) {
      self = refusal
      return
    }
    return nil
  }

  private init(_ meaning: String, _ advice: String) {
    self.meaning = meaning
    self.advice = advice
  }

  /// The message's fixed parts, most telling first.
  private static let known: [(words: [String], refusal: NovaRefusal)] = [
    (
      ["My compute node", "but virt driver reports it should be"],
      NovaRefusal(
        "the compute_id on this disk is that of a hypervisor with another name: a cloned disk carries the original's, or a "
          + "node that nova knows was renamed",
        "on a clone, remove the compute_id in nova's state path and beside its configuration, as an apply of a copy does; a node "
          + "that nova knows has to get its old name back, or its guests are orphaned")
    ),
    (
      ["My node", "has host", "but my host is"],
      NovaRefusal(
        "the compute_id on this disk belongs to another host: a cloned disk carries the original's, or `host` in nova's files "
          + "was changed",
        "on a clone, remove the compute_id; a node that nova knows has to keep its host name")
    ),
    (
      ["No local node identity found, but this is not our first startup"],
      NovaRefusal(
        "nova knows this host name already, and the compute_id that goes with it is not here: it was lost, or this clone bears "
          + "the name of a node that is registered",
        "if it is that node, write its uuid (openstack hypervisor show) into compute_id in nova's state path, nova's and 0600; "
          + "if it is a clone, give it its own name: imprint apply NODE")
    ),
    (
      ["My hypervisor has existing instances, but I appear to be a new service"],
      NovaRefusal(
        "libvirt still has the original's guests, which came with the disk",
        "undefine them here (virsh list --all; virsh undefine --nvram NAME), and leave the original's alone")
    ),
    (
      ["Invalid node identity configuration"],
      NovaRefusal(
        "nova's compute_id cannot be read, or there are two that differ",
        "keep the one that openstack hypervisor show tells, and remove the other")
    ),
    (
      ["Duplicate compute node record found for host"],
      NovaRefusal(
        "nova has a hypervisor of this very name with another uuid: an earlier life of this node, or another machine with its name",
        "delete the old compute service (openstack compute service delete), once it has no guests")
    ),
    (
      ["Conflicting resource provider name"],
      NovaRefusal(
        "Placement has a resource provider of this name with another uuid, and so nothing is scheduled here",
        "delete the one that is left over (openstack resource provider delete), once nothing is allocated from it")
    ),
  ]
}
