public import Site

/// What runs on the controller to certify a node's keys, as whoever owns the authority's directory: root, or an account that somebody
/// made it for. The private key is made there the first time, and never leaves it.
///
/// An authorized_keys line on the controller can hold a client to exactly this: `imprint controller-gate` (docs/joining.md).
public enum AuthorityScript {
  static let header = "imprint-authority 1"
  static let directory = "/etc/imprint/authority"

  /// What is signed for one node; its keys come on standard input.
  public struct Request: Sendable, Hashable {
    public let node: NodeName
    /// What others call it, addresses and all: its host keys are good for these.
    public let names: [String]
    /// From where its migration user's key may be used; none: from anywhere.
    public let sources: [String]
    /// In days.
    public let validity: Int

    public init(node: NodeName, names: [String], sources: [String], validity: Int) {
      self.node = node
      self.names = names
      self.sources = sources
      self.validity = validity
    }
  }

  public static func words(_ request: Request) -> String {
    ShellText.asOwner(
      of: directory, script,
      [
        request.node.description, request.names.joined(separator: ","), request.sources.joined(separator: ","),
        String(request.validity),
      ])
  }

  /// `$1` is the node, `$2` its names, `$3` its sources, both with commas, `$4` how many days; a line of standard input is a kind and a
  /// public key. A user's certificate allows to run a command, and nothing else (`-O clear`). What was signed is kept in
  /// `issued`: serial, time, node, kind, fingerprint.
  static let script = #"""
    umask 077
    LC_ALL=C; export LC_ALL
    name=$1 principals=$2 sources=$3 days=$4
    place=/etc/imprint/authority
    fail() { echo "imprint: $*" >&2; exit 1; }
    command -v ssh-keygen >/dev/null 2>&1 || fail 'there is no ssh-keygen here'
    [ -d /etc/imprint ] || mkdir -m 755 /etc/imprint || fail 'cannot make /etc/imprint'
    [ -d "$place" ] || mkdir -m 700 "$place" || fail "cannot make $place"
    if command -v flock >/dev/null 2>&1; then exec 9>>"$place/lock"; flock -w 30 9 || exit 75; fi
    work=$(mktemp -d "$place/work.XXXXXX") || fail "cannot write below $place"
    trap 'rm -rf "$work"' EXIT
    if [ ! -f "$place/key" ]; then
      ssh-keygen -q -t ed25519 -N '' -C imprint-authority -f "$work/key" </dev/null && mv -f "$work/key.pub" "$place/key.pub" &&
        mv -f "$work/key" "$place/key" || fail 'cannot make the key of the authority'
    fi
    echo 'imprint-authority 1'
    echo "authority $(cat "$place/key.pub")"
    serial=$(cat "$place/serial" 2>/dev/null || echo 0)
    count=0
    while read -r kind key; do
      count=$((count + 1)); [ "$count" -le 16 ] || fail 'so many keys are no node'
      serial=$((serial + 1))
      echo "$serial" >"$work/serial" && mv -f "$work/serial" "$place/serial" || fail 'cannot keep the serial number'
      printf '%s\n' "$key" >"$work/$count.pub"
      case $kind in
        host) set -- -h -n "$principals" ;;
        user) set -- -n imprint-migration -O clear ${sources:+-O "source-address=$sources"} ;;
        *) fail 'neither a host nor a user' ;;
      esac
      print=$(ssh-keygen -l -f "$work/$count.pub" 2>&1) || fail "no key: $print"
      ssh-keygen -q -s "$place/key" -I "$name" -z "$serial" -V "-1h:+${days}d" "$@" "$work/$count.pub" </dev/null >&2 ||
        fail 'ssh-keygen signs nothing'
      print=$(printf '%s\n' "$print" | cut -d ' ' -f 2)
      echo "$serial $(date -u +%Y-%m-%dT%H:%M:%SZ) $name $kind $print" >>"$place/issued" || fail 'cannot record it'
      if command -v logger >/dev/null 2>&1; then logger -t imprint -p auth.notice "certified $print, a $kind key of $name, as $serial"; fi
      echo "certificate $(cat "$work/$count-cert.pub")"
    done
    echo end
    """#
}
