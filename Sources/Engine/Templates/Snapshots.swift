internal import CLinux
internal import Fixups
internal import Glibc
internal import Metadata

/// Snapshots of a btrfs: no file is taken out of them.
enum Snapshots {
  /// The inode of a subvolume's top directory (BTRFS_FIRST_FREE_OBJECTID).
  private static let top: UInt64 = 256

  /// - Parameter root: The top of a tree, also in the words of this process (`/proc/self/fd/…`).
  static func findings(_ root: String) -> [Finding] {
    var status = stat()
    guard imprint_is_btrfs(root) == 1, stat(root, &status) == 0 else { return [] }
    // A directory of somebody's larger file system is not copied with its snapshots.
    let kind = UInt64(status.st_ino) == top ? Finding.Severity.warning : .note
    guard let program = HostProgram(["/usr/bin/btrfs", "/usr/sbin/btrfs", "/bin/btrfs", "/sbin/btrfs"]),
      case let place = root.hasPrefix("/proc/self/")
        ? "/proc/\(getpid())/\(root.dropFirst("/proc/self/".count))" : root,
      case .ended(0, let list) = program.run(["subvolume", "list", "-s", place], within: .seconds(60)),
      case .ended(0, let own) = program.run(["inspect-internal", "rootid", place], within: .seconds(60))
    else {
      return [
        Finding(
          kind,
          "this is a btrfs, and whether it has snapshots, which keep what is taken out here, could not be looked up",
          advice: "btrfs subvolume list -s, of btrfs-progs, shows them")
      ]
    }
    let number = String(decoding: own, as: UTF8.self).filter { !$0.isWhitespace }
    let names = names(in: String(decoding: list, as: UTF8.self), besides: number)
    guard !names.isEmpty else { return [] }
    let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    return [
      Finding(
        kind,
        names.count == 1
          ? "the snapshot \(shown) of this btrfs keeps what is taken out here"
          : "\(names.count) snapshots of this btrfs (\(shown)) keep what is taken out here",
        advice: "btrfs subvolume delete takes them away")
    ]
  }

  /// `ID 258 gen 10 cgen 10 top level 257 otime … path @/.snapshots/1/snapshot`
  static func names(in list: String, besides own: String) -> [String] {
    list.split(separator: "\n").compactMap { line in
      guard let place = line.firstRange(of: " path "),
        line.split(separator: " ").dropFirst().first.map(String.init) != own
      else { return nil }
      return String(line[place.upperBound...].prefix(80))
    }
  }
}
