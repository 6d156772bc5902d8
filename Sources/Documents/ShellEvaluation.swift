/// What the variables of a script hold after it was read, as far as that can be known without running it.
struct ShellEvaluation: Sendable {
  enum Known: Equatable, Sendable {
    case literal([UInt8])
    /// Holds the source text of the last assignment.
    case unknown(String)
    case unset
  }

  /// An assignment that surely runs, once, in this shell.
  struct Site: Sendable {
    var name: String
    var command: Int
    var word: Int
  }

  /// What is known of a variable that the file sets or unsets.
  private struct Variable: Sendable {
    let name: String
    let isSpecial: Bool
    var value: Known?
    /// Into `plainSites`: the assignment that gave it its value.
    var effective: Int?
    /// Where the value of the last assignment stands, whether or not it counts.
    var source: Range<Int>?
  }

  /// In the order in which they are met.
  private var variables: [Variable] = []
  /// The length and the last byte of each name: of a dozen of them the right one is found sooner so than by a hash.
  private var marks: [UInt16] = []
  /// Into `variables`, by name, where they are many.
  private var numbers: [String: Int] = [:]
  /// Every name that is assigned, in the order of the first assignments.
  private(set) var names: [String] = []
  /// In file order.
  private(set) var plainSites: [Site] = []
  /// Names that are also assigned where nobody can tell whether that runs.
  private(set) var conditionalNames: Set<String> = []
  /// How many of `plainSites` stood before the last command that may have set anything.
  private(set) var sitesBeforeLastOpaque = 0
  /// The shell surely stops reading here.
  private(set) var stop: Int?
  /// The shell perhaps stopped reading here.
  private(set) var doubtfulStop: Int?
  /// Source texts of values that only a shell can work out, with the variable they go to.
  private(set) var opaqueSources: [(name: String, source: ArraySlice<UInt8>)] = []
  /// Names that the file declares (readonly, declare), and where.
  private(set) var frozen: [String: Int] = [:]

  private let bytes: [UInt8]
  private var hasFunctions = false
  /// What was known before each command that may have set any variable.
  private(set) var snapshots: [[String: Known]] = []
  var sawOpaque: Bool { !snapshots.isEmpty }

  init(_ commands: [ShellCommand], of bytes: [UInt8]) {
    self.bytes = bytes
    for (index, command) in commands.enumerated() where stop == nil { run(command, index) }
  }

  /// What a variable holds; nil where the file neither sets nor unsets it.
  func value(_ name: String) -> Known? { place(of: name).flatMap { variables[$0].value } }

  /// Into `plainSites`: the assignment that gave the variable its value.
  func effective(_ name: String) -> Int? { place(of: name).flatMap { variables[$0].effective } }

  /// Whether every variable but one ends as it does in another file.
  func hasSameValues(as other: ShellEvaluation, except name: String) -> Bool {
    variables.allSatisfy { $0.name == name || $0.value == nil || other.value($0.name) == $0.value }
      && other.variables.allSatisfy { $0.name == name || $0.value == nil || value($0.name) != nil }
  }

  private static let few = 32

  private static func mark(_ name: String) -> UInt16 {
    UInt16(truncatingIfNeeded: name.utf8.count) << 8 | UInt16(name.utf8.last ?? 0)
  }

  /// Into `variables`.
  private func place(of name: String) -> Int? {
    guard variables.count <= Self.few else { return numbers[name] }
    let mark = Self.mark(name)
    for (place, other) in marks.enumerated() where other == mark && variables[place].name == name { return place }
    return nil
  }

  private mutating func number(of name: String) -> Int {
    if let place = place(of: name) { return place }
    variables.append(Variable(name: name, isSpecial: ShellName.isSpecial(name)))
    marks.append(Self.mark(name))
    if variables.count == Self.few + 1 {
      for (place, variable) in variables.enumerated() { numbers[variable.name] = place }
    } else if variables.count > Self.few {
      numbers[name] = variables.count - 1
    }
    return variables.count - 1
  }

  private mutating func run(_ command: ShellCommand, _ index: Int) {
    if command.definesFunction {
      hasFunctions = true
      return
    }
    let isSure = !command.isConditional && !command.hasRedirection
    let prefix = command.words.prefix { $0.assignment != nil }
    if prefix.count == command.words.count {
      for (number, word) in command.words.enumerated() {
        noteSideEffects(of: [word])
        assign(word, at: Site(name: "", command: index, word: number), isSure: isSure)
      }
      return
    }
    noteSideEffects(of: command.words[...])
    let name = command.words[prefix.count]
    let arguments = command.words.indices.dropFirst(prefix.count + 1)
    guard !hasFunctions, !name.hasPattern, let text = name.literal.map({ String(decoding: $0, as: UTF8.self) }) else {
      return noteOpaque()
    }
    switch text {
    case "export" where prefix.isEmpty && name.isBare:
      for number in arguments {
        let word = command.words[number]
        if word.assignment != nil {
          assign(word, at: Site(name: "", command: index, word: number), isSure: isSure)
        } else if word.bareText.map({ ShellName.isName(Array($0.utf8)) }) != true {
          noteOpaque()
        }
      }
    case "unset" where prefix.isEmpty: unset(command.words[arguments], isSure: isSure)
    case "return", "exit":
      if isSure { stop = command.range.lowerBound } else { noteDoubtfulStop(command) }
    case "exec", "set":
      noteOpaque()
      noteDoubtfulStop(command)
    case "readonly", "declare", "typeset", "local":
      noteOpaque()
      for word in command.words[arguments] {
        let name = (word.literal ?? []).prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "+") }
        frozen[word.assignment?.name ?? String(decoding: name, as: UTF8.self)] = word.range.lowerBound
      }
    case _ where Self.opaqueBuiltins.contains(text): noteOpaque()
    default: break
    }
  }

  /// Builtins that can set variables, or run text that does (bash(1), SHELL BUILTIN COMMANDS).
  private static let opaqueBuiltins: Set<String> = [
    ".", "source", "eval", "read", "let", "printf", "mapfile", "readarray", "getopts", "shift", "shopt", "trap",
    "enable", "builtin", "command", "cd", "pushd", "popd", "wait", "coproc", "alias", "unalias", "break", "continue",
    "fc", "history", "bind", "complete", "compgen", "compopt", "suspend", "kill", "export", "test", "logout",
  ]

  private mutating func noteSideEffects(of words: ArraySlice<ShellWord>) {
    for word in words {
      if word.mayAssign { noteOpaque() }
      if word.mayStop, doubtfulStop == nil { doubtfulStop = word.range.lowerBound }
    }
  }

  private mutating func noteDoubtfulStop(_ command: ShellCommand) {
    if doubtfulStop == nil { doubtfulStop = command.range.lowerBound }
  }

  /// Something ran that may have set any variable.
  private mutating func noteOpaque() {
    var snapshot: [String: Known] = [:]
    for number in variables.indices {
      variables[number].effective = nil
      guard let value = variables[number].value else { continue }
      if case .unknown = value { continue }
      snapshot[variables[number].name] = value
      variables[number].value = .unknown(source(of: variables[number]))
    }
    snapshots.append(snapshot)
    sitesBeforeLastOpaque = plainSites.count
  }

  private func source(of variable: Variable) -> String {
    variable.source.map { String(decoding: bytes[$0], as: UTF8.self) } ?? ""
  }

  private mutating func assign(_ word: ShellWord, at site: Site, isSure: Bool) {
    guard let assignment = word.assignment else { return }
    let name = assignment.name
    let number = number(of: name)
    let source = bytes[assignment.valueStart..<word.range.upperBound]
    if variables[number].source == nil { names.append(name) }
    variables[number].source = source.indices
    guard isSure, doubtfulStop == nil, !assignment.isElement else {
      conditionalNames.insert(name)
      return forget(number, source)
    }
    // Whatever cannot be assigned is special.
    if frozen[name] != nil || (variables[number].isSpecial && ShellName.isReadOnly(name)) {
      // Bash gives up the line at the least.
      doubtfulStop = word.range.lowerBound
      return forget(number, source)
    }
    guard !variables[number].isSpecial else { return forget(number, source) }
    plainSites.append(Site(name: name, command: site.command, word: site.word))
    variables[number].effective = plainSites.count - 1
    if let value = value(of: word, assignment, variables[number].value) {
      variables[number].value = .literal(value)
    } else {
      forgetValue(number, source)
    }
  }

  private mutating func forget(_ number: Int, _ source: ArraySlice<UInt8>) {
    forgetValue(number, source)
    variables[number].effective = nil
  }

  private mutating func forgetValue(_ number: Int, _ source: ArraySlice<UInt8>) {
    variables[number].value = .unknown(String(decoding: source, as: UTF8.self))
    opaqueSources.append((variables[number].name, source))
  }

  /// Bytes of a value that is still worked out: what doubles itself line by line would fill the memory, and no setting of a network
  /// is a thousandth of it.
  private static let longest = 1 << 20

  /// - Parameter before: what the variable held so far.
  private func value(of word: ShellWord, _ assignment: ShellWord.Assignment, _ before: Known?) -> [UInt8]? {
    var expanded: [UInt8] = []
    for part in word.parts {
      switch part {
      case .text(let text): expanded += text
      case .variable(let name):
        guard !ShellName.isSpecial(name) else { return nil }
        switch value(name) {
        case .literal(let value): expanded += value
        case .unset: break
        case .unknown, nil: return nil
        }
      case .opaque: return nil
      }
      guard expanded.count <= Self.longest else { return nil }
    }
    expanded.removeFirst(min(expanded.count, assignment.name.utf8.count + (assignment.isAppending ? 2 : 1)))
    guard assignment.isAppending else { return expanded }
    switch before {
    case .literal(let value): return value.count + expanded.count > Self.longest ? nil : value + expanded
    case .unset: return expanded
    case .unknown, nil: return nil
    }
  }

  private mutating func unset(_ arguments: ArraySlice<ShellWord>, isSure: Bool) {
    for word in arguments {
      guard let name = word.bareText, name == "-v" || ShellName.isName(Array(name.utf8)) else { return noteOpaque() }
      if name == "-v" { continue }
      guard value(name) != nil || isSure else { continue }
      let isKnown = isSure && doubtfulStop == nil && frozen[name] == nil
      let number = number(of: name)
      variables[number].value = isKnown ? .unset : .unknown(source(of: variables[number]))
      variables[number].effective = nil
    }
  }
}
