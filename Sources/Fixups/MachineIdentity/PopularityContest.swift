internal import Documents
internal import Tree

/// popularity-contest's `MY_HOSTID`, by which the survey knows a machine's report from the last one (its default.conf). The file is a
/// shell's, and has other settings besides; an empty id is one that is still to be made (the package's postinst).
enum PopularityContest {
  static let path = "/etc/popularity-contest.conf"
  private static let option = "MY_HOSTID"

  static let isSet: @Sendable ([UInt8]) -> Bool = { bytes in ShellAssignments(bytes).value(option) != nil }

  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    guard thing.isRenewed(in: situation) else { return Proposal() }
    return try situation.tree.regularFiles(thing.places(in: situation)).files.reduce(into: Proposal()) {
      proposal, place in
      guard let file = try situation.tree.file(place.path) else { return }
      // 32 digits are what the program sends.
      let (bytes, findings) = edited(file, to: try situation.fresh.hexadecimal(bytes: 16), thing)
      proposal += Proposal.replacing(file, with: bytes, of: thing) + Proposal(findings: findings)
    }
  }

  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    try template.tree.regularFiles(thing.places(in: template)).files.reduce(into: SealedThing()) { sealed, place in
      guard let file = try template.tree.file(place.path) else { return }
      let (bytes, findings) = edited(file, to: "", thing)
      sealed.proposal.changes += [Change.edit(file, to: bytes, because: thing.sealReasons)].compactMap(\.self)
      sealed.proposal.findings += findings
    }
  }

  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.compactMap { place in
      let bytes = try template.tree.file(place.path)?.bytes ?? []
      guard let id = ShellAssignments(bytes).literal(option), !id.isEmpty else { return nil }
      return UniqueValue(place.path, id)
    }
  }

  private static func edited(
    _ file: FileSnapshot, to id: String, _ thing: UniqueThing
  ) -> (bytes: [UInt8], findings: [Finding]) {
    var shell = ShellAssignments(file.bytes)
    do throws(EditError) {
      try shell.set(option, to: id)
      return (shell.bytes, [])
    } catch {
      let told = FixupError(file.path, cannot: "give \(option) another value", error)
      return (file.bytes, [Finding(.warning, "\(thing.subject) stays as it is: \(told)")])
    }
  }
}
