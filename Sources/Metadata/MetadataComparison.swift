internal import JSON

/// Two places side by side, field by field.
public struct MetadataComparison: Sendable {
  /// One value in one document, as both have it; nil where one has not.
  public struct Field: Sendable, Hashable {
    /// `meta_data.json`
    public let document: String
    /// `keys[0].name`
    public let path: String
    public let first: String?
    public let second: String?
  }

  public let first: Metadata
  public let second: Metadata
  /// Where they differ, in the order of the documents.
  public let differing: [Field]
  public let sameCount: Int

  public init(_ first: Metadata, _ second: Metadata) {
    self.first = first
    self.second = second
    let (left, right) = (Self.leaves(first), Self.leaves(second))
    let (known, other) = (
      Dictionary(left.map { ($0.place, $0.value) }, uniquingKeysWith: { one, _ in one }),
      Dictionary(right.map { ($0.place, $0.value) }, uniquingKeysWith: { one, _ in one })
    )
    let places = left.map(\.place) + right.map(\.place).filter { known[$0] == nil }
    var differing: [Field] = []
    for place in places where known[place] != other[place] {
      differing.append(
        Field(
          document: place.document, path: place.path, first: known[place].map { place.shown($0) },
          second: other[place].map { place.shown($0) }))
    }
    self.differing = differing
    sameCount = places.count - differing.count
  }

  fileprivate struct Place: Hashable {
    let document: String
    let path: String

    /// Whether a value may be shown: compared they all are.
    func shown(_ value: String) -> String {
      if document == "user_data" { return String(value.prefix { $0 != "," }) }
      return MetadataSecrets.isSecret(path) ? MetadataSecrets.mask : value
    }
  }

  private static func leaves(_ metadata: Metadata) -> [(place: Place, value: String)] {
    var leaves = metadata.documents.flatMap { document in
      document.content.leaves.map { (Place(document: document.name, path: $0.path), $0.value) }
    }
    if let userData = metadata.userData {
      leaves.append((Place(document: "user_data", path: ""), "\(userData.bytes.count) bytes, \(userData.fingerprint)"))
    }
    return leaves.filter { !isExpected($0.0) }
  }

  /// New at each question (nova/api/metadata/base.py), and what only a drive has.
  private static func isExpected(_ place: Place) -> Bool {
    guard place.document == Metadata.metaDataName else { return false }
    return place.path == "random_seed" || place.path.hasPrefix("files") || place.path == "admin_pass"
      || place.path.hasPrefix("network_config")
  }
}

extension UserData {
  /// Tells one from another, and nobody reads it back (FNV-1a, 64 bits).
  fileprivate var fingerprint: String {
    let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return "fingerprint " + String(hash, radix: 16)
  }
}

/// Which values of a document are nobody's business.
public enum MetadataSecrets {
  public static let mask = "(not shown)"
  private static let words = ["pass", "secret", "token", "private", "credential", "random_seed", "hash"]

  /// - Parameter path: The path to the value in its document, or a property's name.
  public static func isSecret(_ path: String) -> Bool {
    let lower = path.lowercased()
    return words.contains { lower.contains($0) }
  }
}
