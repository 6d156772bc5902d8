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

  private static func put(_ value: UInt64, _ disk: inout [UInt8], _ at: Int, _ count: Int) {
    for index in 0..<count { disk[at + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
  }

  /// One of the four of an MBR, or of a logical partition's.
  private static func entry(
    _ disk: inout [UInt8], _ sector: Int, _ number: Int, type: UInt8, start: UInt64, size: UInt64
  ) {
    let at = sector * 512 + 446 + 16 * number
    disk[at + 4] = type
    put(start, &disk, at + 8, 4)
    put(size, &disk, at + 12, 4)
    (disk[sector * 512 + 510], disk[sector * 512 + 511]) = (0x55, 0xAA)
  }

  /// As sfdisk(8) writes it, checksums left out: nothing here reads them.
  private static func table(_ layout: Layout, _ disk: inout [UInt8]) {
    let (first, size) = (UInt64(4 * megabyte / 512), UInt64(16 * megabyte / 512))
    switch layout {
    case .whole: break
    case .mbr:
      entry(&disk, 0, 0, type: 0x83, start: 2048, size: 2048)
      entry(&disk, 0, 1, type: 0x83, start: first, size: size)
    case .logical:
      entry(&disk, 0, 0, type: 0x0F, start: 2048, size: 40000)
      entry(&disk, 2048, 0, type: 0x83, start: first - 2048, size: size)
    case .gpt:
      entry(&disk, 0, 0, type: 0xEE, start: 1, size: 49151)
      for (index, byte) in "EFI PART".utf8.enumerated() { disk[512 + index] = byte }
      put(2, &disk, 512 + 72, 8)
      put(128, &disk, 512 + 80, 4)
      put(128, &disk, 512 + 84, 4)
      let at = 1024 + 128 * 2
      disk[at] = 0xAF
      put(first, &disk, at + 32, 8)
      put(first + size - 1, &disk, at + 40, 8)
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
    let loop = imprint_attach_loop(file, 0, 0, 1, &name, name.count)
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
    // Until it is told to, it changes nothing, not even what a file system keeps of its mounts.
    let untouched = try Data(contentsOf: URL(fileURLWithPath: image))
    for (words, status) in [([], 64), (["--yes", "--keep", "nosuch"], 64), (["--yes", "--profile", "nosuch"], 65)] {
      #expect(try await Imprint.run(["seal", "--image", image] + words).status == Int32(status))
      #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == untouched, "\(words)")
    }
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0 && outcome.output.contains("\(image) is sealed: "), "\(outcome.said)")
    #expect(!outcome.said.contains("/proc/self/fd"))
    #expect(try await Self.text("/etc/ssh/ssh_host_ed25519_key", in: image, layout).isEmpty)
    #expect(try await Self.text("/var/lib/imprint/sealed", in: image, layout).hasPrefix("imprint-sealed\t1\n"))
    let sealed = try Data(contentsOf: URL(fileURLWithPath: image))
    // Nor do its blocks have it.
    let secret = try #require(key.split(separator: "\n").dropFirst().first)
    #expect(untouched.range(of: Data(secret.utf8)) != nil && sealed.range(of: Data(secret.utf8)) == nil)
    let again = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(again.status == 0 && again.output.contains("nothing is changed"), "\(again.said)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == sealed)
    let losetup = try await RealProgram.needed("losetup").run(["-j", image]).succeeded("losetup -j")
    #expect(losetup.output.isEmpty)
    if layout == .whole {
      let check = try await RealProgram.needed("e2fsck").run(["-f", "-n", image])
      #expect(check.status == 0, "\(check.said)")
    }
  }

  /// A disk with a physical volume of LVM from 1 MiB on, made by lvm(8) itself: /swap and the root lie in one piece each, a third
  /// volume in two. No device mapper is asked for, so that any kernel will do.
  private static func logical(_ node: LabNode, in scratch: Scratch) async throws -> (image: String, root: Int) {
    let (image, size) = ("\(scratch.path)/lvm.raw", 96 * megabyte)
    var disk = [UInt8](repeating: 0, count: size)
    entry(&disk, 0, 0, type: 0x8E, start: 2048, size: UInt64((size - megabyte) / 512))
    try Data(disk).write(to: URL(fileURLWithPath: image))
    let file = open(image, O_RDWR | O_CLOEXEC)
    defer { close(file) }
    var name = [CChar](repeating: 0, count: 64)
    let loop = imprint_attach_loop(file, UInt64(megabyte), UInt64(size - megabyte), 1, &name, name.count)
    try #require(loop >= 0)
    defer { close(loop) }
    let device = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let config =
      "devices{use_devicesfile=0 global_filter=[\"a|^\(device)$|\",\"r|.*|\"]} "
      + "activation{udev_sync=0 udev_rules=0} backup{backup=0 archive=0}"
    func lvm(_ arguments: String...) async throws -> String {
      try await RealProgram.needed("lvm").run(
        arguments.prefix(1) + ["--config", config, "--driverloaded", "n"] + arguments.dropFirst()
      ).succeeded(arguments.joined(separator: " ")).output
    }
    let new = ["-an", "-Zn", "-Wn"]
    func create(_ name: String, _ extents: Int) async throws {
      _ = try await lvm("lvcreate", new[0], new[1], new[2], "-l", "\(extents)", "-n", name, "centos")
    }
    _ = try await lvm("pvcreate", "-q", device)
    _ = try await lvm("vgcreate", "-s", "1M", "centos", device)
    try await create("swap", 8)
    try await create("data", 4)
    try await create("root", 20)
    _ = try await lvm("lvextend", "-l", "+4", "centos/data")
    // Where the volume is, in lvm's own words.
    let said = try await lvm(
      "pvs", "--segments", "--noheadings", "--units", "b", "--nosuffix", "-o",
      "lv_name,pe_start,pvseg_start,vg_extent_size",
      device)
    let fields = try #require(
      said.split(separator: "\n").map { $0.split(separator: " ") }.first { $0.first == "root" }?.dropFirst().compactMap
      { Int($0) })
    let root = megabyte + fields[0] + fields[1] * fields[2]
    let volume = "\(scratch.path)/root.ext4"
    try await RealProgram.needed("mke2fs").run(["-q", "-t", "ext4", "-d", node.root, volume, "16M"]).succeeded("mke2fs")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: volume)))
    #expect(pwrite(file, bytes, bytes.count, off_t(root)) == bytes.count)
    return (image, root)
  }

  @Test("with its root in a logical volume is sealed there, and LVM's own metadata are as they were")
  func logicalVolume() async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let node = try await LabNode(in: scratch)
    let (image, root) = try await Self.logical(node, in: scratch)
    func outside() throws -> [UInt8] {
      var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: image)))
      bytes.replaceSubrange(root..<root + 20 * Self.megabyte, with: [])
      return bytes
    }
    let before = try outside()
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0 && outcome.output.contains("\(image) is sealed: "), "\(outcome.said)")
    #expect(try outside() == before)
    let volume = "\(image)?offset=\(root)"
    let debugfs = try RealProgram.needed("debugfs")
    #expect(try await debugfs.run(["-R", "cat /etc/ssh/ssh_host_ed25519_key", volume]).output.isEmpty)
    #expect(
      try await debugfs.run(["-R", "cat /var/lib/imprint/sealed", volume]).output.hasPrefix("imprint-sealed\t1\n"))
    // What cannot be reached is named, where there is nothing else.
    let file = open(image, O_RDWR | O_CLOEXEC)
    #expect(pwrite(file, [UInt8](repeating: 0, count: 4096), 4096, off_t(root)) == 4096)
    close(file)
    let refused = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(refused.status != 0 && refused.error.contains("centos/data, which has snapshots or lies in several pieces"))
  }

  /// Lends the root of a file system in a file, mounted where nobody sees it.
  private static func mounted<Result>(
    _ image: String, _ type: String, _ body: (String) async throws -> Result
  ) async throws -> Result {
    let file = open(image, O_RDWR | O_CLOEXEC)
    defer { close(file) }
    var name = [CChar](repeating: 0, count: 64)
    let loop = imprint_attach_loop(file, 0, 0, 1, &name, name.count)
    try #require(loop >= 0)
    defer { close(loop) }
    let root = imprint_mount_aside(name, type, 1, nil)
    try #require(root >= 0)
    defer { close(root) }
    return try await body("/proc/\(getpid())/fd/\(root)")
  }

  @Test("of XFS, which Red Hat's systems have, is sealed")
  func xfs() async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let node = try await LabNode(in: scratch)
    let image = "\(scratch.path)/xfs.raw"
    // The least that mkfs.xfs(8) makes.
    try await RealProgram.needed("mkfs.xfs").run(["-q", "-d", "file,name=\(image),size=300m"]).succeeded("mkfs.xfs")
    try await Self.mounted(image, "xfs") { root in
      _ = try await RealProgram.needed("cp").run(["-a", node.root + "/.", root]).succeeded("cp")
    }
    let (copy, qcow) = ("\(scratch.path)/copy.raw", "\(scratch.path)/xfs.qcow2")
    let qemu = try RealProgram.needed("qemu-img")
    for (format, path) in [("raw", copy), ("qcow2", qcow)] {
      try await qemu.run(["convert", "-f", "raw", "-O", format, image, path]).succeeded("qemu-img convert")
    }
    // Also while a copy of it is mounted, which has the same UUID.
    let outcome = try await Self.mounted(copy, "xfs") { _ in
      try await Imprint.run(["seal", "--image", image, "--yes"])
    }
    #expect(outcome.status == 0 && outcome.output.contains("\(image) is sealed: "), "\(outcome.said)")
    // XFS lets go of what was removed some time later: nothing of it comes into the new image.
    let other = try await Imprint.run(["seal", "--image", qcow, "--yes"])
    #expect(other.status == 0, "\(other.said)")
    try await qemu.run(["convert", "-f", "qcow2", "-O", "raw", qcow, copy]).succeeded("qemu-img convert")
    let key = try String(contentsOfFile: "\(node.root)/etc/ssh/ssh_host_ed25519_key", encoding: .utf8)
    let secret = Data(try #require(key.split(separator: "\n").dropFirst().first).utf8)
    #expect(try Data(contentsOf: URL(fileURLWithPath: copy)).range(of: secret) == nil)
    try await Self.mounted(image, "xfs") { root in
      #expect(!FileManager.default.fileExists(atPath: root + "/etc/ssh/ssh_host_ed25519_key"))
      let record = try String(contentsOfFile: root + "/var/lib/imprint/sealed", encoding: .utf8)
      #expect(record.hasPrefix("imprint-sealed\t1\n"))
    }
  }

  /// A GPT with /boot, /var and the root, each a file system of its own, called in three ways.
  private static func split(
    _ node: LabNode, in scratch: Scratch, without line: String? = nil, keeping kept: String? = nil
  ) async throws -> (image: String, variable: String) {
    let uuid = "6A2C7A0E-5d0e-4b0c-8a1e-2f7f5a0f3a01"
    let parts = "\(scratch.path)/parts"
    let files = FileManager.default
    try files.createDirectory(atPath: "\(parts)/boot", withIntermediateDirectories: true)
    try files.moveItem(atPath: "\(node.root)/var", toPath: "\(parts)/var")
    for name in ["var", "boot"] {
      try files.createDirectory(atPath: "\(node.root)/\(name)", withIntermediateDirectories: true)
    }
    if let kept { try LabNode.write("x", node.root + kept) }
    let table = [
      "LABEL=top / ext4 defaults 0 1", "UUID=\"\(uuid)\" /var/ ext4 defaults 0 2", "/dev/vda1\t/boot\text4\tdefaults",
      // Of two for one place the first counts.
      "LABEL=boot /var ext4 defaults 0 2", "LABEL=boot /nowhere/in/it ext4 defaults 0 0", "LABEL=boot /mnt ext4 noauto",
      "nas:/home /home nfs defaults",
    ]
    let lines = table.filter { line == nil || !$0.contains(line ?? "") }
    try LabNode.write(lines.map { "\($0)\n" }.joined(), "\(node.root)/etc/fstab")
    let image = "\(scratch.path)/split.raw"
    try Data(count: 64 << 20).write(to: URL(fileURLWithPath: image))
    try await RealProgram.needed("bash").run([
      "-euc",
      "printf 'label: gpt\nstart=2048,size=16384\nstart=20480,size=32768,type=4D21B016-B534-45C2-A9FB-5C16E091FD2D\nstart=55296,size=32768\n' | sfdisk -q \"$1\"",
      "bash", image,
    ]).succeeded("sfdisk")
    let file = open(image, O_RDWR | O_CLOEXEC)
    defer { close(file) }
    for (tree, words, megabytes, sector) in [
      ("\(parts)/boot", ["-L", "boot"], 8, 2048), ("\(parts)/var", ["-U", uuid], 16, 20480),
      (node.root, ["-L", "top"], 16, 55296),
    ] {
      let volume = "\(scratch.path)/part.ext4"
      try? files.removeItem(atPath: volume)
      try await RealProgram.needed("mke2fs").run(
        ["-q", "-t", "ext4"] + words + ["-d", tree, volume, "\(megabytes)M"]
      ).succeeded("mke2fs")
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: volume)))
      #expect(pwrite(file, bytes, bytes.count, off_t(sector * 512)) == bytes.count)
    }
    return (image, "\(image)?offset=\(20480 * 512)")
  }

  /// Who says what /var is: a line of fstab, a unit, or the type of the partition alone.
  static let tellers: [(unit: String?, without: String?)] = [
    (nil, nil), ("/etc/systemd/system", "UUID="), ("/usr/lib/systemd/system", "UUID="), (nil, " /var"),
  ]

  @Test(
    "of several file systems is sealed in all of them, as its fstab mounts them, a unit, or systemd unasked",
    arguments: tellers)
  func several(unit: String?, without: String?) async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let node = try await LabNode(in: scratch)
    if let unit {
      try LabNode.write(
        "[Mount]\nWhat=/dev/disk/by-uuid/6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a01\nWhere=/var\nType=ext4\n",
        "\(node.root)\(unit)/var.mount")
      // Of packages', what is about no disk is about nothing here.
      try LabNode.write(
        "[Mount]\nWhat=/var/lib/machines.raw\nWhere=/var/lib/machines\nType=btrfs\nOptions=loop\n",
        "\(node.root)/usr/lib/systemd/system/var-lib-machines.mount")
    }
    let (image, variable) = try await Self.split(node, in: scratch, without: without)
    let debugfs = try RealProgram.needed("debugfs")
    #expect(try await !debugfs.run(["-R", "cat /lib/nova/.ssh/id_ed25519.pub", variable]).output.isEmpty)
    let before = try Data(contentsOf: URL(fileURLWithPath: image))
    #expect(try await Imprint.run(["seal", "--image", image, "--yes", "--keep", "nosuch"]).status == 64)
    #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == before)
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0 && outcome.output.contains("\(image) is sealed: "), "\(outcome.said)")
    #expect(!outcome.output.contains("machines is another") && !outcome.output.contains("partition 2"))
    // What is on another file system than the state directory is removed, and not written over.
    #expect(outcome.output.contains("blocks that are free now may still hold the old keys"), "\(outcome.said)")
    #expect(try await debugfs.run(["-R", "cat /lib/nova/.ssh/id_ed25519.pub", variable]).output.isEmpty)
    #expect(
      try await debugfs.run(["-R", "cat /lib/imprint/sealed", variable]).output.hasPrefix("imprint-sealed\t1\n"))
    for sector in [20480, 55296] {
      let volume = "\(scratch.path)/part.ext4"
      try await RealProgram.needed("dd").run(
        ["if=\(image)", "of=\(volume)", "bs=512", "skip=\(sector)", "count=32768", "status=none"]
      ).succeeded("dd")
      #expect(try await RealProgram.needed("e2fsck").run(["-f", "-n", volume]).status == 0)
    }
    let again = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(again.status == 0 && again.output.contains("nothing is changed"), "\(again.said)")
    #expect(try await RealProgram.needed("losetup").run(["-j", image]).output.isEmpty)
  }

  @Test(
    "with an EFI system partition loses the boot loader's seed in it, or says that it is there", arguments: [16, 32])
  func bootPartition(bits: Int) async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch), let format = RealProgram.find("mkfs.vfat") else { return }
    let node = try await LabNode(in: scratch)
    try LabNode.write(
      "LABEL=top / ext4 defaults 0 1\nUUID=ABCD-12EF /boot/efi vfat umask=0077 0 1\n", "\(node.root)/etc/fstab")
    try FileManager.default.createDirectory(atPath: "\(node.root)/boot/efi", withIntermediateDirectories: true)
    let (image, part, root) = ("\(scratch.path)/efi.raw", "\(scratch.path)/esp", "\(scratch.path)/part.ext4")
    let seed = try scratch.write(String(repeating: "s", count: 32), to: "random-seed")
    let script = """
      truncate -s 64M "$1"; truncate -s 40M "$2"
      printf 'label: gpt\nstart=2048,size=81920,type=uefi\nstart=83968,size=32768\n' | sfdisk -q "$1"
      "$5" -F \(bits) -i ABCD12EF "$2" >/dev/null && mmd -i "$2" ::/loader && mcopy -i "$2" "$4" ::/loader/random-seed
      dd if="$2" of="$1" bs=512 seek=2048 conv=notrunc status=none
      dd if="$3" of="$1" bs=512 seek=83968 conv=notrunc status=none
      """
    try await RealProgram.needed("mke2fs").run(["-q", "-t", "ext4", "-L", "top", "-d", node.root, root, "16M"])
      .succeeded("mke2fs")
    try await RealProgram.needed("bash").run(["-euc", script, "bash", image, part, root, seed, format.path])
      .succeeded("making a disk")
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0, "\(outcome.said)")
    let told =
      "/boot/efi is another file system (UUID=ABCD-12EF), which is not in this tree; /boot/efi/loader would be on it"
    let left = try await RealProgram.needed("mdir").run(["-i", "\(image)@@1M", "::/loader/random-seed"]).status == 0
    #expect(outcome.output.contains(told) == left, "\(outcome.said)")
    // Every kernel that has it mounts it.
    let kernel = try String(contentsOfFile: "/proc/filesystems", encoding: .utf8)
    #expect(left == !kernel.contains("vfat"))
  }

  /// A GPT with an EFI system partition of 20 MiB from 1 MiB on, which fstab(5) does not name, and the root.
  private static func unnamed(
    _ node: LabNode, _ type: String, seed: String, extended: Bool = false, in scratch: Scratch
  ) async throws -> String {
    if !FileManager.default.fileExists(atPath: "\(node.root)/etc/fstab") {
      try LabNode.write("LABEL=top / ext4 defaults 0 1\n", "\(node.root)/etc/fstab")
    }
    let (image, part, root) = ("\(scratch.path)/efi.raw", "\(scratch.path)/esp", "\(scratch.path)/part.ext4")
    try? FileManager.default.removeItem(atPath: root)
    let seed = try scratch.write(seed, to: "esp-tree/loader/random-seed")
    let format =
      type == "vfat"
      ? "mkfs.vfat -F 16 \"$2\" >/dev/null && mmd -i \"$2\" ::/loader && mcopy -i \"$2\" \"$4\" ::/loader/random-seed"
      : "mke2fs -q -t ext4 -O ^has_journal -d \"$(dirname \"$(dirname \"$4\")\")\" \"$2\""
    let script = """
      rm -f "$1" "$2"; truncate -s 48M "$1"; truncate -s 20M "$2"
      printf 'label: gpt\nstart=2048,size=40960,type=uefi\nstart=43008,size=32768\n\(extended
        ? "start=75776,size=2048,type=BC13C2FF-59E6-4262-A352-B275FD6F7172\\n" : "")' | sfdisk -q "$1"
      \(format)
      dd if="$2" of="$1" bs=512 seek=2048 conv=notrunc status=none
      dd if="$3" of="$1" bs=512 seek=43008 conv=notrunc status=none
      \(extended
        ? "rm -f $2; truncate -s 1M $2; mke2fs -q -t ext4 $2; dd if=$2 of=$1 bs=512 seek=75776 conv=notrunc status=none"
        : "")
      """
    try await RealProgram.needed("mke2fs").run(["-q", "-t", "ext4", "-L", "top", "-d", node.root, root, "16M"])
      .succeeded("mke2fs")
    try await RealProgram.needed("bash").run(["-euc", script, "bash", image, part, root, seed]).succeeded(
      "making a disk")
    return image
  }

  /// As ext4, which every kernel has, for systemd goes by the type of the partition.
  @Test(
    "with an EFI system partition that nothing names loses the seed in it, where systemd would mount that",
    arguments: [("/efi", false), ("/boot", false), ("/boot/efi", false), ("/efi", true), (nil, false)])
  func unnamedPartition(place: String?, isBeside: Bool) async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let node = try await LabNode(in: scratch)
    let files = FileManager.default
    for empty in ["/efi", "/boot/efi", "/boot"] { try? files.removeItem(atPath: node.root + empty) }
    try files.createDirectory(atPath: node.root + "/boot", withIntermediateDirectories: true)
    if let place { try files.createDirectory(atPath: node.root + place, withIntermediateDirectories: true) }
    // With another partition for /boot, that is not the system's.
    if place != "/boot", !isBeside { try LabNode.write("x", node.root + "/boot/vmlinuz") }
    let seed = String(repeating: "s", count: 32)
    let image = try await Self.unnamed(node, "ext4", seed: seed, extended: isBeside, in: scratch)
    let esp = "\(image)?offset=\(Self.megabyte)"
    let debugfs = try RealProgram.needed("debugfs")
    #expect(try await debugfs.run(["-R", "cat /loader/random-seed", esp]).output == seed)
    let before = try Data(contentsOf: URL(fileURLWithPath: image))
    #expect(try await Imprint.run(["seal", "--image", image, "--yes", "--keep", "nosuch"]).status == 64)
    #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == before)
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0, "\(outcome.said)")
    let isLeft = try await debugfs.run(["-R", "cat /loader/random-seed", esp]).output == seed
    #expect(isLeft == (place == nil))
    #expect(outcome.output.contains("the EFI system partition (1) is another file system") == isLeft, "\(outcome.said)")
    #expect(outcome.output.contains("\(place ?? "/efi")/loader/random-seed") != isLeft, "\(outcome.said)")
    #expect(try await RealProgram.needed("losetup").run(["-j", image]).output.isEmpty)
  }

  @Test("with one that fstab names as nobody finds it tells that alone")
  func misnamedPartition() async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let node = try await LabNode(in: scratch)
    try LabNode.write(
      "LABEL=top / ext4 defaults 0 1\nUUID=ABCD-1234 /boot/efi vfat defaults 0 0\n", "\(node.root)/etc/fstab")
    try FileManager.default.createDirectory(atPath: node.root + "/efi", withIntermediateDirectories: true)
    let image = try await Self.unnamed(node, "ext4", seed: "x", in: scratch)
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0 && outcome.output.contains("/boot/efi is another file system"), "\(outcome.said)")
    #expect(!outcome.output.contains("the EFI system partition"), "\(outcome.said)")
  }

  @Test("with one that is FAT says that it is there, where the kernel does not mount it")
  func unnamedFAT() async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch), RealProgram.find("mkfs.vfat") != nil, RealProgram.find("mcopy") != nil else {
      return
    }
    let node = try await LabNode(in: scratch)
    try FileManager.default.createDirectory(atPath: node.root + "/efi", withIntermediateDirectories: true)
    let image = try await Self.unnamed(node, "vfat", seed: String(repeating: "s", count: 32), in: scratch)
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0, "\(outcome.said)")
    let left = try await RealProgram.needed("mdir").run(["-i", "\(image)@@1M", "::/loader/random-seed"]).status == 0
    #expect(outcome.output.contains("the EFI system partition (1) is another file system") == left, "\(outcome.said)")
    let kernel = try String(contentsOfFile: "/proc/filesystems", encoding: .utf8)
    #expect(left == !kernel.contains("vfat"))
  }

  @Test("with a file system that nothing mounts tells of it", arguments: [true, false])
  func passedOver(isVariable: Bool) async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let node = try await LabNode(in: scratch)
    let image = try await Self.split(
      node, in: scratch, without: "/", keeping: isVariable ? "/var/lib/kept" : nil
    ).image
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0 && outcome.output.contains("partition 1 is another file system (ext4)"))
    #expect(
      outcome.output.contains("the partition for /var (2) is another file system") == isVariable, "\(outcome.said)")
  }

  @Test("with nova's home bound from elsewhere in it is sealed there")
  func bound() async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let node = try await LabNode(in: scratch)
    let files = FileManager.default
    try files.createDirectory(atPath: "\(node.root)/srv", withIntermediateDirectories: true)
    try files.moveItem(atPath: "\(node.root)/var/lib/nova", toPath: "\(node.root)/srv/nova")
    try files.createDirectory(atPath: "\(node.root)/var/lib/nova", withIntermediateDirectories: true)
    try LabNode.write("/srv/nova /var/lib/nova none bind 0 0\n", "\(node.root)/etc/fstab")
    let image = try await Self.image(node, .whole, in: scratch)
    #expect(try await !Self.text("/srv/nova/.ssh/id_ed25519.pub", in: image, .whole).isEmpty)
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0, "\(outcome.said)")
    #expect(try await Self.text("/srv/nova/.ssh/id_ed25519.pub", in: image, .whole).isEmpty)
  }

  @Test("of a kind that is not read here is refused by its name, and stays as it is")
  func kinds() async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let path = "\(scratch.path)/image"
    func refused(_ words: String) async throws {
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      let outcome = try await Imprint.run(["seal", "--image", path, "--yes"])
      #expect(outcome.status == 65 && outcome.error.contains(words), "\(outcome.said)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
    for (kind, mark) in [
      ("VDI", Array("<<< Oracle VM VirtualBox Disk Image >>>\n".utf8)), ("VHD", Array("conectix".utf8)),
      ("gzip", [0x1F, 0x8B, 0x08]), ("VMDK", Array("KDMV".utf8)),
    ] {
      try Data(mark + [UInt8](repeating: 0, count: 1 << 20)).write(to: URL(fileURLWithPath: path))
      try await refused("is a \(kind) image")
    }
    // md(4), metadata 1.0: a file system that is one half of a mirror, with what says so at its end.
    let node = try await LabNode(in: scratch)
    let image = try await Self.image(node, .whole, in: scratch)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: image, toPath: path)
    var disk = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) + [UInt8](repeating: 0, count: 1 << 20)
    let place = ((disk.count / 512 - 16) & ~7) * 512
    // The mark alone may be anybody's; with it, the version, and the sector in which this is.
    disk.replaceSubrange(place..<(place + 8), with: [0xFC, 0x4E, 0x2B, 0xA9, 1, 0, 0, 0])
    withUnsafeBytes(of: UInt64(place / 512).littleEndian) {
      disk.replaceSubrange((place + 144)..<(place + 152), with: $0)
    }
    try Data(disk).write(to: URL(fileURLWithPath: path))
    try await refused("a member of a RAID")
  }

  @Test("of btrfs with subvolumes is sealed in all of them", arguments: ["root", "@"])
  func subvolumes(_ root: String) async throws {
    let scratch = try Scratch()
    guard try Self.canAttach(scratch) else { return }
    let node = try await LabNode(in: scratch)
    let variable = "\(root == "@" ? "@/" : "")var"
    try LabNode.write(
      "LABEL=all / btrfs subvol=\(root),compress=zstd:1 0 0\nLABEL=all /var btrfs subvol=/\(variable),noatime 0 0\n",
      "\(node.root)/etc/fstab")
    let image = "\(scratch.path)/btrfs.raw"
    try Data(count: 128 << 20).write(to: URL(fileURLWithPath: image))
    try await RealProgram.needed("mkfs.btrfs").run(["-q", "-L", "all", image]).succeeded("mkfs.btrfs")
    try await Self.mounted(image, "btrfs") { top in
      let btrfs = try RealProgram.needed("btrfs")
      for name in [root, variable] {
        try await btrfs.run(["subvolume", "create", "\(top)/\(name)"]).succeeded("btrfs subvolume create")
      }
      _ = try await RealProgram.needed("cp").run(["-a", "\(node.root)/var/.", "\(top)/\(variable)"]).succeeded("cp")
      try FileManager.default.removeItem(atPath: "\(node.root)/var")
      try await btrfs.run(["subvolume", "snapshot", "-r", "\(top)/\(variable)", "\(top)/before"]).succeeded("snapshot")
      if root != "@" {
        try FileManager.default.createDirectory(atPath: "\(node.root)/var", withIntermediateDirectories: true)
      }
      _ = try await RealProgram.needed("cp").run(["-a", "\(node.root)/.", "\(top)/\(root)"]).succeeded("cp")
    }
    let outcome = try await Imprint.run(["seal", "--image", image, "--yes"])
    #expect(outcome.status == 0 && outcome.output.contains("\(image) is sealed: "), "\(outcome.said)")
    #expect(
      outcome.output.contains("the snapshot before of this btrfs keeps what is taken out here"), "\(outcome.said)")
    try await Self.mounted(image, "btrfs") { top in
      let files = FileManager.default
      #expect(files.fileExists(atPath: "\(top)/\(root)/etc/ssh/sshd_config"))
      #expect(!files.fileExists(atPath: "\(top)/\(root)/etc/ssh/ssh_host_ed25519_key"))
      #expect(!files.fileExists(atPath: "\(top)/\(variable)/lib/nova/.ssh/id_ed25519"))
      let record = try String(contentsOfFile: "\(top)/\(variable)/lib/imprint/sealed", encoding: .utf8)
      #expect(record.hasPrefix("imprint-sealed\t1\n"))
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
    #expect(imprint_claim_file(file) == 0)
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
    let unknown = try await seal("\(scratch.path)/disk.qcow2")
    #expect(unknown.status == 65 && unknown.error.contains("features that imprint does not know"), "\(unknown.said)")
    try scratch.write("KDMV and so on", to: "disk.vmdk")
    let foreign = try await seal("\(scratch.path)/disk.vmdk")
    #expect(foreign.status == 65 && foreign.error.contains("qemu-img convert -O qcow2"), "\(foreign.said)")
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
