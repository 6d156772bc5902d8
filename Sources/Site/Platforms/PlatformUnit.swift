extension Platform {
  /// A unit that reads files which we change: after a change of one, it has to read them again.
  public struct Unit: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable, CaseIterable { case restart, reload }

    public var name: UnitName
    /// Units with a lower number come first; those with the same number go side by side.
    public var order: Int
    /// What the unit reads. A changed file makes it due.
    public var files: [PathPattern]
    public var action: Action
    /// Whether the unit keeps the host name that it started with, and so is due when that changes.
    public var keepsHostname: Bool
    /// What the unit is for, in a few words for the plan: "runs the guests".
    public var purpose: String

    public init(
      name: UnitName, order: Int, files: [PathPattern], action: Action, keepsHostname: Bool, purpose: String
    ) {
      self.name = name
      self.order = order
      self.files = files
      self.action = action
      self.keepsHostname = keepsHostname
      self.purpose = purpose
    }

    /// Whether the unit reads this file.
    public func reads(_ path: String) -> Bool { files.contains { $0.matches(path) } }
  }
}
