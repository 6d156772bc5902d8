/// What tells this machine from every other, besides its name, addresses and services: random seed, SSH host keys,
/// machine-id, nova's compute id, leases, storage and agent identities.
///
/// ``UniqueThings`` is the table; here it is only walked. A thing is renewed where the tree is a copy, and made where
/// the system needs one and has none; a node's own things are kept, so that a second apply changes nothing.
struct MachineIdentity: Fixup {
  let name = "machine identity"

  func propose(for situation: Situation) throws -> Proposal {
    var proposal = try UniqueThings.table.reduce(into: Proposal()) { $0 += try $1.proposal(for: situation) }
    // One thing in two files says its advice once.
    var seen: Set<Finding> = []
    proposal.findings.removeAll { !seen.insert($0).inserted }
    return proposal
  }
}
