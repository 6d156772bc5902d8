internal import Glibc

/// systemd's credentials `imprint.node` and `imprint.site` (systemd.exec(5), CREDENTIALS): those of our own unit, then the
/// machine's, which its hypervisor or container manager gave it.
public struct CredentialSource: OutsideSource {
  public init() {}

  public func ask(_ question: IdentityQuestion) -> SourceReport {
    // A unit's own may come from the disk; the machine's come from outside.
    var folders = [("/run/credentials/@system", false)]
    if question.isMachine, let own = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }), own.hasPrefix("/") {
      folders.insert((own, true), at: 0)
    }
    for (folder, isCopied) in folders {
      if let site = question.files.bytes("\(folder)/\(SaidText.site)"), site.count >= SystemFiles.mostBytes {
        return .failed("systemd's credential \(folder)/\(SaidText.site) is larger than a site file can be")
      }
      let claim = SaidText.claim("systemd's credential in \(folder)", isCopied: isCopied) {
        question.files.bytes("\(folder)/\($0)")
      }
      if let claim { return .says([claim]) }
    }
    return .silent
  }
}
