internal import Glibc
internal import Metadata

/// VMware's guestinfo: what stands in a guest's configuration as `guestinfo.imprint.node` and `guestinfo.imprint.site`. A
/// clone of the guest has its own copy of it, so it may still be the original's.
public struct GuestInfoSource: OutsideSource {
  public init() {}

  private static let limit = Duration.seconds(3)

  public func ask(_ question: IdentityQuestion) -> SourceReport {
    let vendor = question.files.line("/sys/class/dmi/id/sys_vendor") ?? ""
    guard vendor.hasPrefix("VMware") else { return .silent }
    let root = question.isMachine ? "" : question.files.root
    let folders = ["/usr/bin/", "/usr/sbin/", "/bin/"].map { root + $0 }
    let ask: (String) -> HostProgram.Outcome
    if let tool = HostProgram(folders.map { "\($0)vmware-rpctool" }) {
      ask = { tool.run(["info-get \($0)"], within: Self.limit) }
    } else if let daemon = HostProgram(folders.map { "\($0)vmtoolsd" }) {
      ask = { daemon.run(["--cmd", "info-get \($0)"], within: Self.limit) }
    } else {
      return .silent
    }
    var trouble: String?
    let claim = SaidText.claim("VMware's guestinfo", isCopied: true) { key in
      guard trouble == nil else { return nil }
      switch ask("guestinfo.\(key)") {
      case .ended(0, let value): return value
      // "No value found", and outside of VMware "Failed to send message".
      case .ended: return nil
      case .tooSlow: trouble = "VMware's tools did not answer within \(Self.limit)"
      case .tooMuch: trouble = "VMware's guestinfo has more than a site file can be"
      case .cannotStart(let reason): trouble = "VMware's tools cannot be run: \(String(cString: strerror(reason)))"
      }
      return nil
    }
    if let trouble { return .failed(trouble) }
    return claim.map { .says([$0]) } ?? .silent
  }
}
