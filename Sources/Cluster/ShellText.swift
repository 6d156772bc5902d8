/// Words for a shell somewhere else. Everything that goes into one is quoted here.
public enum ShellText {
  /// One word, whatever it holds (POSIX, Shell Command Language, 2.2.2).
  public static func quote(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// A script for `sh`, as root: by sudo where somebody else logged in. For whatever login shell is over there, since it
  /// begins with a plain command.
  ///
  /// - Parameter arguments: `$1`, `$2` … of the script.
  public static func asRoot(_ script: String, _ arguments: [String] = []) -> String {
    let outer =
      #"if [ "$(id -u)" -ne 0 ]; then set -- sudo -n sh -c "$@"; else set -- sh -c "$@"; fi; exec "$@""#
    return (["sh", "-c", quote(outer), "imprint", quote(script), "imprint"] + arguments.map(quote))
      .joined(separator: " ")
  }

  /// The same as whoever owns a place over there, root where it is not there yet: by runuser where root logged in, by sudo where
  /// neither did. An account that somebody has made for it needs neither.
  static func asOwner(of place: String, _ script: String, _ arguments: [String] = []) -> String {
    let outer =
      #"owner=$(stat -c %U -- "$1" 2>/dev/null || echo root); shift; if [ "$(id -un)" = "$owner" ]; then set -- sh -c "$@"; "#
      + #"elif [ "$(id -u)" -eq 0 ]; then set -- runuser -u "$owner" -- sh -c "$@"; "#
      + #"else set -- sudo -n -u "$owner" sh -c "$@"; fi; exec "$@""#
    return (["sh", "-c", quote(outer), "imprint", quote(place), quote(script), "imprint"] + arguments.map(quote))
      .joined(separator: " ")
  }
}
