internal import Documents
public import Site
public import Tree

/// Everything that a fixup decides from.
public struct Situation: Sendable {
  public let site: Site
  /// Who this tree shall be.
  public let node: Node
  public let platform: Platform
  /// The tree as it is, with what earlier fixups of the same plan propose on top.
  public var tree: any TreeReading
  /// The tree as it is, without any proposal: what the original left here, such as its public keys. It is the tree
  /// that this situation was made with; give `tree` its proposals afterwards.
  public let original: any TreeReading
  /// Whose tree it was, found before any change.
  public let provenance: Provenance
  /// Every address that must not stay, with the network that it was on, in a steady order.
  let formerAddresses: [(network: NetworkName, address: IPAddress)]
  /// The addresses that the tree must lose, or has lost, ready to be looked for in texts: what still says them is told.
  let formerTokens: [(address: IPAddress, token: Token)]
  public let fresh: any FreshValues
  public let configurations: ConfigurationCache
  /// Whether files can be given to other users: root can, an ordinary owner of a tree cannot.
  public let ownerCanChange: Bool
  /// The machine that runs this tree; nil where another has it below a directory.
  public let machine: StampedMachine?
  /// By key of ``UniqueThings``, the files that are again what an earlier apply found and renewed: a backup came back, say. A node's own
  /// things are kept, and these are not its own.
  public var returned: [String: Set<TreePath>] = [:]
  /// In days since 1970; nil where no age counts.
  public var today: Int?
  /// What etc/imprint/site.toml becomes, where somebody outside gave it or completed it.
  public var siteFile: SiteFile?
  /// What of the tree's interfaces stands on no card.
  var hostLocal: HostLocalInterfaces?
  /// The interfaces of NetworkManager's connections in other backends' files, by the UUIDs that these lose.
  var connectionsElsewhere: [String: String] = [:]
  /// The node's interfaces that files have which nobody reads: that is told of them, and no more.
  var unread: Set<String> = []

  public init(
    site: Site, node: Node, platform: Platform, tree: any TreeReading, provenance: Provenance,
    fresh: any FreshValues, ownerCanChange: Bool, configurations: ConfigurationCache = ConfigurationCache(),
    machine: StampedMachine? = nil
  ) {
    self.site = site
    self.node = node
    self.platform = platform.following(tree, configurations)
    self.tree = tree
    self.original = tree
    self.provenance = provenance
    formerAddresses = provenance.formerAddresses.sorted { $0.key < $1.key }.flatMap { network, addresses in
      addresses.map { (network, $0) }
    }
    let former = formerAddresses.map(\.address)
    formerTokens = (former + provenance.goneAddresses.filter { !former.contains($0) }).map {
      ($0, Token($0.description))
    }
    self.fresh = fresh
    self.ownerCanChange = ownerCanChange
    self.machine = machine
    self.configurations = configurations
  }
}

/// Whose disk this is: the node's own, or a copy of somebody else's. Decides whether what must be unique is renewed.
public struct Provenance: Sendable, Hashable {
  public enum Origin: Sendable, Hashable {
    /// An apply for this very node left its stamp here, or the tree is the node's in name and addresses.
    case own
    /// A copy: everything unique is the original's.
    case copy
  }

  public var origin: Origin
  /// What it was concluded from, for people.
  public var evidence: String
  /// The names that the tree had for itself and must lose, short and full; never the node's own.
  public var formerNames: [String]
  /// The addresses that the tree had for itself and must lose; never the node's own, never a controller's.
  public var formerAddresses: [NetworkName: [IPAddress]]
  /// What a copy has on networks that are none of the node's: nothing is there to take their place, and what says them is told.
  public var unansweredAddresses: [IPAddress]
  /// What it had before an earlier apply: nothing is changed for them, and what still says them is told.
  public var pastNames: [String]
  public var pastAddresses: [IPAddress]
  /// MAC addresses and UUIDs that an earlier apply took out of files of interfaces and names of cards; none of this machine's.
  public var pastTies: Set<String>

  public init(
    origin: Origin, evidence: String, formerNames: [String] = [], formerAddresses: [NetworkName: [IPAddress]] = [:],
    unansweredAddresses: [IPAddress] = [], pastNames: [String] = [], pastAddresses: [IPAddress] = [],
    pastTies: Set<String> = []
  ) {
    self.origin = origin
    self.evidence = evidence
    self.formerNames = formerNames
    self.formerAddresses = formerAddresses
    self.unansweredAddresses = unansweredAddresses
    self.pastNames = pastNames
    self.pastAddresses = pastAddresses
    self.pastTies = pastTies
  }

  public var isCopy: Bool { origin == .copy }
  public var allFormerAddresses: [IPAddress] { formerAddresses.values.flatMap(\.self) }
  /// Those for which nothing of the node's is put: what says them is told.
  var goneAddresses: [IPAddress] { unansweredAddresses + pastAddresses }
}
