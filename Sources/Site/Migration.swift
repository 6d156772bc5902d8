/// How compute nodes reach each other to move guests: the account, its key, and who may use it.
public struct Migration: Sendable, Equatable {
  public var user: UserName
  public var keyType: KeyType
  /// Whether ssh insists on a known host key. False reproduces the tutorial.
  public var checksHostKeys: Bool
  public var restriction: Restriction
  public var access: Access
  /// With certificates: whose signature counts, as far as the site says. None: it is learned from the controller.
  public var authority: SSHPublicKey?
  /// How long a certificate is good for, in days.
  public var validity: Int
  /// What a peer's key may run.
  public var commands: Commands
  /// What goes into the account's shadow record. None: the record stays as it is.
  public var passwordHash: Secret?

  public init(
    user: UserName = .nova, keyType: KeyType = .ed25519, checksHostKeys: Bool = true,
    restriction: Restriction = .peerAddresses, access: Access = .keys, authority: SSHPublicKey? = nil,
    validity: Int = Self.defaultValidity, commands: Commands = .migration, passwordHash: Secret? = nil
  ) {
    self.user = user
    self.keyType = keyType
    self.checksHostKeys = checksHostKeys
    self.restriction = restriction
    self.access = access
    self.authority = authority
    self.validity = validity
    self.commands = commands
    self.passwordHash = passwordHash
  }

  public enum KeyType: Sendable, Hashable {
    case ed25519
    /// 2048…16384 bits.
    case rsa(bits: Int)

    public static let defaultBits = 3072
    public static let bitsRange = 2048...16384
  }

  /// From where a peer's key is accepted.
  public enum Restriction: Sendable, Hashable {
    /// From that peer's own addresses only.
    case peerAddresses
    case anywhere
    /// From these ranges; a single address is a range of one.
    case sources([Subnet])
  }

  public enum Commands: String, Sendable, Hashable, CaseIterable {
    /// What nova's cold migration and resize run.
    case migration
    case any
  }

  public enum Access: String, Sendable, Hashable, CaseIterable { case keys, certificate }

  public static let defaultValidity = 365
  public static let validityRange = 1...3650
  /// Whom a certificate lets in as the migration user (ssh-keygen(1), -n).
  public static let principal = "imprint-migration"
}

extension Site {
  /// From where a node's own certificate may be used (ssh-keygen(1), source-address); none: from anywhere.
  public func certificateSources(of node: Node) -> [String] {
    switch migration.restriction {
    case .peerAddresses: node.allAddresses.map(\.description)
    case .anywhere: []
    case .sources(let subnets): subnets.map(\.description)
    }
  }

  /// The subnets of every network that a compute node is on: where peers come from, however many they are.
  public var computeSubnets: [Subnet] {
    networks.filter { network in nodes.contains { $0.role == .compute && $0.addresses[network.name] != nil } }
      .flatMap(\.subnets)
  }
}

/// How to reach the controller, for what only it can do.
public struct Controller: Sendable, Equatable {
  /// Where to run commands. None: not over ssh.
  public var ssh: SSHDestination?
  /// The command that makes the cells look for new compute nodes, where it isn't nova-manage as it is.
  public var discover: String?
  /// A file on the controller that holds credentials for the openstack commands.
  public var openrc: AbsolutePath?

  public init(ssh: SSHDestination? = nil, discover: String? = nil, openrc: AbsolutePath? = nil) {
    self.ssh = ssh
    self.discover = discover
    self.openrc = openrc
  }
}

/// What a clone does that doesn't know who it is.
public struct Fence: Sendable, Equatable {
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    case linksAndServices = "links-and-services"
    case none
  }
  public var mode: Mode
  public init(mode: Mode = .linksAndServices) { self.mode = mode }
}
