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

  private(set) var values: [String: Known] = [:]
  private(set) var names: [String] = []
  /// In file order.
  private(set) var plainSites: [Site] = []
  /// Names that are also assigned where nobody can tell whether that runs.
  private(set) var conditionalNames: Set<String> = []
  /// Into `plainSites`: the assignment that gave the variable its value.
  private(set) var effective: [String: Int] = [:]
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
    for (name, value) in values {
      if case .unknown = value { continue }
      snapshot[name] = value
      values[name] = .unknown(source(of: name))
    }
    snapshots.append(snapshot)
    effective.removeAll()
    sitesBeforeLastOpaque = plainSites.count
  }

  /// Where the value of the last assignment stands, whether or not it counts.
  private var lastSource: [String: Range<Int>] = [:]

  private func source(of name: String) -> String {
    lastSource[name].map { String(decoding: bytes[$0], as: UTF8.self) } ?? ""
  }

  private mutating func assign(_ word: ShellWord, at site: Site, isSure: Bool) {
    guard let assignment = word.assignment else { return }
    let name = assignment.name
    let source = bytes[assignment.valueStart..<word.range.upperBound]
    if lastSource.updateValue(source.indices, forKey: name) == nil { names.append(name) }
    guard isSure, doubtfulStop == nil, !assignment.isElement else {
      conditionalNames.insert(name)
      return forget(name, source)
    }
    if frozen[name] != nil || ShellName.isReadOnly(name) {
      // Bash gives up the line at the least.
      doubtfulStop = word.range.lowerBound
      return forget(name, source)
    }
    guard !ShellName.isSpecial(name) else { return forget(name, source) }
    plainSites.append(Site(name: name, command: site.command, word: site.word))
    effective[name] = plainSites.count - 1
    if let value = value(of: word, assignment) {
      values[name] = .literal(value)
    } else {
      forgetValue(name, source)
    }
  }

  private mutating func forget(_ name: String, _ source: ArraySlice<UInt8>) {
    forgetValue(name, source)
    effective[name] = nil
  }

  private mutating func forgetValue(_ name: String, _ source: ArraySlice<UInt8>) {
    values[name] = .unknown(String(decoding: source, as: UTF8.self))
    opaqueSources.append((name, source))
  }

  private func value(of word: ShellWord, _ assignment: ShellWord.Assignment) -> [UInt8]? {
    var expanded: [UInt8] = []
    for part in word.parts {
      switch part {
      case .text(let text): expanded += text
      case .variable(let name):
        guard !ShellName.isSpecial(name) else { return nil }
        switch values[name] {
        case .literal(let value): expanded += value
        case .unset: break
        case .unknown, nil: return nil
        }
      case .opaque: return nil
      }
    }
    expanded.removeFirst(min(expanded.count, assignment.name.utf8.count + (assignment.isAppending ? 2 : 1)))
    guard assignment.isAppending else { return expanded }
    switch values[assignment.name] {
    case .literal(let value): return value + expanded
    case .unset: return expanded
    case .unknown, nil: return nil
    }
  }

  private mutating func unset(_ arguments: ArraySlice<ShellWord>, isSure: Bool) {
    for word in arguments {
      guard let name = word.bareText, name == "-v" || ShellName.isName(Array(name.utf8)) else { return noteOpaque() }
      if name == "-v" { continue }
      guard values[name] != nil || isSure else { continue }
      let isKnown = isSure && doubtfulStop == nil && frozen[name] == nil
      values[name] = isKnown ? .unset : .unknown(source(of: name))
      effective[name] = nil
    }
  }
}
