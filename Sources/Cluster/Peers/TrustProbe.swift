internal import Glibc
internal import Live
public import Site

/// Whether the migration user gets in at a peer: the first command of a cold migration, as nova runs it, for an instance that
/// cannot be (nova/virt/libvirt/driver.py, migrate_disk_and_power_off). It changes nothing, and a peer that is held to what
/// migration runs lets it through.
public struct TrustProbe: Sendable {
  let user: UserName
  let address: IPAddress
  let instances: AbsolutePath

  public init(user: UserName, address: IPAddress, instances: AbsolutePath) {
    self.user = user
    self.address = address
    self.instances = instances
  }

  static let programs = ["/usr/sbin/runuser", "/sbin/runuser"]

  /// - Returns: Why not; nil where it does.
  @LiveActor public func failure() async -> String? {
    guard let program = Self.programs.first(where: { access($0, X_OK) == 0 }) else { return nil }
    let command = Command(
      program,
      ["-u", user.description, "--", "ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=8", address.description]
        + ["touch", "\(instances)/00000000-0000-0000-0000-000000000000/imprint.tmp"])
    do throws(CommandFailure) {
      let answer = try await command.answerOfSSH(within: .seconds(30))
      guard answer.status == 255 else { return nil }
      return answer.lastLines.last?.shownOnOneLine ?? SSHFailure.silence
    } catch {
      return error.description
    }
  }
}
