/// One machine of the site: its name, its part in the cloud, its addresses, and how to recognise it.
public struct Node: Sendable, Equatable {
  public enum Role: String, Sendable, Hashable, CaseIterable { case controller, compute }

  public var name: NodeName
  public var role: Role
  /// At least one address for each network named.
  public var addresses: PerNetwork<[IPAddress]>
  /// Where this node calls an interface otherwise than the network does.
  public var interfaces: PerNetwork<InterfaceName>
  /// The cards that interfaces are tied to (HWADDR in ifcfg files).
  public var macs: PerNetwork<MACAddress>
  public var profile: String?
  public var match: Match
  /// The site does not know the addresses: the cloud that made the machine does, and tells them in network_data.json.
  public var awaitsAddresses = false
  /// Public keys of this node's migration user, as far as the site knows them.
  public var migrationKeys: [SSHPublicKey]
  /// Public SSH host keys of this node, as far as the site knows them.
  public var hostKeys: [SSHPublicKey]

  public init(
    name: NodeName, role: Role, addresses: PerNetwork<[IPAddress]> = [:], interfaces: PerNetwork<InterfaceName> = [:],
    macs: PerNetwork<MACAddress> = [:], profile: String? = nil, match: Match = Match(),
    migrationKeys: [SSHPublicKey] = [], hostKeys: [SSHPublicKey] = []
  ) {
    self.name = name
    self.role = role
    self.addresses = addresses
    self.interfaces = interfaces
    self.macs = macs
    self.profile = profile
    self.match = match
    self.migrationKeys = migrationKeys
    self.hostKeys = hostKeys
  }

  /// How to recognise the machine. Any one of these is enough.
  public struct Match: Sendable, Equatable {
    public var macs: [MACAddress]
    public var uuid: SystemUUID?
    /// The serial number that the firmware gives, without blanks at its ends.
    public var serial: String?
    /// What the firmware says was stuck on the chassis or the board.
    public var assetTag: String?

    public init(macs: [MACAddress] = [], uuid: SystemUUID? = nil, serial: String? = nil, assetTag: String? = nil) {
      self.macs = macs
      self.uuid = uuid
      self.serial = serial
      self.assetTag = assetTag
    }

    public var isEmpty: Bool { macs.isEmpty && uuid == nil && serial == nil && assetTag == nil }
  }

  /// All addresses of the node, in the order of the file.
  public var allAddresses: [IPAddress] { addresses.flatMap(\.value) }
}
