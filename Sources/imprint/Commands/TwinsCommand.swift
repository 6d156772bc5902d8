internal import ArgumentParser
internal import Engine
internal import Site

struct TwinsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "twins",
    abstract: "What nodes, or trees, share that only one machine should have.",
    discussion: """
      Names with a slash are trees: two or more are compared with each other, and nothing else is looked at. Other names are \
      nodes of the site, which are asked over ssh and compared with this one; without a name, all of them are. Exits with \
      2 where there is something that two have, and with 69 where somebody could not be asked.

      EXAMPLES
        imprint twins compute compute3
        imprint twins /mnt/compute2 /mnt/compute3 ./template
      """)

  @Argument(help: ArgumentHelp("Nodes of the site, or directories.", valueName: "peer"), completion: .directory)
  var names: [String] = []

  @Option(
    help: ArgumentHelp("The site file; /etc/imprint/site.toml where it is not named.", valueName: "file"),
    completion: .file())
  var site: String?

  @Option(
    help: ArgumentHelp(
      "The platform profile of the trees; found from os-release where it is not named.", valueName: "name")
  )
  var profile: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    let trees = names.filter { $0.contains("/") }
    guard trees.isEmpty || trees.count == names.count else {
      throw ValidationError("trees are compared with trees, and nodes with this node: name one kind only")
    }
    if trees.count == 1 { throw ValidationError("name two trees at least") }
    if Set(trees).count < trees.count { throw ValidationError("a tree is no twin of itself: name each once") }
  }

  func run() throws {
    let comparison = try names.contains { $0.contains("/") } ? Comparison(ofTrees: names, profile: profile) : asked()
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.TwinsOut(comparison)))
    case .text:
      if !common.quiet || !comparison.twins.isEmpty {
        try Terminal.answer(TwinsText(ink: common.palette).text(comparison))
      }
    }
    for one in comparison.notAsked {
      let advice = one.advice.map { " (\($0))" } ?? ""
      Terminal.complain("imprint: \(one.name) was not asked: \(one.reason)\(advice)")
    }
    if !comparison.twins.isEmpty { throw ExitCode(2) }
    if !comparison.notAsked.isEmpty { throw ExitCode(EngineError.Code.unavailable.rawValue) }
  }

  private func asked() throws -> Comparison {
    guard try LiveOptions.isLive(common.root, orElse: "imprint twins DIR DIR compares trees") else {
      throw EngineError(.usage, "nodes are asked by a node that runs; imprint twins DIR DIR compares trees")
    }
    let target = try Target(Request(root: common.root, site: site))
    let others = target.others.map(\.name)
    let peers = try names.map { name in
      guard let peer = others.first(where: { $0.description == name }) else {
        let known = others.map(\.description).joined(separator: ", ")
        throw EngineError(.usage, "the site has no other node \(name); it has \(known)")
      }
      return peer
    }
    return try Joining(target).comparison(with: peers)
  }
}
