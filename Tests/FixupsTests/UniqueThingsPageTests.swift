import Foundation
import Site
import Support
import Testing

@testable import Fixups

/// docs/unique-things.md, held against the table in the code and against what virt-sysprep does.
@Suite("The page of unique things is the table")
struct UniqueThingsPageTests {
  private static func page() throws -> String {
    try String(contentsOfFile: "\(Repository.path)/docs/unique-things.md", encoding: .utf8)
  }

  /// A row as the page has it.
  static func row(_ thing: UniqueThing) throws -> String {
    let platform = try #require(Platform.named("debian12"))
    var places = thing.paths
    places += thing.platformPaths(platform).filter { !places.contains($0) }
    let shown = places.prefix(4).map { "`\($0)`" } + (places.count > 4 ? ["…"] : [])
    return
      "| `\(thing.key)` | \(thing.subject) | \(shown.isEmpty ? "in several files" : shown.joined(separator: ", ")) "
      + "| \(thing.reader) | \(thing.reason) | \(inCopy(thing)) | \(inTemplate(thing)) | \(thing.maker) |"
  }

  private static func inCopy(_ thing: UniqueThing) -> String {
    let deed =
      switch thing.treatment {
      case .remove: "removed"
      case .regenerate: "renewed"
      case .report, .say: "said"
      case .elsewhere(let fixup): fixup == "nobody" ? "stays" : "by \(fixup)"
      }
    let choice = thing.isRenewedByDefault ? "" : ", only with `[reset]`"
    return deed + choice + (thing.moment == .offline ? ", offline only" : "")
  }

  private static func inTemplate(_ thing: UniqueThing) -> String {
    switch thing.sealing {
    case .remove, .seal: "goes"
    case .onRequest: "goes with `--also \(thing.key)`"
    case .stays(let reason): "stays: \(reason)"
    case .said: "stays"
    }
  }

  @Test func `every row is on it, word for word, and no other`() throws {
    let rows = try UniqueThings.table.map(Self.row)
    let lines = try Self.page().split(separator: "\n").map(String.init)
    let missing = rows.filter { !lines.contains($0) }
    let isWhole = missing.isEmpty
    #expect(isWhole, "docs/unique-things.md lacks:\n\(missing.joined(separator: "\n"))")
    let shown = lines.filter { $0.hasPrefix("| `") && $0.split(separator: "|").count == 8 }
    #expect(shown.filter { !rows.contains($0) } == [])
  }

  /// What virt-sysprep of guestfs-tools 1.56 lists with --list-operations.
  private static let operations = """
    abrt-data backup-files bash-history blkid-tab ca-certificates crash-data cron-spool customize dhcp-client-state \
    dhcp-server-state dovecot-data firewall-rules flag-reconfiguration fs-uuids ipa-client kerberos-data \
    kerberos-hostkeytab logfiles lvm-system-devices lvm-uuids machine-id mail-spool net-hostname net-hwaddr net-nmconn \
    pacct-log package-manager-cache pam-data passwd-backups puppet-data-log rh-subscription-manager rhn-systemid rpm-db \
    samba-db-log script smolt-uuid ssh-hostkeys ssh-userdir sssd-db-log tmp-files udev-persistent-net user-account utmp \
    yum-uuid zsh-history
    """

  @Test func `each of virt-sysprep's operations has its line: done, or why not`() throws {
    let lines = try Self.page().split(separator: "\n").map(String.init)
    for operation in Self.operations.split(separator: " ") {
      let own = lines.filter { $0.hasPrefix("| \(operation) |") }
      #expect(own.count == 1, "\(operation)")
      #expect(own.allSatisfy { $0.contains("| yes |") || $0.contains("| no |") || $0.contains("| in part |") })
    }
  }
}
