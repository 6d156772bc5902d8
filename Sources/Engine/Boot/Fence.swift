internal import Fixups
internal import Glibc
internal import Identity
public import Site
public import Tree

/// What keeps a clone that nobody knows from coming up as its original: a file below /run. Each unit that would give the
/// machine an address, or speak for it in the cloud, is installed with a drop-in that lets it start only without that file
/// (systemd.unit(5), ConditionPathExists=). So nothing has to be masked at run time, and the next boot looks anew.
public struct Fence: Sendable {
  public static let path: TreePath = "/run/imprint/fenced"
  /// What imprint-fenced.service shows on the console when everything has started.
  static let noticePath: TreePath = "/run/imprint/notice"

  private let tree: Tree
  public init(of tree: Tree) { self.tree = tree }

  public var isRaised: Bool { get throws { try tree.status(Self.path) != nil } }

  /// Why it was raised, in a line; nil where it is not.
  public var reason: String? {
    get throws {
      guard let file = try tree.file(Self.path) else { return nil }
      return String(decoding: file.bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }
  }

  /// Raises it, or gives a raised one another reason.
  public func raise(because reason: String) throws {
    let line = reason.map { $0.isNewline ? " " : $0 }
    try tree.writeRunFile(line.map(String.init).joined() + "\n", to: Self.path)
  }

  /// What people who come to the console have to know. It is only said: the fence stands without it.
  public func notify(_ text: String) throws { try tree.writeRunFile(text, to: Self.noticePath) }

  /// Raises it where the disk is another machine's: what rolling back a clone's first apply makes it again.
  ///
  /// - Returns: Why; nil where it is this machine's, or nobody knows.
  public func raiseBeforeForeignDisk() throws -> String? {
    guard let reason = try Self.foreignness(of: tree, on: tree) else { return nil }
    try raise(because: reason)
    return reason
  }

  /// Why a tree is another machine's than the one that runs `running`.
  static func foreignness(of tree: any TreeReading, on running: Tree) throws -> String? {
    guard let stamp = try Stamp.read(from: tree), let former = stamp.machine else { return nil }
    let machine = StampedMachine(MachineFacts(root: running.rootPath))
    guard machine.sameness(with: former) == .other else { return nil }
    return "the disk was stamped as \(stamp.node) on another machine (\(former)); this one is \(machine)"
  }

  /// - Returns: Whether it was raised. The units that it held back start when somebody starts them: ``units(of:)``.
  @discardableResult
  public func lift() throws -> Bool {
    guard try isRaised else { return false }
    try tree.remove(Self.path)
    if try tree.status(Self.noticePath) != nil { try tree.remove(Self.noticePath) }
    return true
  }

  /// What it holds back on a platform, in the order in which it has to be started afterwards: the network, then the
  /// platform's own units. People are still let in on the console, and by ssh where there is a network; logs are written.
  public static func units(of platform: Platform) -> [UnitName] {
    let network = platform.networks.flatMap { backend -> [String] in
      switch backend {
      case .ifcfg: ["network.service"]
      case .ifupdown: ["networking.service"]
      case .keyfile: ["NetworkManager.service"]
      case .wicked: ["wicked.service"]
      case .networkd: ["systemd-networkd.service"]
      // It only writes files for the others.
      case .netplan: ["systemd-networkd.service", "NetworkManager.service"]
      }
    }
    let kept: Set<String> = ["ssh.service", "sshd.service", "rsyslog.service", "systemd-journald.service"]
    let services =
      platform.units.sorted { $0.order < $1.order }.map(\.name) + [platform.nova.unit] + platform.neutron.map(\.unit)
    var units: [UnitName] = []
    for unit in network.compactMap({ try? UnitName($0) }) + services
    where !kept.contains(unit.description) && !units.contains(unit) { units.append(unit) }
    return units
  }
}
