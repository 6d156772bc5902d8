internal import Site
internal import Tree

/// Files of the node's identity that a link leads to where no boot keeps them: /run is empty at each, and /dev is the kernel's own
/// (file-hierarchy(7)).
struct UnkeptFiles: Fixup {
  let name = "links"

  func propose(for situation: Situation) throws -> Proposal {
    let platform = situation.platform
    let machineIDs = platform.identity.machineIDs.map { TreePath($0) }
    let files = [HostnameFixup.path, HostsFixup.path] + platform.nova.configFiles.map { TreePath($0) }
    var proposal = Proposal()
    // All of these were looked at before.
    for path in machineIDs + files where try situation.tree.status(path)?.kind == .symbolicLink {
      let real = try situation.tree.resolve(path)
      if real.isWithin("/dev") {
        throw FixupError(
          "\(path) leads to \(real), which keeps nothing: put a regular file in the link's place, or take the link away"
        )
      }
      // Without a machine-id of its own a system makes one.
      guard real.isWithin("/run"), !machineIDs.contains(path) else { continue }
      proposal.findings.append(
        Finding(
          .warning, "\(path) leads to \(real), which no boot keeps: what it says then is for whoever makes it to say",
          advice: "put a regular file in the link's place, or see that what is made there is this node's"))
      proposal.claims.append(Claim("\(path)", expected: "a file that a boot keeps", seen: "\(real)", holds: false))
    }
    return proposal
  }
}
