internal import ArgumentParser
internal import Engine
internal import Glibc

struct BakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bake",
    abstract: "Make a tree, an overlay or a disk image for each of many nodes, from one template.",
    discussion: """
      Each gets what an apply of its node gives it, in a process of its own, as many at a time as make it faster. The template is \
      only read. Blocks are shared with it where the file system can. Run it again after a crash, a full disk or Ctrl-C: what is \
      finished stays, what was half made is made anew. Exits with the status of the first node that failed.

      EXAMPLES
        imprint bake --from /srv/template --site site.toml --nodes 'compute[2-200]' --into /srv/nodes
        imprint bake --from /srv/template --site site.toml --nodes 'compute[2-200]' --into /srv/nodes --form overlay
        imprint bake --from template.qcow2 --site site.toml --nodes 'compute2,compute[5-7]' --into images
      """)

  @Option(
    help: ArgumentHelp("The template: a directory, an image, raw or qcow2, or a block device.", valueName: "path"),
    completion: .file())
  var from: String

  @Option(help: ArgumentHelp("The site file.", valueName: "file"), completion: .file())
  var site: String

  @Option(
    help: ArgumentHelp(
      "The nodes, by name: compute[2-200], or several with commas; zeros as in node[01-20] are kept.",
      valueName: "names"))
  var nodes: String

  @Option(
    help: ArgumentHelp("The directory that they go to; made where it is missing.", valueName: "dir"),
    completion: .directory)
  var into: String

  @Option(
    help: ArgumentHelp(
      "What is made; of a directory a tree where it is not named, of an image an image.", valueName: "form"))
  var form: BakeFormChoice?

  @Option(help: ArgumentHelp("How many at a time; found out where it is not named.", valueName: "number"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "The platform profile; found from the template's os-release where it is not named.", valueName: "name"))
  var profile: String?

  @Option(help: "What standard output carries.")
  var format = OutputFormat.text

  @Option(help: "When to colour; NO_COLOR in the environment means never where this is not said.")
  var color = ColorChoice.auto

  @Flag(help: "Say only what is wrong.")
  var quiet = false

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs takes 1 to 1024") }
  }

  func run() throws {
    let baking = try Baking(
      Baking.Request(
        template: from, site: site, nodes: nodes, folder: into, form: form?.meaning, profile: profile, jobs: jobs))
    let progress = BakeProgress(ink: color.palette, isQuiet: quiet, nodes: baking.nodes.count)
    Interruption.heed()
    let report = try baking.run(stop: Interruption.event) { progress.tell($0) }
    progress.end()
    switch format {
    case .json: try Terminal.answer(JSON.text(JSON.BakeOut(report)))
    case .text:
      if !quiet || !report.isDone { try Terminal.answer(BakeText(ink: color.palette).text(report)) }
    }
    if let code = Self.status(report) { throw code }
  }

  /// The first failure's; of a bake that was interrupted what a shell makes of it (128 and the signal's number).
  private static func status(_ report: BakeReport) -> ExitCode? {
    if report.stopped == .interrupted, !report.isDone { return ExitCode(128 + (Interruption.signal ?? SIGINT)) }
    return report.entries.lazy.compactMap(\.failure).first.map { ExitCode($0.code.rawValue) }
  }
}

enum BakeFormChoice: String, ExpressibleByArgument, CaseIterable {
  case tree, overlay, image, qcow2

  var meaning: BakeForm {
    switch self {
    case .tree: .tree
    case .overlay: .overlay
    case .image: .image
    case .qcow2: .qcow2
    }
  }
}
