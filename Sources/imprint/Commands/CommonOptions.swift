internal import ArgumentParser
internal import Engine
internal import Glibc

enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json }
enum ColorChoice: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

/// What every command takes.
struct CommonOptions: ParsableArguments {
  private static let usual = (root: "/", format: OutputFormat.text, color: ColorChoice.auto)

  @Option(help: ArgumentHelp("The target's root directory.", valueName: "dir"), completion: .directory)
  var root = Self.usual.root

  @Option(help: "What standard output carries.")
  var format = Self.usual.format

  @Option(help: "When to colour; NO_COLOR in the environment means never where this is not said.")
  var color = Self.usual.color

  @Flag(help: "Say only what is wrong.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more.")
  var verbose = false

  @Flag(name: .shortAndLong, help: "Do not ask; only apply and seal do.")
  var yes = false

  var palette: Palette { color.palette }
}

extension ColorChoice {
  var palette: Palette {
    switch self {
    case .always: return Palette(isColoured: true)
    case .never: return Palette(isColoured: false)
    case .auto:
      let isUnwanted = (Terminal.environment("NO_COLOR") ?? "").isEmpty == false
      return Palette(isColoured: !isUnwanted && Terminal.environment("TERM") != "dumb" && Terminal.outputIsTerminal)
    }
  }
}

/// What those commands take that need to know who the node is.
struct TargetOptions: ParsableArguments {
  @Argument(help: "The node of the site that the tree shall be; left out where an earlier apply tells.")
  var node: String?

  @Option(
    help: ArgumentHelp("The site file; ROOT/etc/imprint/site.toml where it is not named.", valueName: "file"),
    completion: .file())
  var site: String?

  @Option(
    help: ArgumentHelp(
      "The platform profile; found from the tree's os-release where it is not named.", valueName: "name"))
  var profile: String?

  func target(_ common: CommonOptions) throws -> Target {
    try Target(Request(root: common.root, site: site, node: node, profile: profile))
  }
}

/// For scripts that say the same of every command: one that needs no site takes these, and has no use for them.
struct NeedlessOptions: ParsableArguments {
  @Option(help: .hidden) var site: String?
  @Option(help: .hidden) var profile: String?
}

extension CommonOptions: PlainOptions {
  mutating func take(_ words: inout PlainWords) {
    root = words.option("--root") ?? Self.usual.root
    format = words.option("--format", as: OutputFormat.self) ?? Self.usual.format
    color = words.option("--color", as: ColorChoice.self) ?? Self.usual.color
    quiet = words.flag("--quiet")
    verbose = words.flag("--verbose", "-v")
    yes = words.flag("--yes", "-y")
  }
}

extension TargetOptions: PlainOptions {
  /// Takes the last word that is left: the options of a command come first.
  mutating func take(_ words: inout PlainWords) {
    site = words.option("--site")
    profile = words.option("--profile")
    node = words.argument()
  }
}
