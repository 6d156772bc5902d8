internal import Documents
internal import Site
internal import Tree

/// A name by which storage knows this host, as the kernel's command line may give it: before what files say (dracut.cmdline(7),
/// `rd.iscsi.initiator=`, `rd.nvmf.hostnqn=`, `rd.nvmf.hostid=`; the kernel's kernel-parameters.txt, `nfs.nfs4_unique_id=`).
enum BootHost: CaseIterable {
  case initiator, qualifiedName, hostID, client

  static let all = allCases

  /// Those of a row of ``UniqueThings``.
  static func all(of thing: UniqueThing) -> [BootHost] { all.filter { $0.row == thing.key } }

  var key: String {
    switch self {
    case .initiator: "rd.iscsi.initiator="
    case .qualifiedName: "rd.nvmf.hostnqn="
    case .hostID: "rd.nvmf.hostid="
    case .client: "nfs.nfs4_unique_id="
    }
  }

  private var row: String {
    switch self {
    case .initiator: "iscsi"
    case .qualifiedName, .hostID: "nvme"
    case .client: "nfs-client"
    }
  }

  /// What the node's own file says; nil where none does.
  func own(_ situation: Situation) throws -> String? {
    switch self {
    case .initiator:
      let files = try situation.tree.regularFiles(matching: InitiatorName.paths)
      return files.lazy.compactMap { InitiatorName.names(in: Lines($0.bytes)).first?.name }.first
    case .qualifiedName: return try Self.word("/etc/nvme/hostnqn", situation)
    case .hostID: return try Self.word("/etc/nvme/hostid", situation)
    case .client: return nil
    }
  }

  private static func word(_ path: TreePath, _ situation: Situation) throws -> String? {
    let text = try situation.tree.file(path).map { Word.only($0.bytes) }
    return text?.isEmpty == true ? nil : text
  }

  /// Of what no file says.
  func isOthers(_ said: String, _ situation: Situation) -> Bool {
    guard self == .client else { return situation.provenance.isCopy }
    return situation.ownName(insteadOf: said) != nil || (situation.provenance.isCopy && !situation.names.contains(said))
  }

  /// For `twins`.
  static func values(_ thing: UniqueThing, _ template: Template) throws -> [UniqueValue] {
    try KernelCommandLine.values(of: all(of: thing), in: template.tree).map { UniqueValue($0.path, $0.value) }
  }

  /// No seal edits what a boot loader's own tools write.
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let said = try KernelCommandLine.values(of: all(of: thing), in: template.tree)
    return SealedThing(
      proposal: Proposal(
        findings: said.map {
          Finding(
            .warning, "\($0.path):\($0.line) starts each copy with the template's \($0.host.key)\($0.value.shown)",
            advice: "take it out, and have the boot loader's files made anew")
        }))
  }
}
