internal import Fixups
internal import Identity
internal import Site

/// What this machine is to the disk that it booted from. Decided from values alone.
///
/// Two mistakes are possible, and both are bad: an original that is taken for a clone is renamed or cut off, a clone that
/// is taken for the original collides with it. Where too little is known, nothing is done.
enum Recognition: Equatable {
  /// It is the machine that the disk was made on, or nothing says otherwise. Why, for the log.
  case own(String)
  /// A disk that was prepared from outside boots for the first time: its stamp does not know a machine yet.
  case adopt
  /// Another machine's disk, and who it shall be where somebody knows that.
  case clone(evidence: String, node: IdentityAnswer?)

  struct Clues {
    /// What the last apply left on the disk.
    var stamp: Stamp?
    /// Whether it is a template: nobody's, whatever it says.
    var isSealed = false
    var machine: MachineFacts
    /// Who the site says that this machine is.
    var match: IdentityAnswer?
    /// The same, by its cards alone.
    var matchByCard: IdentityAnswer?
    /// Whether the disk bears the name of the node that `match` says.
    var isNamedSo: Bool
  }

  init(_ clues: Clues) {
    if clues.isSealed {
      self = .clone(evidence: "the disk is a copy of a sealed template", node: clues.match)
      return
    }
    guard let stamp = clues.stamp else {
      self = Self.withoutStamp(clues)
      return
    }
    guard let former = stamp.machine else {
      self = Self.prepared(stamp, clues)
      return
    }
    let machine = StampedMachine(clues.machine)
    let evidence = "the disk was stamped as \(stamp.node) on another machine (\(former)); this one is \(machine)"
    switch machine.sameness(with: former) {
    case .same: self = .own("the disk was stamped on this machine")
    case .unknown: self = .own("too little is known of this machine to tell it from another")
    case .replacedCard:
      guard let other = clues.matchByCard, other.node.description != stamp.node else {
        self = .own("the disk was stamped on this machine, with other cards")
        return
      }
      self = .clone(evidence: "the disk was stamped as \(stamp.node), and \(other.evidence)", node: other)
    case .other: self = .clone(evidence: evidence, node: clues.match)
    }
  }

  /// The machine that an image was made from may have no stamp either: only the site's own word counts.
  private static func withoutStamp(_ clues: Clues) -> Recognition {
    guard let match = clues.match, !clues.isNamedSo else { return .own("no apply has been here") }
    return .clone(evidence: "the disk has no stamp and another name, and \(match.evidence)", node: match)
  }

  private static func prepared(_ stamp: Stamp, _ clues: Clues) -> Recognition {
    if let match = clues.match, match.node.description != stamp.node {
      return .clone(evidence: "the disk was prepared as \(stamp.node), and \(match.evidence)", node: match)
    }
    return StampedMachine(clues.machine).isEmpty ? .own("nothing is known of this machine") : .adopt
  }
}
