internal import Site
internal import Tree

/// One of the ways in which a tree says which interface has which address. A new one is one file beside this, a case of
/// ``Platform/NetworkBackend``, and one line in ``InterfaceFiles``.
protocol NetworkBackend {
  var kind: Platform.NetworkBackend { get }
  /// Every interface that has an address here, ports and aliases aside.
  var addressed: [(interface: String, address: IPAddress)] { get }
  var aliases: [Alias] { get }
  /// The files that it reads; what its reader passes over is none.
  var snapshots: [FileSnapshot] { get }
  /// Whether it configures anything here.
  var isInUse: Bool { get }
  var ports: [Port] { get }
  var vlans: [VLANDevice] { get }
  /// NetworkManager's connections that its files are: the UUID, in small letters, and the interface.
  var connections: [(uuid: String, interface: String)] { get }
  var unnamed: [UnnamedCard] { get }
  /// Bridges, bonds, dummies and the like that its files make.
  var made: [String] { get }
  /// Dummies whose names don't say that they are.
  var dummies: [String] { get }
  /// Who asks DHCP for an IPv4 address at boot.
  var asking: [AskingInterface] { get }
  /// Every name server that its files say.
  var servers: [String] { get }
  /// What gives an interface addresses and may be for others besides.
  func matches(of interface: InterfaceName, mac: MACAddress?) -> [SharedMatch]
  /// What the tree gives an interface now.
  func addresses(of interface: InterfaceName, mac: MACAddress?) -> [IPAddress]
  /// The files that configure an interface; none: nobody here does.
  func files(of interface: InterfaceName, mac: MACAddress?) -> [TreePath]
  /// Whether its files give an interface nothing at boot: no address, and nobody who is asked for one.
  func leavesAlone(_ interface: InterfaceName, mac: MACAddress?) -> Bool
  /// Whether its files bring an interface up at boot.
  func startsAtBoot(_ interface: InterfaceName, mac: MACAddress?) -> Bool
  /// What an interface of the node's has by its files once the machine is up.
  func startedAddresses(of intent: InterfaceIntent) -> [IPAddress]
  /// Whether what goes by another name here is this interface all the same.
  func isSame(_ name: InterfaceName, as interface: InterfaceName, mac: MACAddress?) -> Bool
  /// - Parameter addresses: those that the survey found.
  func configured(_ addresses: [InterfaceName: [InterfaceAddress]]) -> [ConfiguredInterface]
  func survey(_ survey: inout InterfaceSurvey, ports: Set<String>) throws
  /// - Parameter intents: those interfaces that are this one's to configure.
  func proposal(_ situation: Situation, _ intents: [InterfaceIntent], _ underlay: Underlay) throws -> Proposal
}

extension NetworkBackend {
  var unnamed: [UnnamedCard] { [] }
  var connections: [(uuid: String, interface: String)] { [] }
  var isInUse: Bool { !addressed.isEmpty }
  func leavesAlone(_ interface: InterfaceName, mac: MACAddress?) -> Bool { false }

  /// With a file for each interface.
  func isSame(_ name: InterfaceName, as interface: InterfaceName, mac: MACAddress?) -> Bool {
    !Set(files(of: interface, mac: mac)).isDisjoint(with: files(of: name, mac: nil))
  }
}

extension Platform.NetworkBackend {
  /// For people.
  var title: String {
    switch self {
    case .ifcfg: "ifcfg files"
    case .ifupdown: "ifupdown"
    case .keyfile: "NetworkManager"
    case .networkd: "systemd-networkd"
    case .netplan: "netplan"
    case .wicked: "wicked"
    }
  }
}
