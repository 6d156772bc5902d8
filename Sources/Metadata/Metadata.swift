public import JSON

/// All that one place says in one version. What is wrong with one document keeps the others from nothing.
public struct Metadata: Sendable {
  public let place: String
  public let kind: MetadataKind
  public let version: MetadataVersion
  public let versions: [MetadataVersion]

  public private(set) var metaData: MetaData?
  public private(set) var networkData: NetworkData?
  public private(set) var vendorData: JSONNode?
  public private(set) var vendorData2: JSONNode?
  public private(set) var userData: UserData?
  /// The documents as they are, by name.
  public private(set) var documents: [(name: String, content: JSONNode)] = []
  /// What is wrong with some of them.
  public private(set) var problems: [String] = []

  public static let metaDataName = "meta_data.json"

  /// - Parameter version: nil for the newest.
  /// - Throws: Where there is no such version, or no meta_data.json in it.
  public init(from place: some MetadataPlace, version wanted: String? = nil) throws(MetadataError) {
    self.place = place.title
    kind = place.kind
    versions = try place.versions()
    if let wanted { version = MetadataVersion(wanted) } else { version = try place.newestVersion() }
    let folder = "openstack/\(version.name)"
    guard let bytes = try place.bytes("\(folder)/\(Self.metaDataName)") else {
      let known = versions.map(\.name).joined(separator: ", ")
      throw MetadataError(.invalid, "\(place.title) has no \(folder)/\(Self.metaDataName); its versions are \(known)")
    }
    // nova's service answers to some names in versions that do not list them: a drive of that version has no such file.
    listed = try place.entries(folder).map { Set($0.map { $0.name.lowercased() }) } ?? []
    if let document = parse(bytes, Self.metaDataName) { metaData = understand(document, MetaData.init) }
    if let document = try document("network_data.json", folder, place) {
      networkData = understand(document, NetworkData.init)
    }
    vendorData = try document("vendor_data.json", folder, place)
    vendorData2 = try document("vendor_data2.json", folder, place)
    if has("user_data") { userData = try place.bytes("\(folder)/user_data").map(UserData.init) }
  }

  /// The names in the version's directory, in lower case; empty where it has no list.
  private var listed: Set<String> = []

  private func has(_ name: String) -> Bool { listed.isEmpty || listed.contains(name) }

  /// What the cloud's operator gave, by document: the names only, for the values may be secrets.
  public var vendorKeys: [(document: String, keys: [String])] {
    [("vendor_data.json", vendorData), ("vendor_data2.json", vendorData2)].compactMap { name, document in
      guard case .object(let object)? = document?.value, !object.members.isEmpty else { return nil }
      return (name, object.keys)
    }
  }

  private mutating func document(
    _ name: String, _ folder: String, _ place: some MetadataPlace
  ) throws(MetadataError) -> JSONNode? {
    guard has(name) else { return nil }
    return try place.bytes("\(folder)/\(name)").flatMap { parse($0, name) }
  }

  private mutating func parse(_ bytes: [UInt8], _ name: String) -> JSONNode? {
    do throws(JSONError) {
      let document = try JSONNode(bytes, document: name)
      documents.append((name, document))
      return document
    } catch {
      problems.append(error.description)
      return nil
    }
  }

  private mutating func understand<Value>(
    _ document: JSONNode, _ read: (JSONNode) throws(JSONError) -> Value
  ) -> Value? {
    do throws(JSONError) { return try read(document) } catch {
      problems.append(error.description)
      return nil
    }
  }
}
