public import Identity
public import Site

extension FirstBoot {
  public enum Outcome: Sendable {
    /// Nothing was done. Why, for the log.
    case own(String)
    /// A disk that was prepared from outside knows its machine now.
    case adopted(node: String)
    /// A clone was made into this node.
    case became(Became)
    /// The machine went down in the middle of something, and that is ended now: a first boot goes on, or files were changed
    /// that the system has read already.
    case resumed(Resumed)
    /// A clone that nobody knows, or that could not be made into its node: it stays off the network.
    case fenced(reason: String, machine: MachineFacts, nodes: [NodeName])
    /// The same, where the site wants no fence.
    case unfenced(reason: String)
  }

  public struct Became: Sendable {
    public let node: NodeName
    /// Why it is a clone, and that node.
    public let evidence: String
    public let applied: Applied
    public let news: News
  }

  public struct Resumed: Sendable {
    /// Whose first boot goes on; nil where it was none.
    public let node: String?
    /// nil where nothing was changed in this boot.
    public let news: News?
  }

  /// What the files say now that the system has read before they were changed.
  public struct News: Sendable {
    /// As etc/hostname says it.
    public let hostname: String?
    /// nil where no site tells it.
    public let platform: Platform?
    /// Whether files of units or of systemd's own settings are among them.
    public let concernsSystemd: Bool
  }
}
