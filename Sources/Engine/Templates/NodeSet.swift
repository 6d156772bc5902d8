public import Site

/// Which nodes a bake is for, as people of clusters write it: `controller,compute[2-4,7]`, `rack[1-2]node[01-20]`. Pure.
///
/// Names are in the order in which they are written, each once.
public struct NodeSet: Sendable, Equatable {
  public let names: [NodeName]

  /// More than this is a slip of the finger, and not a bake.
  static let most = 100_000

  /// - Throws: ``EngineError`` (usage) with what would be right.
  public init(_ text: String) throws(EngineError) {
    var seen: Set<String> = []
    var names: [NodeName] = []
    for pattern in try Self.patterns(text) {
      for name in try pattern.expanded(within: text) where seen.insert(name).inserted {
        do {
          names.append(try NodeName(name))
        } catch {
          throw EngineError(.usage, "--nodes \(text): \(error)")
        }
      }
      guard names.count <= Self.most else { throw Self.tooMany(text) }
    }
    self.names = names
  }

  /// At the commas that stand in no brackets.
  private static func patterns(_ text: String) throws(EngineError) -> [Pattern] {
    var parts: [[Character]] = [[]]
    var isInside = false
    for character in text {
      if character == "[" || character == "]" {
        guard isInside == (character == "]") else {
          throw mistake(text, "'\(character)' has no partner", "write compute[2-200]")
        }
        isInside.toggle()
      } else if !isInside, character == "," || character == " " {
        parts.append([])
        continue
      }
      parts[parts.count - 1].append(character)
    }
    if isInside { throw mistake(text, "'[' has no partner", "write compute[2-200]") }
    parts.removeAll(where: \.isEmpty)
    guard !parts.isEmpty else { throw mistake(text, "it names nobody", "write compute[2-200]") }
    var patterns: [Pattern] = []
    for part in parts { patterns.append(try Pattern(part[...], of: text)) }
    return patterns
  }

  fileprivate static func mistake(_ text: String, _ reason: String, _ advice: String) -> EngineError {
    EngineError(.usage, "--nodes \(text.isEmpty ? "''" : text): \(reason)", advice: advice)
  }

  fileprivate static func tooMany(_ text: String) -> EngineError {
    mistake(text, "that is more than \(most) nodes", "name fewer at a time")
  }
}

/// One name, or many that differ in numbers: text and numbers in turns.
private struct Pattern {
  private enum Piece {
    case text(String)
    case numbers([Numbers])
  }
  private var pieces: [Piece] = []

  init(_ characters: ArraySlice<Character>, of whole: String) throws(EngineError) {
    var rest = characters
    while let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]") {
      if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
      let inner = rest[rest.index(after: open)..<close]
      guard !inner.isEmpty else { throw NodeSet.mistake(whole, "the brackets are empty", "write [2-200] or [2,5,7]") }
      var ranges: [Numbers] = []
      for range in inner.split(separator: ",", omittingEmptySubsequences: false) {
        ranges.append(try Numbers(String(range), of: whole))
      }
      pieces.append(.numbers(ranges))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
  }

  func expanded(within whole: String) throws(EngineError) -> [String] {
    var count = 1
    for case .numbers(let ranges) in pieces {
      let (product, overflow) = count.multipliedReportingOverflow(by: ranges.map(\.count).reduce(0, +))
      guard !overflow, product <= NodeSet.most else { throw NodeSet.tooMany(whole) }
      count = product
    }
    return pieces.reduce([""]) { begun, piece in
      switch piece {
      case .text(let text): begun.map { $0 + text }
      case .numbers(let ranges):
        begun.flatMap { start in ranges.flatMap { range in range.texts.map { start + $0 } } }
      }
    }
  }
}

/// `7`, `2-200` or, with leading zeros, `02-10`.
private struct Numbers {
  let range: ClosedRange<Int>
  /// How many digits each has at least.
  let width: Int

  init(_ text: String, of whole: String) throws(EngineError) {
    let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    let numbers = bounds.compactMap { bound in
      (1...9).contains(bound.utf8.count) && bound.utf8.allSatisfy { (48...57).contains($0) } ? Int(bound) : nil
    }
    if (1...2).contains(bounds.count),
      bounds.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      bounds.contains(where: { $0.utf8.count > 9 })
    {
      throw NodeSet.mistake(whole, "[\(text)] has a number of more than nine digits", "write [2-200] or [2,5,7]")
    }
    guard numbers.count == bounds.count, let first = numbers.first, let last = numbers.last, numbers.count <= 2 else {
      throw NodeSet.mistake(
        whole, "[\(text)] is neither a number nor two with a hyphen between them", "write [2-200] or [2,5,7]")
    }
    guard first <= last else {
      throw NodeSet.mistake(whole, "[\(text)] runs backwards", "write [\(bounds.reversed().joined(separator: "-"))]")
    }
    let widths = bounds.map { $0.hasPrefix("0") && $0.utf8.count > 1 ? $0.utf8.count : 0 }
    let width = widths.max() ?? 0
    // Is compute[2-010] compute2, or compute002?
    guard width == 0 || bounds.allSatisfy({ $0.utf8.count >= width }), widths[0] == width || width == 0 else {
      let padded = bounds.map { String(repeating: "0", count: max(0, width - $0.utf8.count)) + $0 }
      throw NodeSet.mistake(
        whole, "[\(text)] has leading zeros at one end only", "write [\(padded.joined(separator: "-"))]")
    }
    guard last - first < NodeSet.most else { throw NodeSet.tooMany(whole) }
    range = first...last
    self.width = width
  }

  var count: Int { range.count }

  var texts: [String] {
    range.map { number in
      let text = String(number)
      return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
  }
}

extension NodeSet {
  /// The nodes of a site that are meant.
  ///
  /// - Throws: ``EngineError`` with those that the site does not have, and what it has, in few words either way.
  public func nodes(of site: Site) throws(EngineError) -> [Node] {
    let known = Dictionary(site.nodes.map { ($0.name, $0) }) { first, _ in first }
    let unknown = names.filter { known[$0] == nil }
    guard unknown.isEmpty else {
      throw EngineError(
        .usage,
        "the site has no \(unknown.count == 1 ? "node" : "nodes") \(Self.folded(unknown)); it has "
          + Self.folded(site.nodes.map(\.name)))
    }
    return names.compactMap { known[$0] }
  }

  /// Names as one writes them: `compute[2-200], controller`; what goes on too long ends with how many more there are.
  public static func folded(_ names: [NodeName], atMost most: Int = 8) -> String {
    var runs: [(stem: String, numbers: [(text: String, value: Int)], count: Int)] = []
    for name in names.map(\.description) {
      let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
      let (stem, text) = (String(name.dropLast(digits)), String(name.suffix(digits)))
      guard let value = Int(text) else {
        runs.append((name, [], 1))
        continue
      }
      if let last = runs.last?.numbers.last, runs.last?.stem == stem, value == last.value + 1,
        text.hasPrefix("0") || last.text.hasPrefix("0") ? text.utf8.count == last.text.utf8.count : true
      {
        runs[runs.count - 1].numbers.append((text, value))
        runs[runs.count - 1].count += 1
      } else {
        runs.append((stem, [(text, value)], 1))
      }
    }
    let texts = runs.prefix(most).map { run in
      guard let first = run.numbers.first, let last = run.numbers.last else { return run.stem }
      return run.count == 1 ? run.stem + first.text : "\(run.stem)[\(first.text)-\(last.text)]"
    }
    let left = runs.dropFirst(most).map(\.count).reduce(0, +)
    return texts.joined(separator: ", ") + (left > 0 ? " and \(left) more" : "")
  }
}
