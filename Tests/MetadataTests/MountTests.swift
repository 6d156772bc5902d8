import CLinux
import Foundation
import Glibc
import Support
import Testing

@testable import Metadata

@Suite("A drive that the kernel mounts")
struct MountTests {
  @Test("is seen by nobody else, cannot be written, and ends with its descriptor", .enabled(if: LabNode.isRoot))
  func aside() async throws {
    let scratch = try Scratch()
    // Not every kernel has ISO 9660 or VFAT; ext4 has what there is to see here.
    try scratch.write("x", to: "files/openstack/latest/meta_data.json")
    let image = "\(scratch.path)/image"
    try await RealProgram.needed("mke2fs").run(["-q", "-t", "ext4", "-d", "\(scratch.path)/files", image, "4M"])
      .succeeded("mke2fs")
    let losetup = try RealProgram.needed("losetup")
    let made = try await losetup.run(["-f", "--show", "-r", image])
    guard made.status == 0 else { return RealProgram.missing("a loop device") }
    let device = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
    do {
      let root = imprint_mount_aside(device, "ext4", 0, nil)
      try #require(root >= 0, "\(String(cString: strerror(errno)))")
      let files = DirectoryFiles(root: root, title: device)
      #expect(try files.bytes(["openstack", "latest", "meta_data.json"]) == Array("x".utf8))
      let new = openat(root, "new", O_CREAT | O_WRONLY, 0o600)
      let reason = errno
      #expect(new < 0 && reason == EROFS)
      // Other suites' mounts come and go meanwhile.
      let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
      #expect(!mounts.contains(" \(device) "), "\(mounts)")
    } catch {
      try await losetup.run(["-d", device]).succeeded("losetup -d")
      throw error
    }
    // Busy while anything of it is open.
    try await losetup.run(["-d", device]).succeeded("losetup -d")
  }
}
