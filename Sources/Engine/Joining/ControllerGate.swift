internal import Cluster
internal import Fixups
public import Site
internal import Tree

/// The forced command of compute nodes' keys on the controller: the very words that `imprint join` sends there, for a compute
/// node of the controller's own site, and no others.
public enum ControllerGate {
  /// What is let through: `words` for the shell, as they were asked, and what they are for.
  public struct Passage: Sendable, Hashable {
    public let words: String
    /// `discover_hosts`, or `certify NODE`.
    public let purpose: String
  }

  /// - Parameters:
  ///   - asked: SSH_ORIGINAL_COMMAND; nil where somebody wants a login shell.
  ///   - source: Where they come from; a node's keys are certified for itself only, and it is known by its addresses.
  /// - Returns: nil where that is anything else.
  public static func passage(_ asked: String?, from source: IPAddress?, root: String) throws -> Passage? {
    guard let asked else { return nil }
    guard let site = try Target.ownSite(of: Tree(root: root)) else {
      throw EngineError(
        .invalid, "there is no site file \(Target.sitePath) here, which would say whom to let in",
        advice: "copy the site file there")
    }
    for node in site.nodes where node.role == .compute {
      if asked == DiscoverScript.words([site.cloudNames(of: node)], command: site.controller.discover) {
        return Passage(words: asked, purpose: "discover_hosts")
      }
      guard site.migration.access == .certificate, let source, node.allAddresses.contains(source) else { continue }
      if asked == AuthorityScript.words(site.certificationRequest(for: node)) {
        return Passage(words: asked, purpose: "certify \(node.name)")
      }
    }
    return nil
  }
}

extension Site {
  /// What nova may call a node's host: its short name, and its full one.
  func cloudNames(of node: Node) -> [String] {
    [node.name.description] + (hostname(of: node).map { [$0.description] } ?? []).filter { $0 != node.name.description }
  }
}
