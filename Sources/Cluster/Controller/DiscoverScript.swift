/// What runs on the controller: which hosts its cells know; where one of ours is missing, `discover_hosts`, as nova and with
/// nobody else of ours beside it; and which hosts they know then. "Found 0 unmapped computes" is said both where nothing is
/// new and where a new service has not registered, so that only the list tells.
///
/// An authorized_keys line on the controller can hold a client to exactly this: `imprint controller-gate` (docs/joining.md).
public enum DiscoverScript {
  static let header = "imprint-discover 1"

  /// - Parameters:
  ///   - nodes: For each whose turn it is, the names that the cloud may know its host by.
  ///   - command: The site's own `discover`, in place of nova-manage as it is found.
  public static func words(_ nodes: [[String]], command: String?) -> String {
    let patterns = nodes.map { names in
      names.map { $0.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "\\.") }.joined(
        separator: "|")
    }
    return ShellText.asRoot(script, [command ?? ""] + patterns)
  }

  /// `$1` is the discovering command, or nothing; the others are hosts, each an extended regular expression. nova-manage runs as nova wherever it is: by us, by sudo,
  /// or in one of kolla's containers. Two at a time would end with "Duplicate host mapping" (nova/cmd/manage.py).
  static let script = #"""
    LC_ALL=C; export LC_ALL
    discover=$1; shift
    echo 'imprint-discover 1'
    nova() {
      if command -v nova-manage >/dev/null 2>&1; then
        if [ "$(id -un)" = nova ]; then nova-manage "$@"
        elif command -v runuser >/dev/null 2>&1; then runuser -u nova -- nova-manage "$@"
        else sudo -n -u nova nova-manage "$@"; fi
        return
      fi
      for engine in docker podman; do
        for name in nova_conductor nova_api; do
          if [ "$("$engine" inspect -f '{{.State.Running}}' "$name" 2>/dev/null)" = true ]; then
            "$engine" exec "$name" nova-manage "$@"; return
          fi
        done
      done
      echo 'there is no nova-manage here, and no container nova_conductor or nova_api' >&2; return 127
    }
    list() { echo "$1"; nova cell_v2 list_hosts 2>&1; echo "status $?"; }
    missing() { for host in "$@"; do printf '%s\n' "$seen" | grep -qiE "\| *($host) *\|" || return 0; done; return 1; }
    if command -v flock >/dev/null 2>&1 && exec 9>>/run/imprint-discover.lock; then
      flock -w 120 9 || { echo 'somebody else has been discovering hosts for two minutes' >&2; exit 75; }
    fi
    seen=$(list before); printf '%s\n' "$seen"
    if missing "$@"; then
      echo discover
      if [ -n "$discover" ]; then sh -c "$discover" 2>&1; else nova cell_v2 discover_hosts --verbose 2>&1; fi
      echo "status $?"
      list after
    fi
    echo end
    """#
}
