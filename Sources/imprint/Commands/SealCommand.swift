internal import ArgumentParser
internal import Engine
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
    help: ArgumentHelp("An image file, raw or qcow2, or a block device, mounted for the moment.", valueName: "path"))
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

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Flag(help: "Wait for another imprint that holds the lock, rather than exit with 75.")
  var wait = false

  func validate() throws {
    if image != nil, common.root != "/" { throw ValidationError("--root and --image exclude each other") }
  }

  func run() throws {
    guard yes || Terminal.canAsk else {
      throw EngineError(
        .usage, "seal asks before it changes anything, and there is no terminal to ask on", advice: "add --yes")
    }
    guard let image else { return try report(seal(root: common.root, named: common.root), named: common.root) }
    guard let copied = try QcowImage(image) else {
      return try report(DiskImage(image).withRoot { try seal(root: $0, named: image) }, named: image)
    }
    let (sealed, isTrimmed) = try copied.withRoot { root in
      let sealed = try seal(root: root, named: image)
      return (sealed, sealed.isDone || sealed.pruned > 0)
    }
    try report(sealed, named: image, isTrimmed: isTrimmed)
  }

  private func seal(root: String, named name: String) throws -> Sealed {
    let target = try SealTarget(root: root, profile: profile, keeping: Set(keep), adding: Set(also))
    let text = SealText(ink: common.palette)
    return try target.seal(waitForLock: wait) { plan in
      if common.format == .text, !common.quiet { try Terminal.answer(text.text(plan, name)) }
      return yes || Terminal.ask("Take all of this out of \(name)?")
    }
  }

  private func report(_ sealed: Sealed, named name: String, isTrimmed: Bool = false) throws {
    let text = SealText(ink: common.palette)
    for recovered in sealed.recovered {
      Terminal.complain("imprint: an interrupted transaction, \(recovered.id), was \(recovered.outcome.rawValue) first")
    }
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.SealOut(sealed, root: name)))
    case .text:
      if sealed.plan.isEmpty, !common.quiet {
        try Terminal.answer(text.findings(sealed.plan))
      }
      if !common.quiet { try Terminal.answer(text.outcome(sealed, name, isTrimmed: isTrimmed)) }
    }
  }
}
