/// The head of a qcow2 image: what it is made like, and what stands in the way of making another like it (QEMU,
/// docs/interop/qcow2.txt).
struct QcowHeader {
  static let magic: [UInt8] = Array("QFI".utf8) + [0xFB]
  /// As many bytes as are read of it.
  static let size = 112

  let version: Int
  /// Of the disk that it stands for, in bytes.
  let diskSize: UInt64
  let clusterBits: Int
  let hasLazyRefcounts: Bool
  let compressesWithZstd: Bool
  let hasExtendedL2: Bool
  /// For people: why it is not sealed, and what to do. nil where nothing is in the way.
  let obstacle: (reason: String, advice: String)?

  /// nil for what is no qcow2.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.size, bytes.starts(with: Self.magic) else { return nil }
    func number(_ at: Int, _ count: Int) -> UInt64 { bytes[at..<at + count].reduce(0) { $0 << 8 | UInt64($1) } }
    version = Int(number(4, 4))
    clusterBits = Int(number(20, 4))
    diskSize = number(24, 8)
    // Version 2 has no more than 72 bytes, and nothing that follows.
    let incompatible = version >= 3 ? number(72, 8) : 0
    hasLazyRefcounts = version >= 3 && number(80, 8) & 1 != 0
    hasExtendedL2 = incompatible & 1 << 4 != 0
    compressesWithZstd = incompatible & 1 << 3 != 0 && number(100, 4) > 104 && bytes[104] == 1
    obstacle =
      if !(2...3).contains(version) || incompatible >> 5 != 0 || !(9...21).contains(clusterBits) || diskSize > 1 << 46 {
        ("it has features that imprint does not know", "qemu-img convert -O raw makes an image that can be sealed")
      } else if number(8, 8) != 0 {
        ("it has a backing file", "seal that one, or make one image of both: qemu-img convert -O qcow2")
      } else if number(32, 4) != 0 {
        ("it is encrypted", "qemu-img convert makes an image that is not")
      } else if number(60, 4) != 0 {
        ("it has snapshots, which hold what is to go", "qemu-img snapshot -d deletes them")
      } else if incompatible & 1 << 2 != 0 {
        ("its data are in another file", "qemu-img convert -O qcow2 makes one file of both")
      } else if incompatible & 0b11 != 0 {
        ("it was not closed as it should be, or is damaged", "qemu-img check -r all")
      } else if version >= 3, number(88, 8) & 1 != 0 {
        ("it has bitmaps of what was backed up", "qemu-img bitmap --remove, or qemu-img convert -O qcow2")
      } else {
        nil
      }
  }

  /// What makes another one like it: qemu-img convert -o.
  var options: String {
    var options = ["compat=\(version == 2 ? "0.10" : "1.1")", "cluster_size=\(1 << clusterBits)"]
    if hasLazyRefcounts { options.append("lazy_refcounts=on") }
    if compressesWithZstd { options.append("compression_type=zstd") }
    if hasExtendedL2 { options.append("extended_l2=on") }
    return options.joined(separator: ",")
  }
}
