internal import CArchive

/// user_data: whatever the one who made the machine wanted it to have, often compressed. Nothing of it is ever run.
public struct UserData: Sendable, Hashable {
  /// As it came.
  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A thousandfold of what the API takes (65,535 bytes): what is larger is made to fill a memory.
  static let mostBytes = 64 << 20

  public var isCompressed: Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// Unpacked where it is gzip.
  public func content() throws(MetadataError) -> [UInt8] {
    guard isCompressed else { return bytes }
    // Four bytes at the end say how much it is, modulo 2³² (RFC 1952, 2.3.1); nobody has to believe them.
    let said = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard said <= Self.mostBytes else { throw Self.tooLarge }
    var written = 0
    var result = imprint_gunzip_broken
    let content = [UInt8](unsafeUninitializedCapacity: max(1, said)) { room, count in
      result = bytes.withUnsafeBytes { input in
        guard let start = input.baseAddress, let output = room.baseAddress else { return imprint_gunzip_broken }
        return imprint_gunzip(start, input.count, output, max(1, said), &written)
      }
      count = written
    }
    switch result {
    case imprint_gunzip_done: return content
    case imprint_gunzip_too_large: throw Self.tooLarge
    case imprint_gunzip_unavailable:
      throw MetadataError(.unavailable, "user_data is compressed, and there is no zlib here (libz.so.1)")
    default: throw MetadataError(.invalid, "user_data begins as gzip does, and is broken or cut off")
    }
  }

  private static let tooLarge = MetadataError(
    .invalid, "user_data unpacks to more than \(mostBytes >> 20) MiB, or says so")

  /// What it is, from its first line as cloud-init goes by it; nothing of what it says, which may be a password.
  public var summary: String {
    guard let content = try? content() else { return "\(bytes.count) bytes, broken gzip" }
    let packed = isCompressed ? ", gzip of \(bytes.count) bytes" : ""
    return "\(content.count) bytes\(packed): \(Self.kind(content))"
  }

  private static func kind(_ content: [UInt8]) -> String {
    let first = String(decoding: content.prefix(64).prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self).lowercased()
    if first.hasPrefix("#cloud-config") { return "cloud-config" }
    if first.hasPrefix("#!") { return "a script, which imprint never runs" }
    if first.hasPrefix("content-type:") || first.hasPrefix("mime-version:") { return "several parts (MIME)" }
    if first.hasPrefix("#imprint-site") { return "a site of imprint" }
    return content.allSatisfy { $0 >= 0x20 || [0x09, 0x0A, 0x0D].contains($0) } ? "text" : "binary"
  }
}
