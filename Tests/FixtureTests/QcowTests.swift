import CLinux
import Foundation
import Glibc
import Support
import Testing

/// qcow2 images, with the real qemu-img as the judge of what comes out.
@Suite("Sealing and baking: qcow2 images", .enabled(if: LabNode.isRoot), .serialized)
struct QcowTests {
  private let scratch: Scratch
  private let node: LabNode
  private let folder: String
  private var image: String { "\(folder)/template.qcow2" }

  init() async throws {
    scratch = try Scratch()
    node = try await LabNode(in: scratch)
    folder = "\(scratch.path)/images"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let raw = "\(scratch.path)/template.raw"
    try await RealProgram.needed("mke2fs").run(["-q", "-t", "ext4", "-d", node.root, raw, "16M"]).succeeded("mke2fs")
    try await Self.qemu("convert", "-f", "raw", "-O", "qcow2", raw, "\(folder)/template.qcow2")
  }

  @discardableResult
  private static func qemu(_ arguments: String...) async throws -> String {
    try await RealProgram.needed("qemu-img").run(arguments).succeeded("qemu-img \(arguments.joined(separator: " "))")
      .output
  }

  /// Its first try may measure the time of the processor as none at all ("Unable to get accurate CPU usage").
  private static func encrypted(_ image: String) async throws {
    let words = [
      "create", "-f", "qcow2", "--object", "secret,id=s,data=abc", "-o", "encrypt.format=luks,encrypt.key-secret=s",
      image, "16M",
    ]
    for _ in 1..<20 {
      if try await RealProgram.needed("qemu-img").run(words).status == 0 { return }
    }
    try await RealProgram.needed("qemu-img").run(words).succeeded("qemu-img create")
  }

  private func seal() async throws -> RealProgram.Outcome {
    try await Imprint.run(["seal", "--image", image, "--yes"])
  }

  /// What the image is like, without what it holds.
  private func features() async throws -> [String] {
    let all = try await Self.qemu("info", image)
    return all.split(separator: "\n").map(String.init).filter { line in
      ["file format", "virtual size", "cluster_size", "    compat", "    compression", "    lazy", "    extended"]
        .contains { line.hasPrefix($0) }
    }
  }

  /// The disk that it stands for.
  private func disk() async throws -> Data {
    let raw = "\(scratch.path)/out.raw"
    try await Self.qemu("convert", "-f", "qcow2", "-O", "raw", image, raw)
    return try Data(contentsOf: URL(fileURLWithPath: raw))
  }

  private var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }

  /// A line in the middle of the host's private key, which must be nowhere, not even in free blocks.
  private var keyLine: Data {
    get throws {
      let key = try String(contentsOfFile: node.root + "/etc/ssh/ssh_host_ed25519_key", encoding: .utf8)
      return try Data(#require(key.split(separator: "\n").dropFirst(2).first).utf8)
    }
  }

  @Test(
    "is sealed, and is made like it was; of the old keys nothing is left in it",
    arguments: [
      [], ["-c"], ["-o", "compat=0.10"], ["-o", "cluster_size=4096,lazy_refcounts=on"],
      ["-c", "-o", "compression_type=zstd"], ["-o", "extended_l2=on,cluster_size=131072"],
    ])
  func sealed(_ options: [String]) async throws {
    let raw = "\(scratch.path)/template.raw"
    _ = try await RealProgram.needed("qemu-img").run(
      ["convert", "-f", "raw", "-O", "qcow2"] + options + [raw, image]
    ).succeeded("qemu-img convert")
    #expect(chmod(image, 0o640) == 0 && chown(image, 7, 8) == 0)
    try await RealProgram.needed("setfattr").run(["-n", "user.origin", "-v", "lab", image]).succeeded("setfattr")
    let before = try await features()
    let line = try keyLine
    #expect(try await disk().range(of: line) != nil)
    let outcome = try await seal()
    if outcome.said.contains("attach a loop device") { return RealProgram.missing("a loop device") }
    #expect(outcome.status == 0 && outcome.output.contains("\(image) is sealed: "), "\(outcome.said)")
    #expect(!outcome.said.contains("/proc/") && !outcome.output.contains("free now still hold"), "\(outcome.said)")
    #expect(try await features() == before)
    let check = try await Self.qemu("check", "-f", "qcow2", image)
    #expect(options.contains("-c") == !check.contains(" 0.00% compressed"), "\(check)")
    #expect(try await disk().range(of: line) == nil)
    let out = "\(scratch.path)/out.raw"
    #expect(try await RealProgram.needed("e2fsck").run(["-f", "-n", out]).status == 0)
    let record = try await RealProgram.needed("debugfs").run(["-R", "cat /var/lib/imprint/sealed", out]).output
    #expect(record.hasPrefix("imprint-sealed\t1\n"))
    var status = stat()
    #expect(stat(image, &status) == 0 && status.st_mode & 0o7777 == 0o640 && status.st_uid == 7 && status.st_gid == 8)
    let origin = try await RealProgram.needed("getfattr").run(["--only-values", "-n", "user.origin", image]).output
    #expect(origin == "lab")
    // A second one has nothing to do, and does nothing.
    let bytes = try Data(contentsOf: URL(fileURLWithPath: image))
    let again = try await seal()
    #expect(again.status == 0 && again.output.contains("nothing is changed"), "\(again.said)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == bytes)
    #expect(try names == ["template.qcow2"])
  }

  @Test("is sealed while somebody looks at each loop device that comes, as udev does", .timeLimit(.minutes(2)))
  func watched() async throws {
    let watch = Task.detached {
      while !Task.isCancelled {
        let opened = (0..<32).map { open("/dev/loop\($0)", O_RDONLY | O_CLOEXEC) }
        usleep(150_000)
        for file in opened where file >= 0 { close(file) }
      }
    }
    defer { watch.cancel() }
    let raw = "\(scratch.path)/template.raw"
    for path in [image, raw, raw] {
      let outcome = try await Imprint.run(["seal", "--image", path, "--yes"])
      if outcome.said.contains("attach a loop device") { return RealProgram.missing("a loop device") }
      #expect(outcome.status == 0, "\(outcome.said)")
    }
  }

  @Test("that is more than one file, or not sound, or in use, is refused in plain words, and stays as it is")
  func refused() async throws {
    let other = "\(scratch.path)/other.qcow2"
    func refusal(_ status: Int, _ words: String) async throws {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: image))
      let outcome = try await seal()
      #expect(outcome.status == status && outcome.error.contains(words), "\(outcome.said)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == bytes)
      #expect(try names == ["template.qcow2"])
    }
    try FileManager.default.linkItem(atPath: image, toPath: other)
    let linked = try await seal()
    #expect(linked.status == 65 && linked.error.contains("has 2 names"), "\(linked.said)")
    try FileManager.default.removeItem(atPath: other)
    try FileManager.default.copyItem(atPath: image, toPath: other)
    let file = open(image, O_RDWR | O_CLOEXEC)
    #expect(imprint_claim_file(file) == 0)
    try await refusal(75, "is in use")
    close(file)
    try await Self.qemu("snapshot", "-c", "before", image)
    try await refusal(65, "it has snapshots")
    try await Self.qemu("create", "-f", "qcow2", "-F", "qcow2", "-b", other, image)
    try await refusal(65, "it has a backing file")
    try await Self.encrypted(image)
    try await refusal(65, "it is encrypted")
    try await Self.qemu("create", "-f", "qcow2", "-o", "data_file=\(scratch.path)/data,data_file_raw=on", image, "16M")
    try await refusal(65, "its data are in another file")
    // The table of its clusters points into nowhere.
    var bytes = try Data(contentsOf: URL(fileURLWithPath: other))
    let table = Int(bytes[40..<48].reduce(0) { $0 << 8 | UInt64($1) })
    bytes.replaceSubrange(table..<table + 8, with: [0x80, 0, 0, 0, 0x7F, 0xFF, 0, 0])
    try bytes.write(to: URL(fileURLWithPath: image))
    try await refusal(65, "is not sound")
    // Half a head.
    try Data(bytes.prefix(80)).write(to: URL(fileURLWithPath: image))
    #expect(try await seal().status != 0)
  }

  @Test("that cannot be copied for want of room stays as it is", .enabled(if: LabNode.isRoot))
  func full() async throws {
    let script = """
      mount -t tmpfs -o size=$(($(stat -c %s "$2") + 100000)) tmpfs "$1" && cp "$2" "$1/i.qcow2" || exit 99
      "$0" seal --image "$1/i.qcow2" --yes; status=$?
      cmp "$2" "$1/i.qcow2" || exit 98
      echo "$(ls -A "$1")"
      exit $status
      """
    let room = "\(scratch.path)/room"
    try FileManager.default.createDirectory(atPath: room, withIntermediateDirectories: true)
    let raw = "\(scratch.path)/template.raw"
    try await Self.qemu("convert", "-c", "-f", "raw", "-O", "qcow2", raw, image)
    let outcome = try await RealProgram.needed("unshare").run(
      ["--mount", "--propagation", "private", "sh", "-c", script, Imprint.program.path, room, image])
    #expect(outcome.status == 74 && outcome.error.contains("No space left"), "\(outcome.said)")
    #expect(outcome.output.hasSuffix("i.qcow2\n") && !outcome.output.contains("is sealed"), "\(outcome.said)")
  }

  @Test("is as it was or sealed whenever imprint is killed, and nothing lies about")
  func killed() async throws {
    let script = #""$0" seal --image "$1" --yes > /dev/null 2>&1 & sleep "$2"; kill -9 $!; wait $! 2>/dev/null; exit 0"#
    let before = try Data(contentsOf: URL(fileURLWithPath: image))
    for step in 1...12 {
      try before.write(to: URL(fileURLWithPath: image))
      let seconds = Double(step) * 0.03
      _ = try await RealProgram.needed("sh").run(["-c", script, Imprint.program.path, image, "\(seconds)"])
      try await Self.qemu("check", "-f", "qcow2", image)
      let isAsItWas = try Data(contentsOf: URL(fileURLWithPath: image)) == before
      _ = try await disk()
      let record = try await RealProgram.needed("debugfs").run(
        ["-R", "cat /var/lib/imprint/sealed", "\(scratch.path)/out.raw"]
      ).output
      #expect(isAsItWas == record.isEmpty)
      #expect(try names == ["template.qcow2"])
    }
    // A device goes with its mount, which ends a moment after who made it.
    var devices = ""
    for _ in 1...50 {
      devices = try await RealProgram.needed("losetup").run(["-l", "-n", "-O", "NAME,AUTOCLEAR,BACK-FILE"]).output
      if !devices.contains(folder) { break }
      try await Task.sleep(for: .milliseconds(100))
    }
    #expect(!devices.contains(folder), "\(devices)")
    let outcome = try await seal()
    if outcome.said.contains("attach a loop device") { return RealProgram.missing("a loop device") }
    #expect(outcome.status == 0, "\(outcome.said)")
  }

  @Test("is baked into one for each node, and the template is not touched")
  func baked() async throws {
    let before = try Data(contentsOf: URL(fileURLWithPath: image))
    let (site, into) = (try scratch.write(LabNode.siteText, to: "site.toml"), "\(scratch.path)/nodes")
    let arguments = ["bake", "--from", image, "--site", site, "--nodes", "compute2", "--into", into]
    let outcome = try await Imprint.run(arguments, seconds: 300)
    if outcome.said.contains("attach a loop device") { return RealProgram.missing("a loop device") }
    #expect(outcome.status == 0 && outcome.output.contains("1 of 1 images"), "\(outcome.said)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == before)
    let (baked, raw, root) = ("\(into)/compute2.qcow2", "\(scratch.path)/baked.raw", "\(scratch.path)/out")
    var status = stat()
    #expect(stat(baked, &status) == 0 && status.st_mode & 0o7777 == 0o600, "it has private keys")
    try await Self.qemu("check", "-f", "qcow2", baked)
    try await Self.qemu("convert", "-f", "qcow2", "-O", "raw", baked, raw)
    #expect(try await RealProgram.needed("e2fsck").run(["-f", "-n", raw]).status == 0)
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    try await RealProgram.needed("debugfs").run(["-R", "rdump / \(root)", raw]).succeeded("rdump")
    #expect(try await Imprint.run(["verify", "compute2", "--root", root, "--site", site]).status == 0)
    // What is finished stays; what is asked for as another form is refused.
    let made = try Data(contentsOf: URL(fileURLWithPath: baked))
    #expect(try await Imprint.run(arguments, seconds: 300).status == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: baked)) == made)
    #expect(try await Imprint.run(arguments + ["--form", "tree"]).status == 64)
    // A template that a guest runs from is none.
    let file = open(image, O_RDWR | O_CLOEXEC)
    defer { close(file) }
    #expect(imprint_claim_file(file) == 0)
    #expect(
      try await Imprint.run(["bake", "--from", image, "--site", site, "--nodes", "compute2", "--into", into]).status
        == 75)
  }
}
