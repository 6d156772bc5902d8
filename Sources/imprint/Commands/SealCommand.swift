internal import ArgumentParser
internal import Engine
internal import Fixups
internal import Transaction

struct SealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal",
    abstract: "Make a tree or an image safe to clone: take out what must be unique.",
    discussion: """
      Every copy then makes its own at its first boot. Shows what goes, and asks first; without a terminal it needs --yes. The \
      history of the tree is forgotten with it, for its images hold the original's private keys: there is no rollback. A \
      copy is nobody until the site's match, or whatever else says so, tells it who it is; until then it stays off the network.

      EXAMPLES
        imprint seal --root /mnt/template
        imprint seal --image template.qcow2 --keep dhcp-leases --also logs --yes
      """)

  @OptionGroup var common: CommonOptions

  @Option(
    help: ArgumentHelp("An image file, raw or qcow2, or a block device, mounted for the moment.", valueName: "path"),
    completion: .file())
  var image: String?

  @Option(help: ArgumentHelp("A unique thing that stays; may be given again.", valueName: "name"))
  var keep: [String] = []

  @Option(
    help: ArgumentHelp("Something that goes only on request, such as logs; may be given again.", valueName: "name"))
  var also: [String] = []

  @Option(
    help: ArgumentHelp(
      "The platform profile; found from the tree's os-release where it is not named.", valueName: "name"))
  var profile: String?

  @Option(help: .hidden) var site: String?

  @Flag(help: "Wait for another imprint that holds the lock, rather than exit with 75.")
  var wait = false

  func validate() throws {
    if image != nil, common.root != "/" { throw ValidationError("--root and --image exclude each other") }
  }

  func run() throws {
    guard common.yes || Terminal.canAsk else {
      throw EngineError(
        .usage, "seal asks before it changes anything, and there is no terminal to ask on", advice: "add --yes")
    }
    guard let image else { return try report(seal(root: common.root, named: common.root), named: common.root) }
    guard let copied = try QcowImage(image) else {
      return try report(seal(DiskImage(image), named: image), named: image)
    }
    let (sealed, isTrimmed) = try copied.withRoot { mounted in
      let sealed = try seal(root: mounted.path, named: image, mounted.unseen)
      return (sealed, sealed.isDone || sealed.pruned > 0)
    }
    try report(sealed, named: image, isTrimmed: isTrimmed)
  }

  /// Until the answer nothing of the image changes, not even what a file system keeps of its mounts.
  private func seal(_ image: DiskImage, named name: String) throws -> Sealed {
    let foreseen = try image.withRoot(onlyLooking: true) { try target($0.path, $0.unseen).outstanding() }
    if foreseen.isDone { return Sealed(plan: foreseen.plan) }
    if !foreseen.plan.isEmpty, try !agrees(to: foreseen.plan, name) { return Sealed(plan: foreseen.plan) }
    return try image.withRoot { mounted in
      // What a crash had left may have changed it.
      try target(mounted.path, mounted.unseen).seal(waitForLock: wait) { plan in
        try plan.changes.map(\.path) == foreseen.plan.changes.map(\.path) || agrees(to: plan, name)
      }
    }
  }

  private func seal(root: String, named name: String, _ unseen: [Finding] = []) throws -> Sealed {
    try target(root, unseen).seal(waitForLock: wait) { try agrees(to: $0, name) }
  }

  private func target(_ root: String, _ unseen: [Finding]) throws -> SealTarget {
    try SealTarget(root: root, profile: profile, keeping: Set(keep), adding: Set(also), unseen: unseen)
  }

  private func agrees(to plan: SealPlan, _ name: String) throws -> Bool {
    if common.format == .text {
      let ink = common.palette
      try Terminal.answer(
        common.quiet ? PlanText(ink: ink).warnings(plan.findings) : SealText(ink: ink).text(plan, name))
    }
    return common.yes || Terminal.ask("Take all of this out of \(name)?")
  }

  private func report(_ sealed: Sealed, named name: String, isTrimmed: Bool = false) throws {
    let text = SealText(ink: common.palette)
    let done = sealed.isDone ? "\(name) is sealed" : nil
    for recovered in sealed.recovered {
      Terminal.complain("imprint: an interrupted transaction, \(recovered.id), was \(recovered.outcome.rawValue) first")
    }
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.SealOut(sealed, root: name)), done: done)
    case .text:
      if sealed.plan.isEmpty, !common.quiet {
        try Terminal.answer(text.findings(sealed.plan))
      }
      if !common.quiet { try Terminal.answer(text.outcome(sealed, name, isTrimmed: isTrimmed), done: done) }
    }
  }
}
