internal import Site
internal import Tree

/// What a bake makes for each node.
public enum BakeForm: String, Sendable, CaseIterable {
  /// A directory: a copy of the whole template.
  case tree
  /// Two directories for overlayfs, `upper` with what differs from the template, and `work`, which is empty.
  case overlay
  /// A raw image, of a template that is one.
  case image
  /// A qcow2 image, likewise.
  case qcow2

  /// What a node's result is called.
  func name(of node: NodeName) -> String {
    switch self {
    case .tree, .overlay: node.description
    case .image: "\(node).raw"
    case .qcow2: "\(node).qcow2"
    }
  }

  /// Mounting takes root.
  var needsRoot: Bool { self != .tree }
}
