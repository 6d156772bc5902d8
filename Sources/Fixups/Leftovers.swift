internal import Documents
internal import Site
internal import Tree

/// Guests of the original that came with the copy. Nothing is changed: a disk of somebody's guest is not ours to move.
///
/// A hypervisor that already has guests under a service that is new makes nova refuse to start since 2024.1; before,
/// nova takes them for its own, and a guest may run twice or be stopped where it really runs. What runs right now
/// can't be seen in files and is not claimed.
struct Leftovers: Fixup {
  let name = "left-over guests"

  func propose(for situation: Situation) throws -> Proposal {
    guard situation.node.role == .compute else { return Proposal() }
    let (tree, platform) = (situation.tree, situation.platform)
    if situation.provenance.isCopy { return Proposal(findings: try Self.findings(tree, platform)) }
    // Nor does the copy's becoming somebody move them: they are told as long as they are here.
    guard let own = try tree.file(Stamp.path),
      let former = try Stamp.read(from: tree, situation.configurations)?.formerGuests, !former.isEmpty
    else { return Proposal() }
    return Proposal(
      findings: try Self.findings(tree, platform) { path in
        // One that comes back as the node's own has new files.
        try former.contains(Self.guest(at: path))
          && tree.status(path).map { $0.identity.modified <= own.identity.modified } ?? false
      })
  }

  /// The guests that have something in a tree, as a stamp remembers them.
  static func guests(in tree: any TreeReading, _ platform: Platform) throws -> [String] {
    var seen: Set<String> = []
    return try (definitions(tree) + links(tree) + images(tree) + instances(tree, platform)).map(guest)
      .filter { Stamp.isPlain($0) && seen.insert($0).inserted }
  }

  private static func guest(at path: TreePath) -> String {
    [".xml", ".save"].first { path.name.hasSuffix($0) }.map { String(path.name.dropLast($0.count)) } ?? path.name
  }

  private static func definitions(_ tree: any TreeReading) throws -> [TreePath] {
    try libvirts("*.xml", tree)
  }

  private static func links(_ tree: any TreeReading) throws -> [TreePath] {
    try libvirts("autostart/*.xml", tree)
  }

  /// In /etc/libvirt/qemu, which in kolla's container is a volume.
  private static func libvirts(_ pattern: String, _ tree: any TreeReading) throws -> [TreePath] {
    try tree.places(["/etc/libvirt/qemu/\(pattern)"] + ContainerVolumes.paths("nova_libvirt_qemu", pattern)).map(\.path)
  }

  private static func images(_ tree: any TreeReading) throws -> [TreePath] {
    try tree.places(["/var/lib/libvirt/qemu/save/*.save"] + ContainerVolumes.paths("libvirtd", "qemu/save/*.save"))
      .map(\.path)
  }

  private static func instances(_ tree: any TreeReading, _ platform: Platform) throws -> [TreePath] {
    let own = platform.nova.instancesPath.description
    let volumes = ContainerVolumes.paths("nova_compute", "instances").filter { $0 != own }
    return try TreePath.each([own] + volumes).flatMap { directory in
      (try tree.listing(directory) ?? []).filter { $0.kind != .regular && isUUID($0.name) }
        .map { directory.appending($0.name) }
    }
  }

  /// What a tree has of guests, each with what to do.
  ///
  /// - Parameter isMeant: whether what stands at a path is to be told.
  static func findings(
    _ tree: any TreeReading, _ platform: Platform, where isMeant: (TreePath) throws -> Bool = { _ in true }
  ) throws -> [Finding] {
    try [
      defined(definitions(tree).filter(isMeant), tree, platform), started(links(tree).filter(isMeant)),
      saved(images(tree).filter(isMeant)), kept(instances(tree, platform).filter(isMeant), platform),
    ].compactMap(\.self)
  }

  private static func defined(
    _ paths: [TreePath], _ tree: any TreeReading, _ platform: Platform
  ) throws -> Finding? {
    guard !paths.isEmpty else { return nil }
    let names = try paths.map { path in
      try tree.place(path).flatMap(tree.leadsTo)?.status.kind == .regular
        ? domainName(try tree.file(path)?.bytes ?? []) ?? guest(at: path) : guest(at: path)
    }
    let virsh = ContainerVolumes.engine(of: paths[0]).map { "\($0) exec nova_libvirt virsh" } ?? "virsh"
    return Finding(
      .warning,
      "libvirt still defines the original's \(list(names)): nova 2024.1 and later refuses to start as a new host "
        + "with existing guests, an older one may run a guest twice or stop it on the original",
      advice: "before \(platform.nova.unit) starts: "
        + names.prefix(5).map { "\(virsh) undefine --nvram \($0)" }.joined(separator: "; ")
        + (names.count > 5 ? "; …" : ""))
  }

  private static func started(_ paths: [TreePath]) -> Finding? {
    guard let first = paths.first else { return nil }
    return Finding(
      .warning, "libvirt starts the original's \(list(paths.map(guest))) by itself at the next boot",
      advice: "remove the links in \(first.parent) before the clone boots")
  }

  private static func saved(_ paths: [TreePath]) -> Finding? {
    guard let first = paths.first else { return nil }
    return Finding(
      .warning, "saved memory of the original's guests is here: \(list(paths.map(\.name)))",
      advice: "move it out of \(first.parent): it would be resumed against a disk that went on changing")
  }

  private static func kept(_ paths: [TreePath], _ platform: Platform) -> Finding? {
    guard let first = paths.first else { return nil }
    return Finding(
      .warning,
      "\(first.parent) holds the original's \(list(paths.map(\.name))): nova deletes none of them, and they fill the disk",
      advice: "move them away before \(platform.nova.unit) starts; leave them where the directory is shared storage")
  }

  /// What `<name>` says. libvirt writes it on a line of its own, before anything else could hold such an element.
  static func domainName(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes.prefix(4096), as: UTF8.self)
    guard let start = text.firstRange(of: "<name>"), let end = text[start.upperBound...].firstRange(of: "</name>")
    else { return nil }
    return String(text[start.upperBound..<end.lowerBound])
  }

  private static func isUUID(_ name: String) -> Bool {
    name.utf8.count == 36 && ComputeID.uuid(in: Array(name.utf8)) != nil
  }

  private static func list(_ names: [String]) -> String {
    let noun = names.count == 1 ? "guest" : "\(names.count) guests:"
    let more = names.count > 5 ? ", …" : ""
    return "\(noun) \(names.prefix(5).joined(separator: ", "))\(more)"
  }
}
