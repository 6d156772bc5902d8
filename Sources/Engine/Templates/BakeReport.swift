public import Site

/// What a bake did, node by node.
public struct BakeReport: Sendable {
  public enum State: String, Sendable {
    /// Made now.
    case baked
    /// An earlier bake made it.
    case before
    case failed
    /// Not begun, or not finished: something stopped the bake.
    case left
  }

  public struct Entry: Sendable {
    public let node: NodeName
    /// What was made, or would have been.
    public let path: String
    public var state: State
    /// Absent where nothing is known of it.
    public var baked: BakedNode?
    /// Milliseconds that it took; 0 where it was not made now.
    public var milliseconds: Int
    public var failure: EngineError?
  }

  public let form: BakeForm
  /// The template's real path.
  public let template: String
  public let folder: String
  /// In the order in which they were named.
  public internal(set) var entries: [Entry]
  /// Milliseconds of it all.
  public internal(set) var milliseconds: Int
  /// Why no more were begun; nil where all were.
  public internal(set) var stopped: Stop?

  public enum Stop: String, Sendable {
    case interrupted
    /// A disk that is full, or that fails, does so for all.
    case disk
  }

  public var isDone: Bool { entries.allSatisfy { [.baked, .before].contains($0.state) } }

  /// What was said of the nodes, each once, with those that it was said of.
  public var remarks: [(text: String, nodes: [NodeName])] {
    var order: [String] = []
    var nodes: [String: [NodeName]] = [:]
    for entry in entries {
      for remark in entry.baked?.remarks ?? [] {
        if nodes[remark] == nil { order.append(remark) }
        nodes[remark, default: []].append(entry.node)
      }
    }
    return order.map { ($0, nodes[$0] ?? []) }
  }
}

/// What happens while it goes on.
public enum BakeEvent: Sendable {
  case begun(NodeName)
  case ended(BakeReport.Entry)
  /// So many at a time from now on.
  case pace(Int)
  /// No more are begun; those that are being made are ended.
  case stopping(BakeReport.Stop)
}
