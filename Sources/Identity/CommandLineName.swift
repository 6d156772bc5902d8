public import Site

/// What the user said.
public struct CommandLineName: IdentitySource {
  private let name: NodeName
  public init(_ name: NodeName) { self.name = name }

  public func answers(for machine: MachineFacts, in site: Site) -> [IdentityAnswer] {
    [IdentityAnswer(name, "the command line says so")]
  }
}
