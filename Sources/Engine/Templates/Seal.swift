public import Fixups
internal import Glibc
internal import Site
public import Transaction
internal import Tree

/// A tree that becomes a template.
public struct SealTarget: Sendable {
  public let template: Template
  private let tree: Tree
  /// What is not in it.
  private let unseen: [Finding]

  /// - Parameters:
  ///   - name: What the user calls the tree, for messages.
  ///   - profile: A platform profile by name; nil to find it from the tree's os-release.
  ///   - keeping, adding: Keys of ``UniqueThings``.
  ///   - unseen: What is not in the tree, and is to be told.
  /// - Throws: ``EngineError`` for the running system's own root, and for a key that no row has.
  public init(
    root: String, profile: String?, keeping: Set<String> = [], adding: Set<String> = [], unseen: [Finding] = []
  ) throws {
    self.unseen = unseen
    do {
      try Sealing.check(keeping.union(adding))
    } catch {
      throw EngineError(.usage, error.description)
    }
    tree = try Tree(root: root)
    guard try !Self.isRunning(tree) else {
      throw EngineError(
        .usage, "this is the running system, and what it is would be taken from under it",
        advice: "seal a copy of its disk, with --root or --image")
    }
    template = Template(
      tree: tree, platform: try Target.platform(profile, of: tree), kept: keeping, added: adding)
  }

  static func isRunning(_ tree: Tree) throws -> Bool {
    var own = stat()
    guard stat("/", &own) == 0, let status = try tree.status(.root) else { return false }
    return status.identity.device == UInt64(own.st_dev) && status.identity.inode == UInt64(own.st_ino)
  }

  /// Plans under the lock, asks, does all of it or none, and then forgets the history, whose images hold the original's keys.
  ///
  /// - Parameter confirm: sees the plan and says whether to go on. Not called where nothing changes.
  public func seal(waitForLock: Bool = false, confirm: (SealPlan) throws -> Bool) throws -> Sealed {
    let unlocked = Store(tree: tree)
    // btrfs is asked once, and without the lock.
    let snapshots = Snapshots.findings(tree.rootPath)
    let before = try outstanding(snapshots)
    if before.isDone { return Sealed(plan: before.plan) }
    let locked = try UnderLock(unlocked, wait: waitForLock)
    defer { locked.store.tidy() }
    let plan = try plan(snapshots)
    var (isDone, isErased) = (false, false)
    if !plan.isEmpty {
      guard try confirm(plan) else { return Sealed(plan: plan, recovered: locked.recovered) }
      let device = try tree.target(SealRecord.path.parent)?.identity.device
      isErased = try plan.changes.allSatisfy { try isErasable($0.path, on: device) }
      let operations = try Materialization.operations(for: plan.changes)
      _ = try uninterrupted { try locked.store.commit(operations, title: "seal") }
      isDone = true
    }
    // The seal's own images are those of the keys that it removed.
    let pruned = try uninterrupted { try locked.store.prune(erasing: true) }
    return Sealed(
      plan: plan, isDone: isDone, isErased: isErased, pruned: isDone ? pruned - 1 : pruned, recovered: locked.recovered)
  }

  /// Whether what stands there is what is written over in the end: the image of what is on another file system is a copy, and what has
  /// other names, or is large, is let be.
  ///
  /// - Parameter device: of the state directory.
  private func isErasable(_ path: TreePath, on device: UInt64?) throws -> Bool {
    guard let status = try tree.status(path), status.kind == .regular else { return true }
    return status.identity.device == device && status.links == 1 && status.identity.size <= Tree.mostErased
  }

  /// What a seal would do now, without the lock; and whether there is nothing left to do at all, no history either.
  public func outstanding() throws -> (plan: SealPlan, isDone: Bool) {
    try outstanding(Snapshots.findings(tree.rootPath))
  }

  private func outstanding(_ snapshots: [Finding]) throws -> (plan: SealPlan, isDone: Bool) {
    let plan = try plan(snapshots)
    return (plan, try plan.isEmpty && Store(tree: tree).isEmpty())
  }

  private func plan(_ snapshots: [Finding]) throws -> SealPlan {
    let template = Template(
      tree: CachedTree(tree), platform: template.platform, kept: template.kept, added: template.added)
    let proposal = try Sealing.propose(for: template) + Proposal(findings: unseen + snapshots)
    return SealPlan(
      platform: template.platform.name,
      changes: proposal.changes.map { change in
        var change = change
        change.fixup = Sealing.fixup
        return change
      }, findings: proposal.findings.map { Plan.Stated(fixup: Sealing.fixup, value: $0) })
  }
}

/// All that a seal would take out, and why.
public struct SealPlan: Sendable {
  public let platform: String
  public let changes: [Change]
  public let findings: [Plan.Stated<Finding>]
  public var isEmpty: Bool { changes.isEmpty }
}

/// What a seal did.
public struct Sealed: Sendable {
  public let plan: SealPlan
  /// Whether anything was taken out now. False: it was sealed before, or the user said no.
  public let isDone: Bool
  /// Whether zeros were written over all of it.
  public let isErased: Bool
  /// How many transactions of before were forgotten, with the images that they kept.
  public let pruned: Int
  public let recovered: [LockedStore.Recovered]

  init(plan: SealPlan, isDone: Bool, isErased: Bool, pruned: Int, recovered: [LockedStore.Recovered]) {
    (self.plan, self.isDone, self.isErased, self.pruned, self.recovered) = (plan, isDone, isErased, pruned, recovered)
  }

  /// One that was not done.
  public init(plan: SealPlan, recovered: [LockedStore.Recovered] = []) {
    self.init(plan: plan, isDone: false, isErased: false, pruned: 0, recovered: recovered)
  }
}
