public import Tree
/// What a fixup decides from.
public struct Situation: Sendable {
  public let tree: any TreeReading
}
