public import Site

/// A path below nova's instances directory that moving a guest may touch, spelled so plainly that no reader of it can see
/// another: letters, digits, `.`, `_` and `-`; no `..`, no empty part, no part that begins with `.` or `-`.
public struct GatePath: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// The directory of one instance.
    case instance
    /// Something in it, at most four deep: a disk, disk.info, the state of a TPM.
    case content(depth: Int)
    /// A cached image, which others may read: `_base/` and 40 hexadecimal digits.
    case image
  }

  /// As it came.
  public let text: String
  /// Below the instances directory.
  public let components: [String]
  public let kind: Kind

  /// nil for any other path.
  public init?(_ text: some StringProtocol, below instances: AbsolutePath) {
    let prefix = instances.description + "/"
    guard text.utf8.count < 1024, text.utf8.starts(with: prefix.utf8) else { return nil }
    let parts = text.utf8.dropFirst(prefix.utf8.count).split(separator: slash, omittingEmptySubsequences: false)
    guard (1...5).contains(parts.count), parts.allSatisfy({ Self.isPlain($0) }) else { return nil }
    let components = parts.map { String(decoding: $0, as: UTF8.self) }
    guard let first = components.first else { return nil }
    if first == "_base" {
      guard components.count == 2, Self.isHexadecimal(components[1], of: 40) else { return nil }
      kind = .image
    } else {
      guard Self.isUUID(first) else { return nil }
      kind = components.count == 1 ? .instance : .content(depth: components.count - 1)
    }
    self.text = String(text)
    self.components = components
  }

  /// One of the files by which nova asks whether two nodes share their storage: 32 hexadecimal digits and `.tmp`
  /// (nova/virt/libvirt/driver.py, `_is_path_shared_with`).
  public var isTrace: Bool {
    guard kind == .content(depth: 1), let name = components.last, name.hasSuffix(".tmp") else { return false }
    return Self.isHexadecimal(name.dropLast(4), of: 32) || name == "imprint.tmp"
  }

  private static func isPlain(_ part: some Collection<UInt8>) -> Bool {
    guard let first = part.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-"), part.count <= 255 else {
      return false
    }
    return part.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
      default: false
      }
    }
  }

  private static func isHexadecimal(_ text: some StringProtocol, of count: Int) -> Bool {
    text.utf8.count == count
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }

  private static func isUUID(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { isHexadecimal($0, of: $0.utf8.count) }
  }
}

private let slash = UInt8(ascii: "/")
