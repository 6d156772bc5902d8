/// `imprint.node=compute2` on the kernel's command line. A boot server gives each machine its own; a boot loader's file is
/// on the disk, and is copied with it.
public struct KernelCommandLineSource: OutsideSource {
  public init() {}

  public func ask(_ question: IdentityQuestion) -> SourceReport {
    let claim = SaidText.claim("the kernel command line", isCopied: true) { key in
      key == SaidText.node ? Self.value(key, question.files).map { Array($0.utf8) } : nil
    }
    return claim.map { .says([$0]) } ?? .silent
  }

  /// What `KEY=` has there. The last one counts, as for the kernel's own parameters.
  static func value(_ key: String, _ files: SystemFiles) -> String? {
    let start = "\(key)="
    let words = files.line("/proc/cmdline")?.split(separator: " ") ?? []
    return words.last { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
  }
}
