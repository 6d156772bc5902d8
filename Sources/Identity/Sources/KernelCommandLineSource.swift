/// `imprint.node=compute2` on the kernel's command line. A boot server gives each machine its own; a boot loader's file is
/// on the disk, and is copied with it.
public struct KernelCommandLineSource: OutsideSource {
  public init() {}

  public func ask(_ question: IdentityQuestion) -> SourceReport {
    guard let line = question.files.line("/proc/cmdline") else { return .silent }
    let start = SaidText.node + "="
    let values = line.split(separator: " ").compactMap { $0.hasPrefix(start) ? $0.dropFirst(start.count) : nil }
    // The last one counts, as for the kernel's own parameters.
    let claim = SaidText.claim("the kernel command line", isCopied: true) { key in
      key == SaidText.node ? values.last.map { Array($0.utf8) } : nil
    }
    return claim.map { .says([$0]) } ?? .silent
  }
}
