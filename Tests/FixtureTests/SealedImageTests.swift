import CLinux
import Foundation
import Glibc
import Support
import Testing

/// Images of disks that are sealed as they lie there: mounted where nobody sees it, and let go of.
@Suite("Sealing: images of disks", .enabled(if: LabNode.isRoot), .serialized)
struct SealedImageTests {
  enum Layout: String, CaseIterable, Sendable { case whole, mbr, logical, gpt }

  private static let megabyte = 1 << 20

  /// A disk of 24 MiB with the node's tree in a file system from 4 MiB on; or that file system alone.
  private static func image(_ node: LabNode, _ layout: Layout, in scratch: Scratch) async throws -> String {
    let volume = "\(scratch.path)/\(layout).ext4"
    try await RealProgram.needed("mke2fs").run(["-q", "-t", "ext4", "-d", node.root, volume, "16M"]).succeeded("mke2fs")
    if layout == .whole { return volume }
    var disk = [UInt8](repeating: 0, count: 24 * megabyte)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: volume)))
    disk.replaceSubrange(4 * megabyte..<4 * megabyte + bytes.count, with: bytes)
    table(layout, &disk)
    let image = "\(scratch.path)/\(layout).raw"
    try Data(disk).write(to: URL(fileURLWithPath: image))
    return image
  }

  /// As sfdisk(8) writes it, checksums left out: nothing here reads them.
  private static func table(_ layout: Layout, _ disk: inout [UInt8]) {
    func put(_ value: UInt64, _ at: Int, _ count: Int) {
      for index in 0..<count { disk[at + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
    }
    func entry(_ sector: Int, _ number: Int, type: UInt8, start: UInt64, size: UInt64) {
      let at = sector * 512 + 446 + 16 * number
      disk[at + 4] = type
      put(start, at + 8, 4)
      put(size, at + 12, 4)
      (disk[sector * 512 + 510], disk[sector * 512 + 511]) = (0x55, 0xAA)
    }
    let (first, size) = (UInt64(4 * megabyte / 512), UInt64(16 * megabyte / 512))
    switch layout {
    case .whole: break
    case .mbr:
      entry(0, 0, type: 0x83, start: 2048, size: 2048)
      entry(0, 1, type: 0x83, start: first, size: size)
    case .logical:
      entry(0, 0, type: 0x0F, start: 2048, size: 40000)
      entry(2048, 0, type: 0x83, start: first - 2048, size: size)
    case .gpt:
      entry(0, 0, type: 0xEE, start: 1, size: 49151)
      for (index, byte) in "EFI PART".utf8.enumerated() { disk[512 + index] = byte }
      put(2, 512 + 72, 8)
      put(128, 512 + 80, 4)
      put(128, 512 + 84, 4)
      let at = 1024 + 128 * 2
      disk[at] = 0xAF
      put(first, at + 32, 8)
      put(first + size - 1, at + 40, 8)
    }
  }

  /// What debugfs(8) reads of a file in the image, without mounting it.
  private static func text(_ path: String, in image: String, _ layout: Layout) async throws -> String {
    let place = layout == .whole ? image : "\(image)?offset=\(4 * megabyte)"
    return try await RealProgram.needed("debugfs").run(["-R", "cat \(path)", place]).output
  }

  private static func canAttach(_ scratch: Scratch) throws -> Bool {
    try scratch.write("x", to: "probe")
    let file = open("\(scratch.path)/probe", O_RDWR | O_CLOEXEC)
    defer { close(file) }
    var name = [CChar](repeating: 0, count: 64)
    let loop = imprint_attach_loop(file, 0, 0, &name, name.count)
    guard loop >= 0 else {
      RealProgram.missing("a loop device")
      return false
    }
    close(loop)
    return true
  }

  @Test("is sealed whatever its partitions are, and nothing of it stays mounted", arguments: Layout.allCases)
  func sealed(_ layout: Layout) async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let node = try await LabNode(in: scratch)
    let image = try await Self.image(node, layout, in: scratch)
    let key = try await Self.text("/etc/ssh/ssh_host_ed25519_key", in: image, layout)
    #expect(key.contains("PRIVATE KEY"))
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0 && outcome.output.contains("\(image) is sealed: "), "\(outcome.said)")
    #expect(!outcome.said.contains("/proc/self/fd"))
    #expect(try await Self.text("/etc/ssh/ssh_host_ed25519_key", in: image, layout).isEmpty)
    #expect(try await Self.text("/var/lib/imprint/sealed", in: image, layout).hasPrefix("imprint-sealed\t1\n"))
    let again = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(again.status == 0 && again.output.contains("nothing is changed"), "\(again.said)")
    let losetup = try await RealProgram.needed("losetup").run(["-j", image]).succeeded("losetup -j")
    #expect(losetup.output.isEmpty)
    if layout == .whole {
      let check = try await RealProgram.needed("e2fsck").run(["-f", "-n", image])
      #expect(check.status == 0, "\(check.said)")
    }
  }

  @Test("that stands for something else, or is in use, is left alone and named")
  func refused() async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let node = try await LabNode(in: scratch)
    let image = try await Self.image(node, .whole, in: scratch)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: image))
    func seal(_ path: String) async throws -> RealProgram.Outcome {
      try await Imprint.run(["seal", "--image", path, "--yes"])
    }
    // A guest's image is locked by qemu in this way.
    let file = open(image, O_RDWR | O_CLOEXEC)
    #expect(imprint_claim_file(file, 0) == 0)
    let locked = try await seal(image)
    #expect(locked.status == 75 && locked.error.contains("is in use"), "\(locked.said)")
    close(file)
    let losetup = try RealProgram.needed("losetup")
    let device = try await losetup.run(["-f", "--show", "-r", image]).succeeded("losetup").output
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let attached = try await seal(image)
    try await losetup.run(["-d", device]).succeeded("losetup -d")
    #expect(attached.status == 75 && attached.error.contains("loop device"), "\(attached.said)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == bytes)

    try scratch.write("QFI\u{0}", to: "plain")
    var qcow = Data("QFI".utf8 + [0xFB])
    qcow.append(Data(count: 4096))
    try qcow.write(to: URL(fileURLWithPath: "\(scratch.path)/disk.qcow2"))
    let foreign = try await seal("\(scratch.path)/disk.qcow2")
    #expect(foreign.status == 65 && foreign.error.contains("qemu-nbd"), "\(foreign.said)")
    #expect(try await seal("\(scratch.path)/nosuch").status == 65)
    #expect(try await seal(scratch.path).status != 0)
    let empty = try await seal("\(scratch.path)/plain")
    #expect(empty.status == 65 && empty.error.contains("no root file system"), "\(empty.said)")

    // What is on another file system would stay.
    try LabNode.write("/dev/sda1 / ext4 defaults 0 1\n/dev/sda2 /var ext4 defaults 0 2\n", "\(node.root)/etc/fstab")
    let split = try await Self.image(node, .gpt, in: scratch)
    let outcome = try await seal(split)
    #expect(outcome.status == 65 && outcome.error.contains("/var of"), "\(outcome.said)")
  }

  @Test("A block device is sealed like an image, and a mounted one is not")
  func device() async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let image = try await Self.image(LabNode(in: scratch), .gpt, in: scratch)
    let losetup = try RealProgram.needed("losetup")
    let device = try await losetup.run(["-f", "--show", image]).succeeded("losetup").output
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let outcome = try await Imprint.run(["seal", "--image", device, "--yes"])
    try await losetup.run(["-d", device]).succeeded("losetup -d")
    #expect(outcome.status == 0 && outcome.output.contains("is sealed: "), "\(outcome.said)")
    #expect(try await Self.text("/etc/ssh/ssh_host_ed25519_key", in: image, .gpt).isEmpty)
  }
}
