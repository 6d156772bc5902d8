internal import Documents

/// One concern of a node's identity, decided from values: the node, its platform, and what the tree says now.
///
/// What may enter this room: decisions. A fixup reads through ``Situation/tree``, edits with the documents, and
/// proposes; it never writes, asks the network, or looks at the machine that it runs on.
/// A new fixup is one file here, one line in ``Catalog``, and one fixture.
public protocol Fixup: Sendable {
  /// Short and stable: the heading in a plan, and the `fixup` field of its JSON.
  var name: String { get }

  /// - Throws: ``FixupError`` where the tree cannot be brought to what the site says, `TreeError` where it cannot be
  ///   read.
  func propose(for situation: Situation) throws -> Proposal
}

/// What a fixup wants, what it saw on the way, and how one can tell that it is fulfilled.
public struct Proposal: Sendable {
  public var changes: [Change]
  public var findings: [Finding]
  public var claims: [Claim]

  public init(changes: [Change] = [], findings: [Finding] = [], claims: [Claim] = []) {
    self.changes = changes
    self.findings = findings
    self.claims = claims
  }

  /// For loops: what is there is not copied each time.
  static func += (left: inout Proposal, right: Proposal) {
    left.changes += right.changes
    left.findings += right.findings
    left.claims += right.claims
  }

  public static func + (left: Proposal, right: Proposal) -> Proposal {
    Proposal(
      changes: left.changes + right.changes, findings: left.findings + right.findings,
      claims: left.claims + right.claims)
  }
}

/// Something that a person has to know before anything is restarted.
public struct Finding: Sendable, Hashable {
  public enum Severity: String, Sendable, Hashable {
    /// Good to know; nothing to do.
    case note
    /// Will do harm, or undo the work, unless somebody acts.
    case warning
  }
  public var severity: Severity
  public var text: String
  public var advice: String?

  public init(_ severity: Severity, _ text: String, advice: String? = nil) {
    self.severity = severity
    self.text = SecretSetting.masked(text).printable
    self.advice = advice.map { SecretSetting.masked($0).printable }
  }
}

/// One statement about the node that `verify` checks, by reading the tree as the file's own reader would, not by
/// asking whether imprint would change something.
public struct Claim: Sendable, Hashable {
  /// What it is about, in words: `my_ip in nova.conf`.
  public var subject: String
  public var expected: String
  public var seen: String
  public var holds: Bool

  public init(_ subject: String, expected: String, seen: String, holds: Bool) {
    self.subject = subject.printable
    self.expected = SecretSetting.masked(expected).printable
    self.seen = SecretSetting.masked(seen).printable
    self.holds = holds
  }

  /// The usual one: a value is there, and it is this one.
  public init(_ subject: String, expected: String, seen: String?) {
    self.init(subject, expected: expected, seen: seen ?? "nothing", holds: seen == expected)
  }
}

/// Why a tree or a site cannot be made to agree. The text stands alone: what, where, why, what to do.
public struct FixupError: Error, Sendable, Hashable, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = SecretSetting.masked(description) }
}
