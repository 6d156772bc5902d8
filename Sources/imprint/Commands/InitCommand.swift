internal import ArgumentParser
internal import Engine
internal import Site

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a site.toml from what an existing node's tree says.",
    discussion: "The result is a beginning: add the clones, and whatever this node does not know of the others.")

  @Option(help: ArgumentHelp("The target's root directory.", valueName: "dir"))
  var root = "/"

  @Option(
    help: ArgumentHelp(
      "Where to write: - for standard output; etc/imprint/site.toml of the tree where it is not named.",
      valueName: "file"))
  var site: String?

  @Option(
    help: ArgumentHelp("The platform profile; found from os-release where it is not named.", valueName: "name"))
  var profile: String?

  func run() throws {
    let made = try Initialization(root: root, profile: profile)
    if site == "-" {
      try Terminal.answer(made.text)
    } else if let site {
      try HostFile.create(site, made.text)
    } else {
      _ = try made.save(root: root)
    }
    for remark in made.remarks { Terminal.complain("imprint: \(remark)") }
  }
}
