internal import Site
internal import Tree

/// Connections that NetworkManager passes over while it reads another for the same interface: files that others than root may read, or
/// that are not root's (nms-keyfile-utils.c, `nms_keyfile_utils_check_file_permissions`). Edited, one would come to life.
///
/// Where no other is read, it is the interface's own file all the same, and is given to root.
struct IdleKeyfiles {
  private let read: [KeyfileConnection]
  private let isRoots: Bool

  init(among all: [KeyfileConnection]) {
    // In a tree of an ordinary user's all are that user's.
    let isRoots = all.contains { $0.snapshot.attributes.owner == 0 }
    self.isRoots = isRoots
    // One that does not start takes no interface.
    read = all.filter { Self.isRead($0, isRoots) && !$0.isOff }
  }

  func contains(_ connection: KeyfileConnection) -> Bool {
    guard !Self.isRead(connection, isRoots) else { return false }
    return read.contains { other in
      guard let interface = connection.interface else {
        return connection.isForAnyCard || connection.card != nil && other.card == connection.card
      }
      return other.interface == interface && other.isSwitch == connection.isSwitch
    }
  }

  private static func isRead(_ connection: KeyfileConnection, _ isRoots: Bool) -> Bool {
    let attributes = connection.snapshot.attributes
    return attributes.mode.bits & 0o077 == 0 && (attributes.owner == 0 || !isRoots)
  }

  static func finding(_ connection: KeyfileConnection) -> Finding {
    let (owner, mode) = (connection.snapshot.attributes.owner, connection.snapshot.attributes.mode.bits & 0o7777)
    let why = mode & 0o077 != 0 ? "others may read it (mode \(String(mode, radix: 8)))" : "it belongs to \(owner)"
    return Finding(
      .note, "\(connection.snapshot.path) is no connection to NetworkManager, since \(why); it is left as it is",
      advice: "take it away")
  }
}
