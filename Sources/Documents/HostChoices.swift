/// Follows which commands of a script run by what the machine is called: `[ "$(hostname)" = compute ] && …`, `case $HOSTNAME in …`. A script
/// for several hosts gives each its own so. Words alone are looked at, and what a list, a compound command or the script makes of the answer
/// is not: all that stands behind the question in it is taken to go by it.
struct HostChoices: Sendable {
  /// What may stand next in a compound command.
  private enum Stage { case condition, pattern, body }

  private struct Frame {
    let closer: String
    var stage = Stage.body
    /// Whether all that follows in it runs by the answer.
    var isChosen = false
    /// Whether its list (XCU, Shell Grammar) has asked so far, and what that assigns.
    var asks = false
    var assigned: [String] = []
    /// Whether anything in it has asked.
    var hasAsked = false
    var function: String?
  }

  /// Whether the script asks anywhere.
  private(set) var hasAsked = false
  private var frames = [Frame(closer: "")]
  /// An `exit` in some host's case: what follows is for the others.
  private var isChosen = false
  /// Variables with the answer, or with what it has chosen, and all that are assigned.
  private var answers: Set<String> = []
  private var assigned: Set<String> = []
  /// Functions that ask.
  private var askers: Set<String> = []
  /// A function's name, before its parenthesis and behind it.
  private var named: String?
  private var function: String?
  /// Whether the list goes on in the next line.
  private var goesOn = false

  /// What decides whether a command runs that stands here; one in a function runs as that is called.
  var choice: CommandList.Command.Choice {
    if isChosen || frames.contains(where: { $0.isChosen || $0.asks }) { return .host }
    return frames.contains { $0.function != nil } ? .caller : .none
  }

  mutating func beginLine() {
    if !goesOn { endList() }
    goesOn = false
  }

  mutating func take(_ op: String) {
    goesOn = ["&&", "||", "|", "|&"].contains(op)
    if op != "(", op != ")" { named = nil }
    switch op {
    case "(":
      if top.stage != .pattern { enter(")") }
    case ")":
      if top.stage == .pattern {
        top.stage = .body
      } else {
        leave(op)
      }
      (function, named) = (named, nil)
    case "{":
      enter("}")
      (top.function, function) = (function, nil)
    case "}": leave(op)
    case ";", "&": endList()
    case _ where op.hasPrefix(";"):
      endList()
      if let open = frames.lastIndex(where: { $0.closer == "esac" }) {
        frames.removeSubrange((open + 1)...)
        top.stage = .pattern
      }
    default: break
    }
  }

  mutating func take(_ part: ScatteredWords.Part) {
    (goesOn, named) = (false, part.words.count == 1 ? part.words.first : nil)
    var rest = part.words[...]
    while let word = rest.first, takeReserved(word) { rest.removeFirst() }
    guard top.stage != .pattern else { return }
    if part.words.first == "function" { function = part.words.dropFirst().first }
    if top.closer == "esac", top.stage == .condition {
      let (value, behind) = (rest.prefix { $0 != "in" }, rest.drop { $0 != "in" })
      if value.contains(where: isAnswer) { ask() }
      if !behind.isEmpty { top.stage = .pattern }
      return
    }
    let names =
      ScatteredCommands.assignments(of: rest).map { String($0.name) }
      + (rest.first == "read" ? rest.dropFirst().filter { !$0.hasPrefix("-") } : [])
    top.assigned += names
    assigned.formUnion(names)
    if asks(part, rest) { ask() }
    guard choice == .host else { return }
    answers.formUnion(names)
    guard let program = rest.first, program == "exit" || program == "return" else { return }
    if program == "return", let index = frames.lastIndex(where: { $0.function != nil }) {
      frames[index].isChosen = true
    } else {
      isChosen = true
    }
  }

  // MARK: What commands stand in

  private var top: Frame {
    get { frames[frames.count - 1] }
    set { frames[frames.count - 1] = newValue }
  }

  private mutating func takeReserved(_ word: String) -> Bool {
    switch word {
    case "if": enter("fi", .condition)
    case "while", "until", "for", "select": enter("done", .condition)
    case "case": enter("esac", .condition)
    case "elif": top.stage = .condition
    case "then", "do", "else":
      top.stage = .body
      endList()
    case "fi", "done", "esac": leave(word)
    case "!", "time", "export", "local", "readonly", "declare", "typeset": break
    default: return false
    }
    return true
  }

  private mutating func enter(_ closer: String, _ stage: Stage = .body) {
    // A hostile file must not take the memory.
    if frames.count < 200 { frames.append(Frame(closer: closer, stage: stage)) }
  }

  private mutating func leave(_ closer: String) {
    guard let index = frames.lastIndex(where: { $0.closer == closer }) else { return }
    let frame = frames[index]
    frames.removeSubrange(index...)
    // What is asked in a substitution, the command around it asks.
    if closer == ")", frame.hasAsked { ask() }
  }

  private mutating func endList() { (top.asks, top.assigned) = (false, []) }

  // MARK: Questions

  private mutating func ask() {
    hasAsked = true
    top.asks = true
    if top.stage == .condition { top.isChosen = true }
    answers.formUnion(top.assigned)
    for index in frames.indices {
      frames[index].hasAsked = true
      if let function = frames[index].function { askers.insert(function) }
    }
  }

  private func isAnswer(_ word: String) -> Bool {
    ScatteredCommands.names(in: word).contains {
      answers.contains($0) || $0 == "HOSTNAME" && !assigned.contains($0)
    } || ["$(hostname", "`hostname", "$(uname -n", "`uname -n", "$(cat /etc/hostname)"].contains { word.contains($0) }
  }

  private func asks(_ part: ScatteredWords.Part, _ rest: ArraySlice<String>) -> Bool {
    let files = ScatteredCommands.nameFiles
    if part.words.contains(where: isAnswer) || part.read.contains(where: files.contains) { return true }
    let command = ScatteredCommands.behindWrappers(rest)
    let words = command.dropFirst()
    switch command.first.map(ScatteredCommands.name) ?? "" {
    // hostname(1): with a word it sets the name, and of these it asks something else.
    case "hostname":
      return words.allSatisfy { $0.hasPrefix("-") }
        && !words.contains {
          ["-F", "--file", "-b", "-I", "-i", "-V", "-h"].contains($0) || $0.hasPrefix("--ip")
            || $0.hasPrefix("--all-ip")
        }
    case "uname":
      return words.contains { word in
        word == "--nodename" || word == "--all"
          || word.hasPrefix("-") && !word.hasPrefix("--") && word.contains { "na".contains($0) }
      }
    case "hostnamectl": return words.allSatisfy { $0.hasPrefix("-") || ["status", "hostname"].contains($0) }
    case "cat", "head", "tail", "cut", "awk", "grep", "egrep", "fgrep", "cmp", "diff":
      return words.contains(where: files.contains)
    case let program: return askers.contains(program)
    }
  }
}
