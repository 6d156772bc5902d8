public import JSON

/// meta_data.json: what this machine is. Everything may be missing: versions differ, and so do those who write it.
public struct MetaData: Sendable, Hashable {
  public struct Property: Sendable, Hashable {
    public let name: String
    public let value: String
  }

  /// A public key of a person, under the name that the cloud knows it by.
  public struct Key: Sendable, Hashable {
    public let name: String
    public let key: String
  }

  public struct Device: Sendable, Hashable {
    /// nic, disk, share.
    public let type: String
    public let address: String?
    public let mac: String?
    public let serial: String?
    public let tags: [String]
  }

  public let uuid: String?
  public let name: String?
  public let hostname: String?
  public let zone: String?
  public let project: String?
  public let launchIndex: Int?
  /// What was given with --property.
  public let properties: [Property]
  public let keys: [Key]
  public let devices: [Device]
  /// Whether a password for root is in it. It is shown nowhere.
  public let hasAdminPassword: Bool

  public init(_ document: JSONNode) throws(JSONError) {
    uuid = try document.optional("uuid")?.string()
    name = try document.optional("name")?.string()
    hostname = try document.optional("hostname")?.string()
    zone = try document.optional("availability_zone")?.string()
    project = try document.optional("project_id")?.string()
    launchIndex = try document.optional("launch_index")?.integer()
    var properties: [Property] = []
    for (name, value) in try document.optional("meta")?.members() ?? [] {
      properties.append(Property(name: name, value: try value.string()))
    }
    self.properties = properties
    var keys: [Key] = []
    for (name, value) in try document.optional("public_keys")?.members() ?? [] {
      keys.append(Key(name: name, key: try value.string().trimmed))
    }
    self.keys = keys
    var devices: [Device] = []
    for device in try document.optional("devices")?.elements() ?? [] { devices.append(try Device(device)) }
    self.devices = devices
    hasAdminPassword = try document.optional("admin_pass") != nil
  }

  public subscript(property name: String) -> String? { properties.first { $0.name == name }?.value }
}

extension MetaData.Device {
  fileprivate init(_ device: JSONNode) throws(JSONError) {
    var tags: [String] = []
    for tag in try device.optional("tags")?.elements() ?? [] { tags.append(try tag.string()) }
    self.init(
      type: try device.member("type").string(), address: try device.optional("address")?.string(),
      mac: try device.optional("mac")?.string(), serial: try device.optional("serial")?.string(), tags: tags)
  }
}

extension MetaData.Key {
  /// The key's kind, and what its owner wrote behind it: `ssh-ed25519 root@controller`. The rest says nothing to people.
  public var summary: String {
    let words = key.split(whereSeparator: \.isWhitespace)
    return ([words.first] + words.dropFirst(2).map { $0 }).compactMap { $0.map(String.init) }.joined(separator: " ")
  }
}

extension String {
  /// Without blanks and line ends around it.
  var trimmed: String {
    let start = drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }
}
