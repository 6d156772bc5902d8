public import Site

/// What two imprints say to each other: a header, lines of `keyword value`, and an end, so that a torn one is not taken for a
/// whole one.
public enum PeerDocument {
  static let header = "imprint-peer 1"
  /// No such document is near as long.
  public static let sizeLimit = 4 << 20

  /// From the node that joins: who the other is, what it shall know, and the site as it is seen here.
  public struct Request: Sendable {
    public var receiver: NodeName
    public var facts: PeerFacts
    /// Without what is secret in it.
    public var site: String

    public init(receiver: NodeName, facts: PeerFacts, site: String) {
      self.receiver = receiver
      self.facts = facts
      self.site = site
    }

    public var bytes: [UInt8] {
      let lines = [header, "receiver \(receiver)"] + facts.lines + ["site \(site.utf8.count)"]
      return Array((lines.joined(separator: "\n") + "\n" + site + "\nend\n").utf8)
    }

    /// nil for anything else, whole or torn.
    public init?(_ bytes: [UInt8]) {
      let text = String(decoding: bytes, as: UTF8.self)
      guard let mark = text.firstRange(of: "\nsite "),
        let end = text[mark.upperBound...].firstIndex(where: \.isNewline),
        let size = Int(text[mark.upperBound..<end])
      else { return nil }
      let rest = Array(text[text.index(after: end)...].utf8)
      guard size >= 0, rest.count == size + 5, rest[size...].elementsEqual("\nend\n".utf8),
        let lines = PeerDocument.lines(String(text[..<mark.lowerBound])),
        let name = lines.first(where: { $0.keyword == "receiver" })?.value, let receiver = try? NodeName(name),
        let facts = PeerFacts(lines)
      else { return nil }
      self.init(receiver: receiver, facts: facts, site: String(decoding: rest[..<size], as: UTF8.self))
    }
  }

  /// The other's answer.
  public struct Answer: Sendable {
    public var facts: PeerFacts
    /// Paths that it changed.
    public var changed: [String]
    public var transaction: String?
    /// What is left to do there, a sentence each.
    public var remarks: [String]

    public init(facts: PeerFacts, changed: [String], transaction: String?, remarks: [String]) {
      self.facts = facts
      self.changed = changed
      self.transaction = transaction
      self.remarks = remarks
    }

    public var text: String {
      let lines =
        [header] + facts.lines + changed.map { "changed \($0)" } + (transaction.map { ["transaction \($0)"] } ?? [])
        + remarks.map { "remark \($0.split(whereSeparator: \.isNewline).joined(separator: "; "))" } + ["end"]
      return lines.joined(separator: "\n") + "\n"
    }

    public init?(_ text: String) {
      guard text.hasSuffix("\nend\n"), let lines = PeerDocument.lines(String(text.dropLast(5))),
        let facts = PeerFacts(lines)
      else { return nil }
      func values(_ keyword: String) -> [String] { lines.filter { $0.keyword == keyword }.map(\.value.shownOnOneLine) }
      self.init(
        facts: facts, changed: values("changed"), transaction: values("transaction").first, remarks: values("remark"))
    }
  }

  /// Whether an answer is of this kind at all.
  public static func isAnswer(_ bytes: [UInt8]) -> Bool { bytes.starts(with: Array((header + "\n").utf8)) }

  private static func lines(_ text: String) -> [(keyword: String, value: String)]? {
    let lines = text.split(whereSeparator: \.isNewline)
    guard let first = lines.first, first == header else { return nil }
    return lines.dropFirst().map { line in
      let keyword = line.prefix { $0 != " " }
      return (String(keyword), String(line.dropFirst(keyword.count + 1)))
    }
  }
}

extension String {
  /// Nothing that somebody else said may steer a terminal.
  public var shownOnOneLine: String {
    var shown = UnicodeScalarView()
    for scalar in unicodeScalars.prefix(600) {
      shown.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return String(shown)
  }
}
