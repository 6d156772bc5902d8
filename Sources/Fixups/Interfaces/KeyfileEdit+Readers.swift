internal import Tree

/// Whose a connection's file is: NetworkManager passes over a file of anybody else, and one that anybody else may read
/// (nms-keyfile-utils.c, "File owner" and "File permissions").
extension KeyfileEdit {
  mutating func convergeReaders() {
    let (owner, mode) = (original.snapshot.attributes.owner, original.snapshot.attributes.mode.bits & 0o7777)
    if isForeign { note("it belongs to \(owner), and NetworkManager passes over a file that is not root's") }
    if mode & 0o077 != 0 { note("others may read it, and NetworkManager passes over such a file") }
    guard isForeign || mode & 0o077 != 0 else { return }
    claims.append(
      Claim(
        "who may read \(path)", expected: "root alone", seen: "owner \(owner), mode \(String(mode, radix: 8))",
        holds: false))
  }

  /// Whether it is another user's; only root sees the owners that the machine will see.
  var isForeign: Bool { situation.ownerCanChange && original.snapshot.attributes.owner != 0 }
}
