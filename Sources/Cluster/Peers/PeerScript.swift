/// The first words to a peer. Where imprint is there it speaks for its node; else a POSIX shell shows the files that trust and
/// host tables rest on, and nothing has to be installed. Private keys are not read: of such a file only its first line is,
/// which says that it is one.
enum PeerScript {
  /// `$1` is the user that moves guests. Standard input is for the peer's own imprint.
  static let greeting = #"""
    if command -v imprint >/dev/null 2>&1 && imprint peer --speaks 1 >/dev/null 2>&1; then exec imprint peer; fi
    """# + "\n" + snapshot

  static let header = "imprint-files 1"

  /// A line a file, its fields separated by tabs: kind, path, where that really is, owner, group, mode, and what tells one state
  /// of it from another; then for a file how many bytes follow, and these.
  static let snapshot = #"""
    umask 077
    LC_ALL=C; export LC_ALL
    user=$1
    state() { stat -L -c '%i %s %y %z' -- "$1" 2>/dev/null || echo absent; }
    show() {
      real=$(readlink -f -- "$1" 2>/dev/null) || real=$1
      if [ -d "$real" ]; then kind=directory; elif [ -f "$real" ]; then kind=file; else
        [ -e "$real" ] && kind=other || kind=absent
        printf '%s\t%s\t%s\n' "$kind" "$1" "$real"; return
      fi
      printf '%s\t%s\t%s\t%s\t%s\t' "$kind" "$1" "$real" "$(stat -L -c '%u %g %a' -- "$real")" "$(state "$real")"
      case $kind.$2 in
        file.all) size=$(wc -c <"$real"); size=$((size)); printf '%s\n' "$size"; head -c "$size" -- "$real"; echo ;;
        file.key) line=$(head -c 64 -- "$real" | head -n 1 | grep -a -x -e '-----BEGIN [A-Z ]*PRIVATE KEY-----')
          printf '%s\n%s\n' "${#line}" "$line" ;;
        *) echo 0; echo ;;
      esac
    }
    echo 'imprint-files 1'
    for path in /etc/os-release /usr/lib/os-release /etc/hostname /etc/hosts /etc/sysconfig/network /etc/passwd /etc/shells \
      /etc/selinux/config /etc/nsswitch.conf /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf \
      /etc/ssh/ssh_host_*_key.pub; do
      show "$path" all
    done
    for path in / /etc /etc/ssh /bin/bash /usr/bin/bash /bin/sh /usr/bin/imprint; do show "$path" no; done
    home=$(getent passwd "$user" | cut -d: -f6)
    if [ -n "$home" ] && [ "$home" != / ]; then
      show "$home" no
      show "$home/.ssh" no
      for path in "$home"/.ssh/authorized_keys "$home"/.ssh/known_hosts "$home"/.ssh/config; do show "$path" all; done
      for path in "$home"/.ssh/*; do
        case $path in
          */authorized_keys | */known_hosts | */config) ;;
          *.pub) show "$path" all ;;
          *) show "$path" key ;;
        esac
      done
    fi
    echo end
    """#
}
