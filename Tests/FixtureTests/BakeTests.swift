import CLinux
import Foundation
import Glibc
import Support
import Testing

/// One template, many nodes: the built program, held against an apply on a plain copy.
@Suite("Baking: each node is what an apply would make of a copy", .serialized)
struct BakeTests {
  @Test("as a tree, of a sealed template and of one that is not", arguments: [true, false])
  func trees(isSealed: Bool) async throws {
    let bakery = try await Bakery(isSealed: isSealed)
    let before = try TreeRecord(of: bakery.template.root)
    let (answer, status) = try await bakery.bake("compute[2-4]")
    #expect(status == 0 && answer.done && answer.schema == "imprint.bake/1" && answer.form == "tree")
    #expect(answer.nodes.map(\.node) == ["compute2", "compute3", "compute4"])
    #expect(
      answer.nodes.allSatisfy { $0.state == "baked" && ($0.changes ?? 0) > 5 && $0.path == "\(bakery.into)/\($0.node)" }
    )
    #expect(try TreeRecord(of: bakery.template.root).differences(from: before, .untouched) == [])
    for node in ["compute2", "compute4"] {
      #expect(try await bakery.differences("\(bakery.into)/\(node)", bakery.applied(node)) == [], "\(node)")
    }
    // What no apply touches has its times, too.
    let baked = try TreeRecord(of: "\(bakery.into)/compute3")
    for (path, entry) in before.entries where path.hasPrefix("/usr/share/") && entry.kind != .directory {
      #expect(baked[path]?.modified == entry.modified, "\(path)")
    }
    #expect(baked["/usr/share/first"]?.inode == baked["/usr/share/second"]?.inode)
    var sparse = stat()
    #expect(lstat("\(bakery.into)/compute3/usr/share/sparse", &sparse) == 0 && sparse.st_blocks < 1024)
    #expect(sparse.st_size == 64 << 20)

    let twins = try await Bakery.twins(answer.nodes.map(\.path) + [bakery.template.root])
    #expect(twins.status == 0 && twins.output.contains("no twins"), "\(twins.said)")
    for node in answer.nodes {
      let verified = try await Imprint.run(["verify", node.node, "--root", node.path, "--site", bakery.site])
      #expect(verified.status == 0, "\(verified.said)")
    }
    #expect(bakery.parts.isEmpty, "\(bakery.parts)")
  }

  @Test("nobody changes a template while it is copied, and none is copied while it is changed")
  func templatesAreStill() async throws {
    let bakery = try await Bakery()
    let state = "\(bakery.template.root)/var/lib/imprint"
    let changed = open(state, O_RDONLY | O_DIRECTORY)
    defer { close(changed) }
    #expect(flock(changed, LOCK_EX) == 0)
    let refused = try await Imprint.run(bakery.arguments("compute2"))
    #expect(refused.status == 75 && refused.error.contains("another imprint is working on"), "\(refused.said)")
    #expect(!bakery.exists("compute2"))
    // As a bake has it.
    #expect(flock(changed, LOCK_SH) == 0)
    let apply = ["apply", "compute3", "--root", bakery.template.root, "--site", bakery.site, "--yes"]
    #expect(try await Imprint.run(apply).status == 75)
    #expect(try await bakery.bake("compute2").status == 0)
  }

  @Test("as an overlay, which holds what differs and nothing else", .enabled(if: LabNode.isRoot))
  func overlays() async throws {
    let bakery = try await Bakery()
    let before = try TreeRecord(of: bakery.template.root)
    let (answer, status) = try await bakery.bake("compute[2-3]", "overlay")
    #expect(status == 0 && answer.done)
    #expect(try TreeRecord(of: bakery.template.root).differences(from: before, .untouched) == [])
    let node = try #require(answer.node("compute3"))
    let mount = try #require(node.mount)
    #expect(!bakery.exists("compute3/upper/usr"))
    var own = stat()
    #expect(stat(node.path, &own) == 0 && own.st_mode & 0o7777 == 0o700, "it has private keys")
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(node.path)/work").isEmpty)
    // As the answer says, in a mount namespace of its own.
    let script = "mkdir \"$1\" \"$2\" && \(mount.replacing("DIRECTORY", with: "\"$1\"")) && cp -a \"$1/.\" \"$2\""
    let (point, copy) = ("\(bakery.scratch.path)/point", "\(bakery.scratch.path)/copy")
    try await RealProgram.needed("unshare").run(
      ["--mount", "--propagation", "private", "sh", "-ec", script, "sh", point, copy]
    ).succeeded("mounting: \(mount)")
    #expect(try await bakery.differences(copy, bakery.applied("compute3")) == [])
    // It is made again over what is there, and no mount is left.
    #expect(try !String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).contains(bakery.scratch.path))
  }

  /// What a container's engine keeps: a layer with a whiteout and an opaque directory.
  private static func layer(in root: String) async throws -> String {
    let layer = "\(root)/var/lib/docker/overlay2/abc/diff"
    let make = """
      mkdir -p "$1/etc" && mknod "$1/gone" c 0 0 && setfattr -n trusted.overlay.opaque -v y "$1/etc" &&
      setfattr -n trusted.overlay.origin -v 0sAA== "$1/etc"
      """
    try await RealProgram.needed("bash").run(["-euc", make, "bash", layer]).succeeded("making a layer")
    return layer
  }

  @Test(
    "Layers of containers are contents, and an overlay, which does not show them, says so once",
    .enabled(if: LabNode.isRoot))
  func layers() async throws {
    let bakery = try await Bakery()
    let layer = try await Self.layer(in: bakery.template.root).dropFirst(bakery.template.root.count)
    // What the template is itself is no layer of an overlay.
    let top = ["-n", "trusted.overlay.opaque", "-v", "y", bakery.template.root]
    try await RealProgram.needed("setfattr").run(top).succeeded("setfattr")
    #expect(try await bakery.bake("compute2").answer.node("compute2")?.remarks == [])
    let getfattr = try RealProgram.needed("getfattr")
    func attributes(_ path: String) async throws -> [Substring] {
      try await getfattr.run(["-d", "-m", "^trusted", "--absolute-names", path]).output.split(separator: "\n")
        .dropFirst()
        .map(\.self)
    }
    let node = "\(bakery.into)/compute2"
    #expect(try await attributes("\(node)\(layer)/etc") == attributes("\(bakery.template.root)\(layer)/etc"))
    #expect(try await attributes("\(node)\(layer)/etc").count == 2)
    #expect(try await attributes(node).isEmpty)
    var status = stat()
    #expect(lstat("\(node)\(layer)/gone", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0)
    let into = "\(bakery.scratch.path)/overlays"
    let outcome = try await Imprint.run(
      ["bake", "--from", bakery.template.root, "--site", bakery.site, "--nodes", "compute[2-3]", "--into", into]
        + ["--form", "overlay"], seconds: 300)
    #expect(outcome.status == 0, "\(outcome.said)")
    let said = outcome.output.split(separator: "\n").filter { $0.contains("layers of containers") }
    #expect(said.count == 1 && said[0].contains("compute[2-3]: ") && said[0].contains("(\(layer)/"), "\(said)")
  }

  @Test("What is mounted in a template is copied, and no overlay is made that lacks it", .enabled(if: LabNode.isRoot))
  func mounted() async throws {
    let bakery = try await Bakery()
    let script = """
      mkdir "$1/srv data" && mount -t tmpfs none "$1/srv data" && echo x >"$1/srv data/file" && shift && exec "$@"
      """
    func bake(_ form: String, _ into: String) async throws -> RealProgram.Outcome {
      defer { try? FileManager.default.removeItem(atPath: "\(bakery.template.root)/srv data") }
      return try await RealProgram.needed("unshare").run(
        ["--mount", "--propagation", "private", "sh", "-ec", script, "sh", bakery.template.root, Imprint.program.path]
          + ["bake", "--from", bakery.template.root, "--site", bakery.site, "--nodes", "compute2"]
          + ["--into", "\(bakery.scratch.path)/\(into)", "--form", form], seconds: 300)
    }
    let refused = try await bake("overlay", "overlays")
    #expect(refused.status == 65 && refused.error.contains("srv data of \(bakery.template.root) is a file system"))
    #expect(!FileManager.default.fileExists(atPath: "\(bakery.scratch.path)/overlays"))
    #expect(try await bake("tree", "trees").status == 0)
    #expect(FileManager.default.fileExists(atPath: "\(bakery.scratch.path)/trees/compute2/srv data/file"))
  }

  @Test(
    "An image without a root, or without its /var, is refused before any copy is made", .enabled(if: LabNode.isRoot))
  func notWhole() async throws {
    let bakery = try await Bakery()
    try FileManager.default.removeItem(atPath: "\(bakery.template.root)/usr/share/sparse")
    let bare = "\(bakery.scratch.path)/bare"
    try FileManager.default.createDirectory(atPath: bare, withIntermediateDirectories: true)
    try LabNode.write("UUID=1 /var ext4 defaults 0 0\n", "\(bakery.template.root)/etc/fstab")
    for (tree, words) in [
      (bare, "there is no root file system in"), (bakery.template.root, "/var of"),
    ] {
      let raw = "\(bakery.scratch.path)/not-whole.raw"
      try? FileManager.default.removeItem(atPath: raw)
      try await RealProgram.needed("mke2fs").run(["-q", "-t", "ext4", "-d", tree, raw, "16M"]).succeeded("mke2fs")
      try await RealProgram.needed("qemu-img").run(["convert", "-f", "raw", "-O", "qcow2", raw, "\(raw).qcow2"])
        .succeeded("qemu-img")
      for image in [raw, "\(raw).qcow2"] {
        let outcome = try await Imprint.run(
          ["bake", "--from", image, "--site", bakery.site, "--nodes", "compute[2-3]", "--into", bakery.into],
          seconds: 300)
        if outcome.said.contains("attach a loop device") { return RealProgram.missing("a loop device") }
        #expect(outcome.status == 65 && outcome.error.contains("\(words) \(image)"), "\(outcome.said)")
        #expect(!outcome.said.contains("compute2") && outcome.error.contains("bake --from"), "\(outcome.said)")
        #expect(bakery.parts.allSatisfy { !$0.hasSuffix(".part") }, "\(bakery.parts)")
      }
    }
  }

  @Test("as a disk image, which is sound, and the template's is not touched", .enabled(if: LabNode.isRoot))
  func images() async throws {
    let bakery = try await Bakery(isSealed: false)
    let image = "\(bakery.scratch.path)/template.raw"
    try FileManager.default.removeItem(atPath: "\(bakery.template.root)/usr/share/sparse")
    try await RealProgram.needed("mke2fs").run(["-q", "-t", "ext4", "-d", bakery.template.root, image, "16M"])
      .succeeded("mke2fs")
    #expect(chmod(image, 0o644) == 0)
    let before = try Data(contentsOf: URL(fileURLWithPath: image))
    let outcome = try await Imprint.run(
      ["bake", "--from", image, "--site", bakery.site, "--nodes", "compute[2-3]", "--into", bakery.into], seconds: 300)
    if outcome.said.contains("attach a loop device") { return RealProgram.missing("a loop device") }
    #expect(outcome.status == 0 && outcome.output.contains("2 of 2 images"), "\(outcome.said)")
    #expect(!outcome.said.contains("/proc/self/fd"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == before)
    let debugfs = try RealProgram.needed("debugfs")
    var machines: Set<String> = []
    for node in ["compute2", "compute3"] {
      let baked = "\(bakery.into)/\(node).raw"
      var status = stat()
      #expect(stat(baked, &status) == 0 && status.st_mode & 0o7777 == 0o600, "it has private keys")
      #expect(try await debugfs.run(["-R", "cat /etc/hostname", baked]).output == "\(node)\n")
      machines.insert(try await debugfs.run(["-R", "cat /etc/machine-id", baked]).output)
      let check = try await RealProgram.needed("e2fsck").run(["-f", "-n", baked])
      #expect(check.status == 0, "\(check.said)")
      #expect(try await RealProgram.needed("losetup").run(["-j", baked]).output.isEmpty)
      // Its files are those of a tree.
      let root = "\(bakery.scratch.path)/out-\(node)"
      try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
      try await debugfs.run(["-R", "rdump / \(root)", baked]).succeeded("rdump")
      #expect(try await Imprint.run(["verify", node, "--root", root, "--site", bakery.site]).status == 0)
    }
    #expect(machines.count == 2 && !machines.contains(""))
    // One that a guest runs from is no template; one that others read is.
    for (writes, status) in [(true, 75), (false, 0)] {
      try await Self.whileAGuest(runsFrom: image, writing: writes) {
        let other = try await Imprint.run(
          ["bake", "--from", image, "--site", bakery.site, "--nodes", "compute4", "--into", bakery.into], seconds: 300)
        #expect(other.status == status, "\(other.said)")
        let sealed = try await Imprint.run(["seal", "--image", image, "--yes"])
        #expect(sealed.status == 75 && sealed.error.contains("is in use"), "\(sealed.said)")
      }
    }
  }

  /// QEMU has the image open, with its locks on it, from before `work` begins until it is done.
  private static func whileAGuest(
    runsFrom image: String, writing: Bool, _ work: @Sendable @escaping () async throws -> Void
  ) async throws {
    var status = stat()
    guard stat(image, &status) == 0 else { throw TestTrouble("stat \(image): \(errno)") }
    // Of one who reads, the first lock is of byte 100 alone; of one who writes, it is of 101 as well.
    let lock = ":\(status.st_ino) 100 \(writing ? 101 : 100)\n"
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        _ = try await RealProgram.needed("qemu-io").run(
          ["-f", "raw"] + (writing ? [] : ["-r"]) + ["-c", "sleep 600000", image], seconds: 600)
      }
      group.addTask {
        while try !String(contentsOfFile: "/proc/locks", encoding: .utf8).contains(lock) {
          try await Task.sleep(for: .milliseconds(20))
        }
        try await work()
      }
      // The guest ends with the work, or in trouble, and is waited for.
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  @Test("with blocks that are the template's where the file system can share them", .enabled(if: LabNode.isRoot))
  func reflinks() async throws {
    let bakery = try await Bakery()
    guard let mkfs = RealProgram.find("mkfs.btrfs") else { return }
    let image = "\(bakery.scratch.path)/btrfs"
    guard FileManager.default.createFile(atPath: image, contents: nil), truncate(image, 256 << 20) == 0 else {
      throw TestTrouble("cannot make \(image)")
    }
    try await mkfs.run(["-q", image]).succeeded("mkfs.btrfs")
    let script = """
      mkdir "$1" && mount -o loop "$2" "$1" || exit 99
      cp -a "$3" "$1/template" && head -c 8000000 /dev/urandom >"$1/template/usr/share/large"
      : >"$1/template/usr/share/in-place" && chattr +C "$1/template/usr/share/in-place" || exit 98
      head -c 4000000 /dev/urandom >"$1/template/usr/share/in-place" && nodes=$1/nodes && shift 3
      "$@" && lsattr "$nodes/compute3/usr/share/in-place" >&2
      """
    let place = "\(bakery.scratch.path)/disk"
    let words = [
      "bake", "--from", "\(place)/template", "--site", bakery.site, "--nodes", "compute[2-3]", "--into",
      "\(place)/nodes",
      "--format", "json",
    ]
    let outcome = try await RealProgram.needed("unshare").run(
      [
        "--mount", "--propagation", "private", "sh", "-c", script, "sh", place, image, bakery.template.root,
        Imprint.program.path,
      ]
        + words, seconds: 300)
    if outcome.status == 99 { return RealProgram.missing("a btrfs to mount (\(outcome.error))") }
    let answer = try JSONDecoder().decode(Bakery.Answer.self, from: Data(outcome.output.utf8))
    #expect(
      outcome.status == 0 && answer.nodes.allSatisfy { $0.shared ?? 0 >= 12_000_000 && $0.written == 0 },
      "\(outcome.said)")
    // Without copy on write, which has to be said before there is anything in it; only then can blocks be shared at all.
    let line = outcome.error.split(separator: "\n").first { $0.hasSuffix("/in-place") }
    #expect(line?.prefix { $0 != " " }.contains("C") == true, "\(outcome.said)")
  }

  @Test("also for an ordinary user, who keeps no owners")
  func ordinaryUser() async throws {
    let bakery = try await Bakery(isSealed: false)
    guard let user = try await OrdinaryUser(bakery.scratch) else { return }
    try? FileManager.default.removeItem(atPath: "\(bakery.template.root)/usr/share/null")
    try await user.take(bakery.scratch.path)
    let outcome = try await user.run(bakery.arguments("compute[2-3]"))
    #expect(outcome.status == 0, "\(outcome.said)")
    let verified = try await user.run([
      "verify", "compute3", "--root", "\(bakery.into)/compute3", "--site", bakery.site,
    ])
    #expect(verified.status == 0, "\(verified.said)")
    let overlay = try await user.run(bakery.arguments("compute4", "overlay"))
    #expect(overlay.status == 77 && overlay.error.contains("only root"), "\(overlay.said)")
  }

  @Test("A name that is no text, a set-id bit, ACLs and deep folders come along, and go with what was half made")
  func oddities() async throws {
    let bakery = try await Bakery()
    let bash = try RealProgram.needed("bash")
    let make = """
      cd "$1/usr/share" && printf x >$'odd\\xff\\n' && chmod 4755 $'odd\\xff\\n'
      mkdir acl && setfacl -d -m u:7:r acl && setfacl -m u:7:rw first
      for i in {1..60}; do mkdir "deep$i" && cd "deep$i"; done; chmod 555 .
      """
    try await bash.run(["-euc", make, "bash", bakery.template.root]).succeeded("oddities")
    #expect(try await bakery.bake("compute2").status == 0)
    let look = """
      cd "$1/usr/share" && stat -c '%A %a %u %g %Y' $'odd\\xff\\n' first acl fifo && getfacl -n first acl && find deep1 | sort
      """
    let template = try await bash.run(["-euc", look, "bash", bakery.template.root]).succeeded("looking")
    let baked = try await bash.run(["-euc", look, "bash", "\(bakery.into)/compute2"])
    #expect(baked.output == template.output && template.output.contains("rwsr-xr-x"), "\(baked.said)")
    // As if half made: all of it goes again.
    try FileManager.default.moveItem(
      atPath: "\(bakery.into)/compute2", toPath: "\(bakery.into)/.imprint-bake/compute3.part")
    #expect(try await bakery.bake("compute3").status == 0)
    #expect(bakery.exists("compute3/usr/share/deep1/deep2") && bakery.parts.isEmpty)
  }

  /// Lends a template with flags, and takes them away again from all that is there then.
  private func withFlags(_ flags: [String: String], _ body: (Bakery) async throws -> Void) async throws {
    guard let chattr = RealProgram.find("chattr") else { return }
    let bakery = try await Bakery()
    let result: Result<Void, any Error>
    do {
      for (path, flags) in flags {
        let outcome = try await chattr.run(["+\(flags)", bakery.template.root + path])
        guard outcome.status == 0 else { return RealProgram.missing("a file system with chattr +\(flags)") }
      }
      result = .success(try await body(bakery))
    } catch {
      result = .failure(error)
    }
    // It says so of links and devices, which have none.
    _ = try await chattr.run(["-R", "-f", "-ia", bakery.scratch.path])
    try result.get()
  }

  /// What lsattr(1) says of a file or a directory itself, without what the file system notes for itself.
  private func flags(_ path: String) async throws -> String {
    let said = try await RealProgram.needed("lsattr").run(["-d", path]).succeeded("lsattr").output
    return said.prefix { $0 != " " }.filter { "iaAdSDC".contains($0) }
  }

  @Test("Flags of files and directories come along, with times, links and contents", .enabled(if: LabNode.isRoot))
  func flagged() async throws {
    // Of one file both names; a directory that takes no entry any more, with a file in it.
    let wanted = ["/usr/share/first": "iA", "/usr/share/sparse": "d", "/usr": "S", "/usr/share": "i"]
    try await withFlags(wanted) { bakery in
      let before = try TreeRecord(of: bakery.template.root)
      let (answer, status) = try await bakery.bake("compute[2-3]")
      #expect(status == 0 && answer.nodes.allSatisfy { $0.remarks.isEmpty }, "\(answer.nodes.map(\.remarks))")
      let node = "\(bakery.into)/compute3"
      for path in wanted.keys.sorted() + ["/usr/share/second", "/etc"] {
        let expected = try await flags(bakery.template.root + path)
        #expect(try await flags(node + path) == expected, "\(path)")
        #expect(path == "/etc" || !expected.isEmpty, "\(path)")
      }
      let baked = try TreeRecord(of: node)
      for path in ["/usr/share/first", "/usr/share/sparse", "/usr/share"] {
        #expect(baked[path]?.modified == before[path]?.modified, "\(path)")
      }
      #expect(baked["/usr/share/first"]?.inode == baked["/usr/share/second"]?.inode)
      let verified = try await Imprint.run(["verify", "compute3", "--root", node, "--site", bakery.site])
      #expect(verified.status == 0, "\(verified.said)")
      // Half made, it is taken away, immutable or not.
      try FileManager.default.moveItem(atPath: node, toPath: "\(bakery.into)/.imprint-bake/compute4.part")
      #expect(try await bakery.bake("compute4").status == 0)
      #expect(bakery.parts.isEmpty, "\(bakery.parts)")
      // As in a container that may not make anything immutable: it is said.
      let without = try await RealProgram.needed("setpriv").run(
        ["--bounding-set", "-linux_immutable", Imprint.program.path] + bakery.arguments("compute5"))
      #expect(without.status == 0 && without.output.contains("left out: 2"), "\(without.said)")
    }
  }

  @Test("An immutable file that has to be changed fails a node as it fails an apply", .enabled(if: LabNode.isRoot))
  func immutable() async throws {
    try await withFlags(["/etc/hosts": "i"]) { bakery in
      let (answer, status) = try await bakery.bake("compute2", "tree", ["--jobs", "1"])
      let failure = try #require(answer.node("compute2")?.failure)
      #expect(status == 74 && failure.status == 74, "\(failure.reason)")
      #expect(failure.reason.contains("/etc/hosts: it is immutable") && !failure.reason.contains(".part"))
      #expect(failure.reason.contains("chattr -ia \(bakery.template.root)/etc/hosts"), "\(failure.reason)")
      #expect(bakery.parts.isEmpty && !bakery.exists("compute2"), "\(bakery.parts)")
      let applied = try await bakery.template.run("apply", "--yes")
      #expect(applied.status == 74 && applied.error.contains("/etc/hosts: it is immutable"), "\(applied.said)")
    }
  }

  @Test("A profile that only the template's image has is found there", .enabled(if: LabNode.isRoot))
  func ownProfile() async throws {
    let bakery = try await Bakery(isSealed: false)
    let root = bakery.template.root
    try FileManager.default.removeItem(atPath: "\(root)/usr/share/sparse")
    let profile = try String(contentsOfFile: "\(Repository.path)/Profiles/centos7-rdo.toml", encoding: .utf8)
    try LabNode.write(profile, "\(root)/etc/imprint/profiles/rackos.toml")
    let raw = "\(bakery.scratch.path)/template.raw"
    try await RealProgram.needed("mke2fs").run(["-q", "-t", "ext4", "-d", root, raw, "16M"]).succeeded("mke2fs")
    try await RealProgram.needed("qemu-img").run(["convert", "-f", "raw", "-O", "qcow2", raw, "\(raw).qcow2"])
      .succeeded("qemu-img")
    let before = try Data(contentsOf: URL(fileURLWithPath: raw))
    let text = try String(contentsOfFile: bakery.site, encoding: .utf8)
    for image in [raw, "\(raw).qcow2"] {
      let into = "\(image).nodes"
      func bake(_ profile: String, _ more: [String] = []) async throws -> RealProgram.Outcome {
        try bakery.scratch.write("[site]\nprofile = \"\(profile)\"\n\n" + text, to: "site.toml")
        return try await Imprint.run(
          ["bake", "--from", image, "--site", bakery.site, "--nodes", "compute[2-3]", "--into", into] + more,
          seconds: 300)
      }
      let unknown = try await bake("rackoss")
      if unknown.said.contains("attach a loop device") { return RealProgram.missing("a loop device") }
      #expect(unknown.status == 65 && unknown.error.contains("unknown profile"), "\(unknown.said)")
      #expect(unknown.error.contains("rackos") && !unknown.error.contains("compute2"), "\(unknown.said)")
      let named = try await bake("centos7-rdo", ["--profile", "nosuch"])
      #expect(named.status == 65 && named.error.contains("no platform profile nosuch"), "\(named.said)")
      let outcome = try await bake("rackos")
      #expect(outcome.status == 0 && outcome.output.contains("2 of 2"), "\(outcome.said)")
      #expect(try await RealProgram.needed("losetup").run(["-j", image]).output.isEmpty)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: raw)) == before)
  }

  @Test("A node that is the template's own keeps what it has, and that is said")
  func original() async throws {
    let bakery = try await Bakery(isSealed: false)
    let (answer, status) = try await bakery.bake("compute,compute2")
    #expect(status == 0)
    #expect(answer.node("compute")?.remarks.contains { $0.contains("the template is compute's own") } == true)
    #expect(answer.node("compute2")?.remarks.contains { $0.contains("own") } == false)
  }

  @Test("What cannot be meant is refused before anything is made")
  func refused() async throws {
    let bakery = try await Bakery()
    let root = bakery.template.root
    func refusal(_ more: [String: String], _ status: Int, _ words: String) async throws {
      var options = ["--from": root, "--site": bakery.site, "--nodes": "compute2", "--into": bakery.into]
      options.merge(more) { $1 }
      let outcome = try await Imprint.run(["bake"] + options.flatMap { [$0.key, $0.value] })
      #expect(outcome.status == status && outcome.error.contains(words), "\(more): \(outcome.said)")
    }
    let before = try TreeRecord(of: root)
    try await refusal(
      ["--nodes": "compute[2-12]"], 64, "no nodes compute[10-12]; it has controller, compute, compute[2-9]")
    try await refusal(["--nodes": "compute[2-"], 64, "'[' has no partner")
    try await refusal(["--into": "\(root)/nodes"], 64, "inside the template")
    try await refusal(["--into": "\(root)/usr"], 64, "inside the template")
    try await refusal(["--into": bakery.scratch.path], 64, "lies inside")
    try await refusal(["--into": "\(bakery.scratch.path)/no/such"], 65, "No such file")
    try await refusal(["--from": "/"], 64, "running system")
    try await refusal(["--from": "/proc/self/root"], 64, "running system")
    try await refusal(["--from": "\(root)/nosuch"], 65, "No such file")
    try await refusal(["--form": "image"], 64, "cannot be baked as image")
    try await refusal(["--jobs": "0"], 64, "--jobs takes")
    try await refusal(["--profile": "nosuch"], 65, "no platform profile nosuch")
    try await refusal(["--site": "\(root)/nosuch"], 65, "cannot read")
    #expect(!bakery.exists(""))
    try bakery.scratch.write("somebody's\n", to: "nodes/compute2/file")
    try await refusal([:], 65, "has compute2 already, and not from a bake")
    #expect(try String(contentsOfFile: "\(bakery.into)/compute2/file", encoding: .utf8) == "somebody's\n")
    #expect(try await bakery.bake("compute3").status == 0)
    if LabNode.isRoot {
      try await refusal(["--nodes": "compute3", "--form": "overlay"], 65, "in another form")
    }
    #expect(try TreeRecord(of: root).differences(from: before, .untouched) == [])
  }
}
