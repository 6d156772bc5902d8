/// From "the files are right" to "the machine is right": what a live node has to do so that it is what its files say.
///
/// Decided as a pure function (``Intentions/steps(from:)``) of what the files say and what runs. Nothing is recorded for
/// it: a name is due where the kernel has another, a link where it lacks its address or its configuration changed, and a
/// unit where it started before a file that it reads was written. So it can be interrupted anywhere and begun again, and
/// a node where all is in effect is left alone.
public import Site
public import Tree

/// One thing to do, and why.
public struct ActivationStep: Sendable, Hashable {
  public let consequence: Consequence
  /// Steps of one rank go side by side, after all those of lower ranks.
  public let rank: Int
  /// For a link: what it had and what it shall have.
  public let link: LinkChange?

  init(_ consequence: Consequence, rank: Int, link: LinkChange? = nil) {
    self.consequence = consequence
    self.rank = rank
    self.link = link
  }
}

/// A link that has to be brought up again.
public struct LinkChange: Sendable, Hashable {
  public let interface: InterfaceName
  public let expected: [InterfaceAddress]
  /// What it had before, by its former configuration; none of these may stay.
  public let former: [InterfaceAddress]
  /// The main file of its former configuration, kept in the state directory; nil where nothing was kept, as it did not
  /// change.
  public let formerFile: TreePath?
  /// Who reads its configuration; nil: the platform's first.
  public let backend: Platform.NetworkBackend?
  /// Its former configuration gave it an MTU, and this one leaves it as a card has it by itself.
  public let losesMTU: Bool

  public init(
    interface: InterfaceName, expected: [InterfaceAddress], former: [InterfaceAddress], formerFile: TreePath?,
    backend: Platform.NetworkBackend? = nil, losesMTU: Bool = false
  ) {
    self.backend = backend
    self.losesMTU = losesMTU
    self.interface = interface
    self.expected = expected
    self.former = former.filter { !expected.contains($0) }
    self.formerFile = formerFile
  }
}

/// What runs, as far as a decision needs it.
public struct LiveState: Sendable {
  public struct Unit: Sendable, Hashable {
    public enum Activity: Sendable, Hashable { case running, failed, inactive, masked }
    public var activity: Activity
    /// When it was last started, nanoseconds since the epoch; nil where it was not.
    public var started: Int64?

    public init(_ activity: Activity, started: Int64? = nil) {
      self.activity = activity
      self.started = started
    }
  }

  public var hostname: String
  /// The addresses of each link that is there.
  public var links: [InterfaceName: [InterfaceAddress]]
  /// Units that systemd knows, by name.
  public var units: [String: Unit]

  public init(hostname: String, links: [InterfaceName: [InterfaceAddress]], units: [String: Unit]) {
    self.hostname = hostname
    self.links = links
    self.units = units
  }
}
