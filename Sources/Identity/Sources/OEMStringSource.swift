/// The OEM strings of the firmware (SMBIOS, type 11): `imprint.node=compute2`, and the same as a credential for systemd,
/// `io.systemd.credential:imprint.node=compute2`. A hypervisor gives each guest its own: qemu -smbios type=11,value=…
public struct OEMStringSource: OutsideSource {
  public init() {}

  public func ask(_ question: IdentityQuestion) -> SourceReport {
    let folder = "/sys/firmware/dmi/entries"
    let entries = question.files.names(in: folder).filter { $0.hasPrefix("11-") }
    let strings = entries.flatMap { Self.strings(question.files.bytes("\(folder)/\($0)/raw") ?? []) }
    let claim = SaidText.claim("the firmware's OEM string", isCopied: false) { key in
      let starts = ["\(key)=", "io.systemd.credential:\(key)=", "io.systemd.credential.binary:\(key)="].map {
        Array($0.utf8)
      }
      return strings.lazy.compactMap { string in
        starts.first { string.starts(with: $0) }.map { Array(string.dropFirst($0.count)) }
      }.first
    }
    return claim.map { .says([$0]) } ?? .silent
  }

  /// The strings behind the formatted part, each with a NUL at its end, all with one more (DSP0134, 6.1.3).
  static func strings(_ raw: [UInt8]) -> [[UInt8]] {
    guard raw.count > 5, raw[0] == 11, Int(raw[1]) < raw.count else { return [] }
    return raw[Int(raw[1])...].split(separator: 0, omittingEmptySubsequences: false).prefix { !$0.isEmpty }.map(
      Array.init)
  }
}
