public import Live

/// What of a running node must exist once only, as the node shows it.
public struct Uniques: Sendable, Equatable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case machineID = "machine-id"
    case hostKey = "SSH host key"
    case computeID = "compute_id"
    case initiator = "iSCSI initiator name"
    case nvme = "NVMe host name"
    case chassis = "Open vSwitch system id"
    case libvirt = "libvirt host UUID"
    case card = "MAC address"
    case address
  }

  public var values: [Kind: Set<String>]
  public init(_ values: [Kind: Set<String>]) { self.values = values }

  static let header = "imprint-uniques 1"

  /// A line for each: kind, tab, value. Bridges and taps have MACs that libvirt and neutron gave them.
  static let script = #"""
    LC_ALL=C; export LC_ALL
    echo 'imprint-uniques 1'
    first() { [ ! -r "$2" ] || { read -r line <"$2"; [ -z "$line" ] || printf '%s\t%s\n' "$1" "$line"; }; }
    for file in /etc/machine-id /var/lib/dbus/machine-id; do first machine-id "$file"; done
    for file in /etc/ssh/ssh_host_*_key.pub; do
      [ -r "$file" ] || continue
      read -r type blob rest <"$file"; printf 'SSH host key\t%s %s\n' "$type" "$blob"
    done
    for file in /etc/nova/compute_id /var/lib/nova/compute_id; do first compute_id "$file"; done
    volume=iscsi_info/_data/initiatorname.iscsi
    for file in /etc/iscsi/initiatorname.iscsi /var/lib/docker/volumes/$volume /var/lib/containers/storage/volumes/$volume; do
      [ ! -r "$file" ] || sed -n 's/^[[:blank:]]*InitiatorName[[:blank:]]*=[[:blank:]]*/iSCSI initiator name\t/p' "$file"
    done
    first 'NVMe host name' /etc/nvme/hostnqn
    first 'Open vSwitch system id' /etc/openvswitch/system-id.conf
    for file in /etc/libvirt/libvirtd.conf /etc/libvirt/virtqemud.conf; do
      [ ! -r "$file" ] || sed -nE "s/^[[:blank:]]*host_uuid[[:blank:]]*=[[:blank:]]*[\"']([^\"']+).*/libvirt host UUID\t\1/p" "$file"
    done
    for card in /sys/class/net/*; do
      [ "$(cat "$card/type" 2>/dev/null)" = 1 ] && [ ! -e "$card/bridge" ] && [ ! -e "$card/tun_flags" ] || continue
      first 'MAC address' "$card/address"
    done
    ip -o addr show scope global 2>/dev/null | sed -E 's/.* inet6? ([^ /]+).*/address\t\1/'
    echo end
    """#

  /// - Returns: nil where it is not the script's answer, or not all of it.
  init?(_ output: [UInt8]) {
    var lines = String(decoding: output, as: UTF8.self).split(separator: "\n")[...]
    guard lines.popFirst().map(String.init) == Self.header, lines.popLast() == "end" else { return nil }
    values = [:]
    for line in lines {
      let fields = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
      guard fields.count == 2, let kind = Kind(rawValue: String(fields[0])) else { continue }
      values[kind, default: []].insert(String(fields[1]))
    }
  }

  /// Those of this machine.
  @LiveActor public static func own() async throws(CommandFailure) -> Uniques? {
    Uniques(try await Command("/bin/sh", ["-c", script]).answer(to: [], within: .seconds(20)).output)
  }

  /// What both have.
  public func shared(with other: Uniques) -> Set<Kind> {
    Set(Kind.allCases.filter { !(values[$0] ?? []).isDisjoint(with: other.values[$0] ?? []) })
  }
}

extension PeerSession {
  /// Changes nothing there, and takes no imprint.
  @LiveActor public func uniques() async throws(PeerFailure) -> Uniques {
    let answer = try await ask(ShellText.asRoot(Uniques.script), input: [])
    guard let uniques = Uniques(answer.output) else { throw .unreadable("its answer is not one") }
    return uniques
  }
}
