/// What becomes of an activation in which something fails.
public enum OnFailure: String, Sendable, Hashable, CaseIterable {
  /// A link that does not come up undoes everything, as the node would be cut off; a unit that does not become well
  /// leaves the rest as it is, since the files are right and the node can be reached.
  case auto
  /// Nothing is undone.
  case keep
  /// Everything is undone.
  case rollBack = "roll-back"
}
