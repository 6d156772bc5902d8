public import Site
public import Tree

/// A tree that shall be copied, while what must be unique is taken out of it; or one of several that are compared.
///
/// What may enter this room: what a template loses, what it remembers of that, and what two trees have in common. Like a
/// fixup, it reads and proposes; the engine writes.
public struct Template: Sendable {
  public let tree: any TreeReading
  /// With nova's directories as its files say.
  public let platform: Platform
  /// Rows of ``UniqueThings`` by their keys: what stays although it would go.
  public let kept: Set<String>
  /// What goes although it would stay.
  public let added: Set<String>

  public init(
    tree: any TreeReading, platform: Platform, kept: Set<String> = [], added: Set<String> = []
  ) {
    self.tree = tree
    self.platform = platform.following(tree, ConfigurationCache())
    self.kept = kept
    self.added = added
  }
}

/// What becomes of one unique thing of a template.
struct SealedThing {
  var proposal = Proposal()
  /// What a copy gets anew, in place of what went.
  var anew: [SealRecord.File] = []

  static func + (left: SealedThing, right: SealedThing) -> SealedThing {
    SealedThing(proposal: left.proposal + right.proposal, anew: left.anew + right.anew)
  }
}

extension UniqueThing {
  /// - Returns: nil where it stays as it is, without a word.
  func sealed(in template: Template) throws -> SealedThing {
    let isKept = template.kept.contains(key)
    switch sealing {
    case .remove:
      return isKept ? try staying(in: template, "seal was told to keep it") : removal(try places(in: template))
    case .seal(let seal):
      return isKept ? try staying(in: template, "seal was told to keep it") : try seal(self, template)
    case .onRequest(let seal): return template.added.contains(key) ? try seal(self, template) : SealedThing()
    case .stays(let reason): return try staying(in: template, reason, .note)
    case .said(let say): return try say(self, template)
    }
  }

  func removal(_ places: [Place]) -> SealedThing {
    SealedThing(proposal: removal(of: places, because: sealReasons))
  }

  /// Why it goes, and who makes another.
  var sealReasons: [String] { [reason, "in a copy: \(maker)"] }

  private func staying(
    in template: Template, _ words: String, _ severity: Finding.Severity = .warning
  ) throws -> SealedThing {
    staying(try places(in: template), words, severity)
  }

  func staying(_ places: [Place], _ words: String, _ severity: Finding.Severity = .warning) -> SealedThing {
    guard let first = places.first else { return SealedThing() }
    let finding = Finding(severity, "stays in the template: \(subject) (\(first.path)); \(words)", advice: advice)
    return SealedThing(proposal: Proposal(findings: [finding]))
  }
}
