public import Site

/// What a peer's nova asks for when it moves a guest here: all of it, and nothing else (nova/virt/libvirt/volume/remotefs.py,
/// `SshDriver`; nova/virt/libvirt/utils.py, `copy_image`).
///
/// The words are taken apart here, at single blanks, and no shell ever sees them: a word that a shell would take for more than
/// itself is in no allowed request.
public enum GateRequest: Sendable, Hashable {
  /// `touch P/x.tmp`
  case touch(GatePath)
  /// `rm P/x.tmp`
  case removeTrace(GatePath)
  /// `mkdir -p P`
  case makeDirectory(GatePath)
  /// `rm -rf P`
  case removeInstance(GatePath)
  /// `scp [-r] -t P/…`, of scp before OpenSSH 9.
  case receive(GatePath, isRecursive: Bool)
  /// `scp [-r] -f _base/…`, and of an instance's disks.
  case send(GatePath, isRecursive: Bool)
  /// What scp asks for since OpenSSH 9: each of its requests is looked at (``SFTPFilter``).
  case sftp

  /// What sshd_config's `Subsystem sftp` says on the platforms; with whatever options.
  static let servers = [
    "/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server", "internal-sftp",
  ]

  /// - Parameter words: SSH_ORIGINAL_COMMAND (ssh(1), ENVIRONMENT).
  /// - Returns: nil for anything that moving a guest does not run.
  public init?(_ words: String, below instances: AbsolutePath) {
    let parts = words.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    if let server = parts.first, Self.servers.contains(server) {
      self = .sftp
      return
    }
    guard let last = parts.last, parts.count >= 2, let path = GatePath(last, below: instances) else { return nil }
    switch (Array(parts.dropLast()), path.kind) {
    case (["touch"], .content) where path.isTrace: self = .touch(path)
    case (["rm"], .content) where path.isTrace: self = .removeTrace(path)
    case (["mkdir", "-p"], .instance): self = .makeDirectory(path)
    case (["rm", "-rf"], .instance): self = .removeInstance(path)
    case (["scp", "-t"], .instance), (["scp", "-t"], .content): self = .receive(path, isRecursive: false)
    case (["scp", "-r", "-t"], .instance), (["scp", "-r", "-t"], .content): self = .receive(path, isRecursive: true)
    case (["scp", "-f"], _): self = .send(path, isRecursive: false)
    case (["scp", "-r", "-f"], _): self = .send(path, isRecursive: true)
    default: return nil
    }
  }
}
