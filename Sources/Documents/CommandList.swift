/// The commands of one line of sh(1) that can be told at a glance (``PlainCommand``), and how some of them change or go without the others.
public struct CommandList: Sendable, Equatable {
  public struct Command: Sendable, Equatable {
    /// What joins it to the one before: `&&`, `||`, `;`, `|` or `&`; nil in the first. The first one of a compound command has that one's,
    /// and one behind `then`, `else` or `do` has `;`.
    public let joint: String?
    /// Whether it is there for the failure of another alone: behind `||` or `else`, but for where nothing stands before them that does
    /// anything.
    public let isAlternative: Bool
    /// Whether it runs in some case only: behind `then`, `else` or `do`, or `||` and a test.
    public let isConditional: Bool
    /// Behind the assignments: its program and what that is given. A word with a variable in it is as it is spelled, without quotes around it.
    public let words: [PlacedWord]
    /// With its assignments and redirections.
    public let range: Range<Int>
    /// What decides whether it runs, where a reader of scripts follows that (``ScatteredCommands``).
    public var choice = Choice.none

    public enum Choice: Sendable { case none, host, caller }

    /// The name of its program.
    public var program: String { words.first?.text.split(separator: "/").last.map(String.init) ?? "" }
  }

  public let bytes: [UInt8]
  public let commands: [Command]
  /// Whether they stand in something larger, or beside each other: `(…)`, `if`, `|`, `&`.
  let isCompound: Bool

  /// nil for what does more than such commands do.
  public init?(_ bytes: [UInt8]) {
    guard let found = PlainCommand.commands(in: bytes) else { return nil }
    (self.bytes, commands, isCompound) = (bytes, found.commands, found.isCompound)
  }

  /// The parts of the line that become others where some of its commands do, or go: as if those had done what they should. Empty bytes
  /// take a part out; nil: what is left would mean something else.
  ///
  /// - Parameters:
  ///   - replaced: by their number in the line; each goes without its alternatives where they do nothing.
  ///   - removed: go with their alternatives, but for those that are there for what stands before them, too: `A && B || C`.
  public func edited(replacing replaced: [Int: [UInt8]], removing removed: Set<Int>) -> Edit? {
    guard !isCompound else {
      // Something has to stand there.
      let nothing = Dictionary(uniqueKeysWithValues: removed.map { ($0, Array(":".utf8)) })
      if removed.count == commands.count { return .all }
      return .parts(
        replaced.merging(nothing) { $1 }.sorted { $0.key < $1.key }.map { (commands[$0.key].range, $0.value) })
    }
    var (gone, replaced) = (Set<Int>(), replaced)
    for index in commands.indices where removed.contains(index) {
      // It is there for where another fails, and what is left would fail with it.
      if commands[index].joint == "||", !gone.contains(index - 1) {
        guard !commands[index].isAlternative else { return nil }
        replaced[index] = Array(":".utf8)
        continue
      }
      if isAlone(index, without: gone) { gone.formUnion(alternatives(to: index)) }
      gone.insert(index)
    }
    let certain = Set(replaced.filter { $0.value.starts(with: "ip route replace ".utf8) }.keys)
    for index in certain where isAlone(index, without: gone.union(certain)) {
      let others = alternatives(to: index)
      if others.allSatisfy({ ["true", ":"].contains(commands[$0].program) }) { gone.formUnion(others) }
    }
    let left = commands.indices.filter { !gone.contains($0) }
    guard let first = left.first else { return .all }
    var parts: [(range: Range<Int>, bytes: [UInt8])] = []
    for index in commands.indices {
      let range = commands[index].range
      if !gone.contains(index) {
        if let text = replaced[index] { parts.append((range, text)) }
      } else if index < first {
        parts.append((range.lowerBound..<commands[index + 1].range.lowerBound, []))
      } else if commands[index].joint == ";",
        commands.dropFirst(index + 1).first(where: { $0.joint != "||" })?.joint != ";"
      {
        // What comes behind it, and how the line ends, is no matter of the command before.
        parts.append((range, Array(":".utf8)))
      } else {
        parts.append((commands[index - 1].range.upperBound..<range.upperBound, []))
      }
    }
    if left.count == 1, let text = replaced[first],
      parts.allSatisfy({ $0.bytes.isEmpty || $0.range == commands[first].range }),
      parts.count == commands.count
    {
      return .whole(text)
    }
    return .parts(parts)
  }

  public enum Edit {
    /// Nothing of it is left.
    case all
    /// One command, which is another now.
    case whole([UInt8])
    case parts([(range: Range<Int>, bytes: [UInt8])])
  }

  /// Whether nothing before it decides with it what its alternatives are there for.
  private func isAlone(_ index: Int, without gone: Set<Int>) -> Bool {
    let start = commands[...index].lastIndex { $0.joint == nil || $0.joint == ";" } ?? 0
    return commands[index].joint != "&&" || (start..<index).allSatisfy(gone.contains)
  }

  /// Those that follow it for the case that it fails.
  private func alternatives(to index: Int) -> [Int] {
    Array(commands.indices.dropFirst(index + 1).prefix { commands[$0].joint == "||" })
  }
}
