internal import Documents

/// The commands of a script for sh(1) that may give an interface an address, or the machine a name.
struct ScriptCommands {
  /// Each with the line that it begins in, counted from 1, and whether it goes by what the machine is called: then the script may be for several
  /// hosts, and gives each its own.
  let all: [(line: Int, command: CommandList.Command, isForHost: Bool)]

  init(_ bytes: [UInt8]) {
    let isElse = Self.isForAnotherProgram(bytes) && Self.mentionsName(bytes)
    var scattered = ScatteredCommands()
    var found: [(line: Int, command: CommandList.Command)] = []
    // One that ends with a backslash goes on.
    var (start, said) = (0, "")
    for (index, line) in Lines(bytes).enumerated() {
      if said.isEmpty { start = index + 1 }
      let text = line.text
      if text.hasSuffix("\\") {
        said += text.dropLast()
        continue
      }
      found += scattered.commands(in: said + text).map { (start, $0) }
      said = ""
    }
    // Who calls a function, and in which host's case, is not followed.
    let asks = scattered.asksForHost
    all = found.map { line, command in
      (line, command, isElse || command.choice == .host || command.choice == .caller && asks)
    }
  }

  var addresses: [(line: Int, given: GivenAddress, isForHost: Bool)] {
    all.flatMap { line, command, isForHost in GivenAddress.all(by: command).map { (line, $0, isForHost) } }
  }

  /// Whether its first line names something that is no shell (execve(2)).
  private static func isForAnotherProgram(_ bytes: [UInt8]) -> Bool {
    guard bytes.starts(with: "#!".utf8) else { return false }
    let first = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    return !first.split { " \t/".contains($0) }.contains { $0.hasSuffix("sh") }
  }

  /// Where the language is not read, one word for asking is as good as another.
  private static func mentionsName(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    return ["hostname", "HOSTNAME", "uname"].contains { text.contains($0) }
  }
}
