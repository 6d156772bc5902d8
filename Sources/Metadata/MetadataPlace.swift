/// What OpenStack tells a machine about itself: the metadata service, the config drive, and their documents.
///
/// What may enter this room: how a place is found and read, and what its documents mean. It knows nothing of sites and
/// nodes, writes nothing, and runs nothing that a document says.

/// Somewhere that has the metadata tree: a service, a drive, a directory. Paths are without a slash at either end; a path
/// that leads out is never followed.
public protocol MetadataPlace {
  /// Stands in sentences: `the config drive /dev/sr0`.
  var title: String { get }
  /// Which of both kinds of places it is.
  var kind: MetadataKind { get }
  /// A file, byte for byte; nil where there is none.
  func bytes(_ path: String) throws(MetadataError) -> [UInt8]?
  /// What is in a directory, sorted; nil where there is none.
  func entries(_ path: String) throws(MetadataError) -> [MetadataEntry]?
}

public enum MetadataKind: String, Sendable, Hashable, CaseIterable { case drive, service }

public struct MetadataEntry: Sendable, Hashable, Comparable {
  public let name: String
  public let isDirectory: Bool

  public init(_ name: String, isDirectory: Bool) {
    self.name = name
    self.isDirectory = isDirectory
  }

  public static func < (left: Self, right: Self) -> Bool { left.name < right.name }

  /// Names are shown on terminals, which obey control characters. No file of OpenStack's has one.
  var isPlain: Bool {
    !name.isEmpty && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
  }
}

extension MetadataPlace {
  /// Every file below a directory, depth first.
  ///
  /// - Parameter depth: How far down; a hostile service could go on for ever.
  public func files(below directory: String = "", depth: Int = 6) throws(MetadataError) -> [String] {
    guard depth > 0, let entries = try entries(directory) else { return [] }
    var files: [String] = []
    for entry in entries {
      let path = directory.isEmpty ? entry.name : "\(directory)/\(entry.name)"
      if entry.isDirectory { files += try self.files(below: path, depth: depth - 1) } else { files.append(path) }
      guard files.count <= 2000 else { break }
    }
    return files
  }
}

/// Why metadata cannot be had.
public struct MetadataError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// There is no such place here.
    case absent
    /// It is there, and does not answer or cannot be read; or a library or program for it is missing.
    case unavailable
    case invalid
    case notPermitted
  }

  public let code: Code
  public let reason: String
  public let advice: String?

  public init(_ code: Code, _ reason: String, advice: String? = nil) {
    self.code = code
    self.reason = reason
    self.advice = advice
  }

  public var description: String { advice.map { "\(reason) (\($0))" } ?? reason }
}
