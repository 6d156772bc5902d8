internal import Documents
public import Tree

/// One thing to change on a peer that has no imprint.
public enum PeerEdit: Sendable {
  case write(TreePath, [UInt8], FileAttributes)
  case directory(TreePath, FileAttributes)
  /// A key pair that the peer's own ssh-keygen makes, where neither half is: the private one never leaves it.
  case key(TreePath, type: String, bits: Int?, comment: String, FileAttributes)

  /// The script that makes them all, in order, as root. Each file is replaced at once, by a rename, and only where it is still
  /// what was read; the owner, labels and ACLs of the old one stay. All of them together are not one step: where one
  /// fails, those before it stand, and the next join goes on from there.
  static func script(_ edits: [PeerEdit], on tree: PeerTree) -> String {
    ([preamble] + edits.map { $0.words(on: tree) } + ["echo 'imprint-written 1'"]).joined(separator: "\n") + "\n"
  }

  /// Nobody else of ours shall be at it meanwhile (flock(1), where it is there).
  private static let preamble = #"""
    umask 077
    LC_ALL=C; export LC_ALL
    fail() { echo "imprint: $*" >&2; exit 1; }
    changed() { echo "imprint: $1 was changed by somebody else meanwhile" >&2; exit 75; }
    if command -v flock >/dev/null 2>&1 && exec 9>>/run/imprint-peer.lock; then flock -w 30 9 || exit 75; fi
    state() { stat -L -c '%i %s %y %z' -- "$1" 2>/dev/null || echo absent; }
    label() { if command -v restorecon >/dev/null 2>&1; then restorecon -- "$1" >/dev/null 2>&1; fi; return 0; }
    put() {
      now=$(state "$1"); [ "$now" = "$4" ] || changed "$1"
      new=$(dirname -- "$1")/.imprint.$$
      rm -f -- "$new"
      [ "$now" = absent ] || cp -p --attributes-only --preserve=all -- "$1" "$new" 2>/dev/null || rm -f -- "$new"
      base64 -d >"$new" && chown -- "$2" "$new" && chmod -- "$3" "$new" || { rm -f -- "$new"; fail "cannot write $1"; }
      sync -- "$new" 2>/dev/null || :
      mv -f -- "$new" "$1" 2>/dev/null || { cat -- "$new" >"$1" && rm -f -- "$new"; } || fail "cannot replace $1"
      [ "$now" != absent ] || label "$1"
    }
    directory() {
      [ -d "$1" ] || { mkdir -- "$1" && label "$1"; } || fail "cannot make $1"
      chown -- "$2" "$1" && chmod -- "$3" "$1" || fail "cannot change $1"
    }
    key() {
      [ ! -e "$1" ] && [ ! -e "$1.pub" ] || changed "$1"
      new=$(mktemp -d "$(dirname -- "$1")/.imprint.XXXXXX") || fail "cannot make a key"
      ssh-keygen -q -t "$4" ${6:+-b "$6"} -N '' -C "$5" -f "$new/key" </dev/null || { rm -rf -- "$new"; fail "no key"; }
      chown -- "$2" "$new/key" "$new/key.pub" && chmod -- "$3" "$new/key" && chmod 644 -- "$new/key.pub" &&
        mv -- "$new/key" "$1" && mv -- "$new/key.pub" "$1.pub" || { rm -rf -- "$new"; fail "cannot keep the key"; }
      rmdir -- "$new"; label "$1"; label "$1.pub"
    }
    """#

  private func words(on tree: PeerTree) -> String {
    func owner(_ attributes: FileAttributes) -> String { "\(attributes.owner):\(attributes.group)" }
    func mode(_ attributes: FileAttributes) -> String { String(attributes.mode.bits, radix: 8) }
    let quote = ShellText.quote
    switch self {
    case .write(let path, let bytes, let attributes):
      let words = [
        "put", quote(path.description), owner(attributes), mode(attributes), quote(tree.state(path) ?? "absent"),
      ]
      return (words.joined(separator: " ") + " <<'imprint'\n") + Base64.encode(bytes) + "\nimprint"
    case .directory(let path, let attributes):
      return ["directory", quote(path.description), owner(attributes), mode(attributes)].joined(separator: " ")
    case .key(let path, let type, let bits, let comment, let attributes):
      return
        ([
          "key", quote(path.description), owner(attributes), mode(attributes), quote(type), quote(comment),
          bits.map(String.init) ?? "''",
        ]).joined(separator: " ")
    }
  }
}
