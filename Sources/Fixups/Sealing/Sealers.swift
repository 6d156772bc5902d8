internal import Documents
internal import Site
internal import Tree

extension RandomSeed {
  /// It goes whole: a seed that is in an image is the same in each copy, however fresh it was.
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let places = try thing.places(in: template)
    var sealed = thing.removal(places)
    sealed.anew = places.filter { $0.status.kind == .regular }.map { place in
      SealRecord.File(
        key: thing.key, path: place.path, attributes: place.status.attributes, form: .bytes(size(of: place)))
    }
    return sealed
  }
}

extension HostKeys {
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let tree = template.tree
    let (files, findings) = try tree.regularFiles(places(template.platform, tree))
    var sealed = SealedThing(proposal: Proposal(findings: findings))
    sealed = sealed + thing.removal(try copies(files, template.platform, tree))
    for place in files { sealed = sealed + Self.sealed(try HostKey(place, in: tree), thing, template) }
    // Public halves of keys that are not there are the original's all the same.
    let gone = Set(sealed.proposal.changes.map(\.path))
    let halves = try tree.places(["\(template.platform.identity.hostKeysDirectory)/ssh_host_*_key*.pub"])
    return sealed + thing.removal(halves.filter { $0.isRemovable && !gone.contains($0.path) })
  }

  /// The key goes with its halves and certificates, and a copy gets another of its type.
  static func sealed(_ key: HostKey, _ thing: UniqueThing, _ template: Template) -> SealedThing {
    let place = key.place
    var sealed = thing.removal([place] + [key.publicPlace].compactMap(\.self) + key.certificates)
    guard let type = key.type else { return sealed }
    let attributes = place.status.attributes.with(mode: key.closedMode(for: template.platform))
    sealed.anew.append(
      SealRecord.File(
        key: thing.key, path: place.path, attributes: attributes, form: .privateKey(type.type, bits: type.bits)))
    if let half = key.publicPlace {
      sealed.anew.append(
        SealRecord.File(key: thing.key, path: half.path, attributes: half.status.attributes, form: .publicHalf))
    }
    return sealed
  }
}

extension MachineID {
  /// The system's is emptied, which every systemd takes for one that is still to be made. `uninitialized` would make the next
  /// boot a first one (machine-id(5)), and enable by presets what somebody has disabled. D-Bus's copy goes: systemd would take
  /// the original's back from it.
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let paths = TreePath.each(thing.paths + template.platform.identity.machineIDs.map(\.description))
    guard let main = paths.first else { return SealedThing() }
    var sealed = SealedThing()
    if let file = try template.tree.file(main) {
      sealed.proposal.changes = [Change.edit(file, to: [], because: thing.sealReasons)].compactMap(\.self)
    }
    let real = try template.tree.resolve(main)
    for path in paths.dropFirst() {
      guard let place = try template.tree.place(path), place.path != real,
        try template.tree.leadsTo(place)?.path != real
      else { continue }
      sealed = sealed + thing.removal([place])
      guard place.status.kind == .regular else { continue }
      sealed.anew.append(
        SealRecord.File(key: thing.key, path: place.path, attributes: place.status.attributes, form: .machineID))
    }
    return sealed
  }

  /// Directories of the journal that bear a machine's id, with all that is in them.
  @Sendable
  static func sealJournals(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let top: TreePath = "/var/log/journal"
    var sealed = SealedThing()
    for entry in try template.tree.listing(top) ?? [] where id(in: Array(entry.name.prefix(32).utf8)) != nil {
      let directory = top.appending(entry.name)
      let places = try template.tree.places(["\(directory)/*"])
      sealed = sealed + thing.removal(places)
      guard places.allSatisfy(\.isRemovable), let status = try template.tree.status(directory),
        status.kind == .directory
      else { continue }
      sealed.proposal.changes.append(
        Change(directory, .remove, before: .directory(status.attributes), reasons: thing.sealReasons))
    }
    return sealed
  }
}

extension LibvirtHostUUID {
  /// The setting becomes a comment that knows where it stood; without one libvirt asks the firmware.
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let (files, _) = try template.tree.regularFiles(thing.places(in: template))
    var sealed = SealedThing()
    for place in files {
      guard let file = try template.tree.file(place.path) else { continue }
      var lines = Lines(file.bytes)
      for (index, line) in lines.enumerated() {
        guard let value = QuotedSetting.value(of: "host_uuid", in: line.content) else { continue }
        lines.replace(at: index, with: mark + line.content[..<value.lowerBound] + line.content[value.upperBound...])
      }
      sealed.proposal.changes += [Change.edit(file, to: lines.bytes, because: thing.sealReasons)].compactMap(\.self)
    }
    return sealed
  }
}

extension InitiatorName {
  /// Debian's iscsid makes a name where the file asks for one; elsewhere, also in kolla's container, something does where it is missing.
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    try template.tree.places(paths).reduce(into: SealedThing()) { $0 = try $0 + seal($1, thing, template) }
      + InitiatorRecords.seal(thing, template) + BootHost.seal(thing, template)
  }

  private static func seal(_ place: Place, _ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    guard let file = try template.tree.file(place.path) else { return SealedThing() }
    let names = names(in: Lines(file.bytes))
    guard let name = names.first?.name else { return SealedThing() }
    var sealed = SealedThing()
    if template.platform.isDebian, ContainerVolumes.engine(of: place.path) == nil {
      var lines = Lines(file.bytes)
      for index in names.map(\.line) { lines.replace(at: index, with: Array(generated.utf8)) }
      sealed.proposal.changes = [Change.edit(file, to: lines.bytes, because: thing.sealReasons)].compactMap(\.self)
    } else {
      sealed = thing.removal([place])
    }
    sealed.anew = [
      SealRecord.File(
        key: thing.key, path: file.path, attributes: file.attributes, form: .initiator(naming: naming(of: name)))
    ]
    return sealed
  }
}

/// Small files of one line that hold a UUID, or a name made from one.
enum UUIDFiles {
  private static let files = NVMeHost.files + ["system-id.conf", "system-id-override"]

  /// - Parameter isMeant: whether one of them goes.
  static func seal(
    _ thing: UniqueThing, _ template: Template, where isMeant: (Place) throws -> Bool = { _ in true }
  ) throws -> SealedThing {
    let places = try thing.places(in: template).filter { try files.contains($0.path.name) && isMeant($0) }
    var sealed = thing.removal(places)
    sealed.anew = places.filter { $0.status.kind == .regular }.map { place in
      SealRecord.File(
        key: thing.key, path: place.path, attributes: place.status.attributes,
        form: place.path.name == "hostnqn" ? .qualifiedName : .uuid)
    }
    return sealed
  }
}

extension ComputeID {
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let places = try template.tree.places(paths(template.platform.nova))
    var sealed = thing.removal(places)
    sealed.anew = try copied(places, template.tree).filter { $0.status.kind == .regular }.map { place in
      SealRecord.File(key: thing.key, path: place.path, attributes: place.status.attributes, form: .uuid)
    }
    return sealed
  }
}

/// The key that systemd-creds(1) encrypts with on a machine without a TPM.
enum CredentialSecret {
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    var sealed = thing.removal(try thing.places(in: template))
    let encrypted = try template.tree.places(["/etc/credstore.encrypted/*"])
    if let first = encrypted.first, !sealed.proposal.changes.isEmpty {
      sealed.proposal.findings.append(
        Finding(
          .warning, "\(first.path) was encrypted with the key that goes, and cannot be opened any more",
          advice: "encrypt it anew in each copy, or seal with --keep \(thing.key)"))
    }
    return sealed
  }
}

/// The key pairs of the account that moves guests: of the platform's, and of the one that the template's own site names.
enum MigrationKeys {
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    var sealed = try pairs(template).reduce(into: SealedThing()) { $0 = $0 + thing.removal($1) }
    if let site = try template.tree.glance(SiteFileFixup.path), user(in: site) == nil {
      sealed.proposal.findings.append(
        Finding(
          .warning,
          "\(site.path) cannot be read: of the account that moves guests only the keys of "
            + "\(template.platform.migration.user) go",
          advice: "correct the file (imprint plan says what is wrong with it), and seal again"))
    }
    return sealed
  }

  /// Wherever below .ssh, under whatever name: somebody may have put one aside.
  static func pairs(_ template: Template) throws -> [[Place]] {
    try template.tree.keyPairs(homes(template).map { "\($0)/.ssh/**" })
  }

  private static func homes(_ template: Template) throws -> [TreePath] {
    let migration = template.platform.migration
    let passwd = try template.tree.glance("/etc/passwd").map { PasswdFile($0.bytes) }
    let own = try template.tree.glance(SiteFileFixup.path).flatMap { user(in: $0) }
    return [migration.user.description, own].compactMap(\.self).compactMap { user in
      let record = passwd?.record(named: user)
      // No account of root's moves guests; its keys are another row's.
      guard record?.number(.uid) != 0 else { return nil }
      let usual = user == migration.user.description ? TreePath(migration.home) : nil
      return record.flatMap { TreePath($0.text(.home)) } ?? usual
    }
  }

  /// nil where the file cannot be read.
  private static func user(in site: FileSnapshot) -> String? {
    (try? Site.parse(site.bytes, file: site.path.description, profiles: nil))?.migration.user.description
  }
}

/// root's.
enum RootKeys {
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    try template.tree.keyPairs(thing.paths).reduce(into: SealedThing()) { $0 = $0 + thing.removal($1) }
  }
}

extension TreeReading {
  /// Private keys of SSH's, each with its public half and what an authority has signed of it; of one behind a link, the link too.
  func keyPairs(_ patterns: [String]) throws -> [[Place]] {
    try places(patterns).compactMap { place in
      guard let key = try leadsTo(place), try isPrivateKey(key) else { return nil }
      let places = key == place ? [key] : [key, place]
      let halves = places.flatMap { [$0.path.sibling(".pub"), $0.path.sibling("-cert.pub")] }
      return try places + halves.compactMap { try self.place($0) }.filter(\.isRemovable)
    }
  }
}

extension Platform {
  var isDebian: Bool { match.contains { ["debian", "ubuntu"].contains($0.id) } }
}
