/// One version of the metadata tree: a directory below openstack/, named by its date.
public struct MetadataVersion: Sendable, Hashable, Comparable {
  public let name: String
  public init(_ name: String) { self.name = name }

  /// `2018-08-27`: then names sort as dates do.
  public var isDate: Bool {
    let bytes = Array(name.utf8)
    return bytes.count == 10
      && bytes.enumerated().allSatisfy { place, byte in
        [4, 7].contains(place) ? byte == UInt8(ascii: "-") : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      }
  }

  /// The release of OpenStack that brought it, where it is one that we know (nova/api/metadata/base.py).
  public var release: String? { Self.releases[name] }

  private static let releases = [
    "2012-08-10": "Folsom", "2013-04-04": "Grizzly", "2013-10-17": "Havana", "2015-10-15": "Liberty",
    "2016-06-30": "Newton", "2016-10-06": "Newton", "2017-02-22": "Ocata", "2018-08-27": "Rocky",
    "2020-10-14": "Victoria", "2025-04-04": "Epoxy",
  ]

  public static func < (left: Self, right: Self) -> Bool {
    left.isDate == right.isDate ? left.name < right.name : left.isDate
  }
}

extension MetadataPlace {
  /// What is below openstack/, oldest first; `latest` at the end. A version that we never heard of is as good as others.
  public func versions() throws(MetadataError) -> [MetadataVersion] {
    let entries = try entries("openstack") ?? []
    return entries.filter { $0.isDirectory && $0.name != "content" }.map { MetadataVersion($0.name) }.sorted()
  }

  /// The newest that has a date; `latest` where none has.
  public func newestVersion() throws(MetadataError) -> MetadataVersion {
    let versions = try versions()
    guard let newest = versions.last(where: \.isDate) ?? versions.last else {
      throw MetadataError(.invalid, "\(title) has no version of OpenStack's metadata: there is nothing in openstack/")
    }
    return newest
  }
}
