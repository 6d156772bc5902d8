/// A file of routes as wicked reads it (ifroute(5)), lossless: `destination gateway netmask interface options`, a dash for what is
/// not said.
public struct IfrouteFile: Sendable, Equatable {
  /// A line that is understood: what goes through a router, in the usual table.
  public struct Entry: Sendable, Equatable {
    /// Counted from 0.
    public let line: Int
    /// `default`, an address, or a network with its prefix.
    public let destination: String
    public let gateway: String
    public let netmask: String?
    /// nil: whichever it fits, or the interface that the file is named after.
    public let interface: String?
    /// What stands behind it.
    public let options: RouteOptions

    public var metric: String? { options["metric"] }

    public var isDefault: Bool { ["default", "0.0.0.0/0", "::/0"].contains(destination) || netmask == "0.0.0.0" }
  }

  private var lines: Lines

  public init(_ bytes: [UInt8]) { lines = Lines(bytes) }

  public var bytes: [UInt8] { lines.bytes }

  public var entries: [Entry] {
    lines.indices.compactMap { index in
      // What goes on in the next line has several routers.
      let isPart = index > 0 && lines[index - 1].text.hasSuffix("\\")
      return isPart || lines[index].text.hasSuffix("\\") ? nil : Self.entry(lines[index], index)
    }
  }

  private static func entry(_ line: Lines.Line, _ index: Int) -> Entry? {
    let placed = PlacedWord.all(in: line.content)
    let words = placed.map(\.text)
    guard words.count > 1, !words[0].hasPrefix("#"), words[1] != "-", words[1] != "0.0.0.0" else { return nil }
    func word(_ place: Int) -> String? { words.count > place && words[place] != "-" ? words[place] : nil }
    guard let options = RouteOptions(placed.dropFirst(4)), options.isMain, options["via"] == nil else { return nil }
    return Entry(
      line: index, destination: words[0], gateway: words[1], netmask: word(2), interface: word(3), options: options)
  }

  /// Another router in a line, which stays as it is otherwise.
  public mutating func replaceGateway(of entry: Entry, with gateway: String) {
    guard let place = PlacedWord.all(in: lines[entry.line].content).dropFirst().first?.range else { return }
    var line = Array(lines[entry.line].content)
    line.replaceSubrange(place, with: gateway.utf8)
    lines.replace(at: entry.line, with: line)
  }

  /// Another router and metric in a line, which keeps its other options.
  public mutating func redirect(_ entry: Entry, to gateway: String, metric: String?) {
    let line = Array(lines[entry.line].content)
    let end = PlacedWord.all(in: line).last?.range.upperBound ?? line.endIndex
    lines.replace(at: entry.line, with: entry.options.setting([("metric", metric)], in: line, end: end))
    replaceGateway(of: entry, with: gateway)
  }

  public mutating func remove(_ entries: [Entry]) {
    for line in entries.map(\.line).sorted().reversed() { lines.remove(at: line) }
  }

  /// One more line at the end.
  public mutating func add(_ destination: String, via gateway: String, on interface: String?, metric: String? = nil) {
    let isEmpty = lines.isEmpty
    // A line that goes on would take the new one in.
    if lines.last?.text.hasSuffix("\\") == true { lines.append([]) }
    let words = [destination, gateway, "-", interface ?? "-"] + (metric.map { ["metric", $0] } ?? [])
    lines.append(Array(words.joined(separator: " ").utf8))
    if isEmpty, lines.bytes.last != 0x0A { lines = Lines(lines.bytes + [0x0A]) }
  }
}
