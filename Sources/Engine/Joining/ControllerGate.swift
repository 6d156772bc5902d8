internal import Cluster
internal import Fixups
internal import Site
internal import Tree

/// The forced command of compute nodes' keys on the controller: the very words that `imprint join` sends there, for a compute
/// node of the controller's own site, and no others.
public enum ControllerGate {
  /// - Parameter asked: SSH_ORIGINAL_COMMAND; nil where somebody wants a login shell.
  /// - Returns: What the shell may run: `asked` itself; nil where that is anything else.
  public static func words(_ asked: String?, root: String) throws -> String? {
    guard let asked else { return nil }
    guard let site = try Target.ownSite(of: Tree(root: root)) else {
      throw EngineError(
        .invalid, "there is no site file \(Target.sitePath) here, which would say whom to let in",
        advice: "copy the site file there")
    }
    let known = site.nodes.filter { $0.role == .compute }.map { node in
      DiscoverScript.words([site.cloudNames(of: node)], command: site.controller.discover)
    }
    return known.first { $0 == asked }
  }
}

extension Site {
  /// What nova may call a node's host: its short name, and its full one.
  func cloudNames(of node: Node) -> [String] {
    [node.name.description] + (hostname(of: node).map { [$0.description] } ?? []).filter { $0 != node.name.description }
  }
}
