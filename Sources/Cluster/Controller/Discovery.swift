public import Site

/// What the controller said, understood.
public enum Discovery: Sendable, Hashable {
  /// All of these hosts are in a cell; whether this run put them there.
  case mapped(byUs: Bool)
  /// Nothing went wrong, and these are still in none: their compute service has not registered yet.
  case notRegistered([NodeName])
  /// nova-manage, or what the site names in its place, failed; in its words.
  case failed(String)

  /// nil where the answer is torn, or not one.
  ///
  /// - Parameter hosts: What the cloud calls each node: CONF.host, its short or its full name.
  public init?(_ answer: String, nodes: [(node: NodeName, hosts: [String])]) {
    guard answer.hasPrefix(DiscoverScript.header + "\n"), answer.hasSuffix("\nend\n") else { return nil }
    var sections: [String: Section] = [:]
    var name = ""
    for line in answer.split(separator: "\n", omittingEmptySubsequences: false) {
      switch line {
      case "before", "discover", "after":
        name = String(line)
        sections[name] = Section()
      case _ where line.hasPrefix("status "):
        sections[name]?.status = Int(line.dropFirst(7))
        name = ""
      default: sections[name]?.lines.append(String(line))
      }
    }
    guard let before = sections["before"] else { return nil }
    if let failure = before.failure("nova-manage cell_v2 list_hosts") {
      self = .failed(failure)
      return
    }
    guard let discover = sections["discover"] else {
      self = .mapped(byUs: false)
      return
    }
    guard let after = sections["after"] else { return nil }
    // Nothing new is no failure, also with --strict, which says it by status 1 (nova/cmd/manage.py, discover_hosts).
    let isNothingNew = discover.lines.contains { $0.hasPrefix("Found 0 unmapped computes") }
    if let failure = isNothingNew ? nil : discover.failure("discover_hosts") {
      self = .failed(failure)
      return
    }
    if let failure = after.failure("nova-manage cell_v2 list_hosts") {
      self = .failed(failure)
      return
    }
    let known = Self.hosts(after.lines)
    let missing = nodes.filter { entry in !entry.hosts.contains { known.contains($0.lowercased()) } }
    self = missing.isEmpty ? .mapped(byUs: true) : .notRegistered(missing.map(\.node))
  }

  private struct Section {
    var lines: [String] = []
    var status: Int?

    func failure(_ what: String) -> String? {
      guard status != 0 else { return nil }
      // Of a traceback, the last line says what; of other output, the first that says that it is an error.
      let telling = lines.first { $0.hasPrefix("ERROR:") } ?? lines.last { !$0.allSatisfy(\.isWhitespace) }
      return "\(what) ended with \(status.map(String.init) ?? "nothing")"
        + (telling.map { ": \($0.shownOnOneLine)" } ?? "")
    }
  }

  /// The column `Hostname` of prettytable's rows: Cell Name | Cell UUID | Hostname.
  static func hosts(_ lines: [String]) -> Set<String> {
    let rows = lines.filter { $0.hasPrefix("|") }
      .map { $0.split(separator: "|").map { $0.filter { !$0.isWhitespace }.lowercased() } }
    guard let column = rows.first?.firstIndex(of: "hostname") else { return [] }
    return Set(rows.dropFirst().compactMap { $0.indices.contains(column) ? $0[column] : nil })
  }
}
