internal import Documents
internal import Tree

/// The first root of the kernel, which has copies of files in it.
enum Initramfs {
  private static let images = ["/boot/initr*", "/boot/*/*/initr*", "/efi/*/*/initr*", "/boot/efi/*/*/initr*"]

  /// Whether the tree has one, or a part of it that is not mounted may have (fstab(5)).
  @Sendable
  static func mayBe(_ tree: any TreeReading) throws -> Bool {
    guard try tree.places(images).isEmpty else { return true }
    return Lines(try tree.glance("/etc/fstab")?.bytes ?? []).contains { line in
      let words = line.text.split(whereSeparator: \.isWhitespace)
      return words.count > 1 && !words[0].hasPrefix("#") && ["/boot", "/efi", "/boot/efi"].contains(words[1])
    }
  }
}
