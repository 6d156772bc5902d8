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
    guard situation.provenance.isCopy, situation.node.role == .compute else { return Proposal() }
    return Proposal(findings: try Self.findings(situation.tree, situation.platform))
  }

  /// What a tree has of guests, each with what to do.
  static func findings(_ tree: any TreeReading, _ platform: Platform) throws -> [Finding] {
    try [domains(tree, platform), autostart(tree), saved(tree), instances(tree, platform)].compactMap(\.self)
  }

  private static func domains(_ tree: any TreeReading, _ platform: Platform) throws -> Finding? {
    let names = try tree.places(["/etc/libvirt/qemu/*.xml"]).map { place in
      try tree.leadsTo(place)?.status.kind == .regular
        ? domainName(try tree.file(place.path)?.bytes ?? []) ?? place.path.nameWithoutXML
        : place.path.nameWithoutXML
    }
    guard !names.isEmpty else { return nil }
    return Finding(
      .warning,
      "libvirt still defines the original's \(list(names)): nova 2024.1 and later refuses to start as a new host "
        + "with existing guests, an older one may run a guest twice or stop it on the original",
      advice: "before \(platform.nova.unit) starts: "
        + names.prefix(5).map { "virsh undefine --nvram \($0)" }.joined(separator: "; ")
        + (names.count > 5 ? "; …" : ""))
  }

  private static func autostart(_ tree: any TreeReading) throws -> Finding? {
    let names = try tree.places(["/etc/libvirt/qemu/autostart/*.xml"]).map(\.path.nameWithoutXML)
    guard !names.isEmpty else { return nil }
    return Finding(
      .warning, "libvirt starts the original's \(list(names)) by itself at the next boot",
      advice: "remove the links in /etc/libvirt/qemu/autostart before the clone boots")
  }

  private static func saved(_ tree: any TreeReading) throws -> Finding? {
    let names = try tree.places(["/var/lib/libvirt/qemu/save/*.save"]).map(\.path.name)
    guard !names.isEmpty else { return nil }
    return Finding(
      .warning, "saved memory of the original's guests is here: \(list(names))",
      advice: "move it out of /var/lib/libvirt/qemu/save: it would be resumed against a disk that went on changing")
  }

  private static func instances(_ tree: any TreeReading, _ platform: Platform) throws -> Finding? {
    guard let directory = TreePath(platform.nova.instancesPath.description) else { return nil }
    let names = (try tree.listing(directory) ?? []).filter { $0.kind != .regular && isUUID($0.name) }.map(\.name)
    guard !names.isEmpty else { return nil }
    return Finding(
      .warning,
      "\(directory) holds the original's \(list(names)): nova deletes none of them, and they fill the disk",
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

extension TreePath {
  fileprivate var nameWithoutXML: String { name.hasSuffix(".xml") ? String(name.dropLast(4)) : name }
}
