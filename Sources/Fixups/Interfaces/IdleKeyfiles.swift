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

  /// With the addresses of others that would come up with it, once somebody puts its mode or owner right.
  static func finding(_ connection: KeyfileConnection, _ situation: Situation) -> Finding {
    let (owner, mode) = (connection.snapshot.attributes.owner, connection.snapshot.attributes.mode.bits & 0o7777)
    let why = mode & 0o077 != 0 ? "others may read it (mode \(String(mode, radix: 8)))" : "it belongs to \(owner)"
    let others = Self.others(connection, situation)
    return finding(connection, why, others.map { ", with \($0)" } ?? "")
  }

  /// What is said of one that has no connection's name: nothing, but where it would come up with addresses of others under another.
  static func finding(misnamed connection: KeyfileConnection, _ situation: Situation) -> Finding? {
    others(connection, situation).map { finding(connection, "it passes over such a name", ", with \($0)") }
  }

  private static func finding(_ connection: KeyfileConnection, _ why: String, _ more: String) -> Finding {
    Finding(
      .note, "\(connection.snapshot.path) is no connection to NetworkManager, since \(why); it is left as it is\(more)",
      advice: "take it away")
  }

  /// The original's and other nodes' addresses, and whose they are.
  private static func others(_ connection: KeyfileConnection, _ situation: Situation) -> String? {
    let addresses = [IPAddress.Family.v4, .v6].flatMap { connection.addresses($0).compactMap(\.address) }
    let others = addresses.filter(situation.isOthers).map { "\($0), which is \(situation.whose($0))" }
    return others.isEmpty ? nil : others.joined(separator: ", ")
  }
}
