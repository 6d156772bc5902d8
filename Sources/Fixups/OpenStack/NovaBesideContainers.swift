public import Site
public import Tree

extension Platform {
  /// Whether a tree that also has what containers read runs the host's nova: where systemd starts that at boot, or where it has its file
  /// and nothing tells. Images that TripleO deploys have the packages too, and nobody starts them.
  public func runsNova(beside services: ContainerPlatform, in tree: any TreeReading) throws -> Bool {
    guard try tree.status(TreePath(nova.editedFile)) != nil else { return false }
    let units = NetworkServices(tree)
    switch try units.state(of: nova.unit.description) {
    case .enabled: return true
    case .unknown: return try !units.hasUnit(services.nova.unit.description)
    case .disabled, .masked: return false
    }
  }
}
