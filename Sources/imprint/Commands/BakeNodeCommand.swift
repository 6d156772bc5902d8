internal import ArgumentParser
internal import Engine
internal import Site

/// What `imprint bake` runs for each node. Not for people.
struct BakeNodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bake-node", abstract: "Make one node of a bake.", shouldDisplay: false)

  @Argument var node: String
  @Option var from: String
  @Option var into: String
  @Option var form: BakeFormChoice
  @Option var profile: String?
  /// The process that started it.
  @Option var parent: Int32

  func run() throws {
    try NodeBaking.endWith(parent: parent)
    let name: NodeName
    do {
      name = try NodeName(node)
    } catch {
      throw EngineError(.usage, error.description)
    }
    let baked = try NodeBaking(name, from: from, into: into, form: form.meaning, profile: profile).run()
    try Terminal.answer(baked.text)
  }
}
