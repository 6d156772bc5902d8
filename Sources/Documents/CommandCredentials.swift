/// Lines of commands, one after the other, without the secrets that they have for programs that take them as arguments: curl(1)'s users
/// and passwords, sshpass(1)'s `-p`, mysql(1)'s `-pSECRET`, and their like. What a long option says, `--password`, is known by its name.
public struct CommandCredentials: Sendable {
  private struct Program {
    let names: [String]
    /// Short options that a secret belongs to.
    let letters: String
    /// Other short options that the next word belongs to.
    var others = ""
    var long: [String] = []
    /// Without which a value is a user alone.
    var mark: Character?
    /// Whether the next word may be the secret.
    var isApart = true
    /// Whether another command begins with the first word that is no option.
    var startsAnother = false
  }

  private static let programs = [
    Program(names: ["curl"], letters: "uU", long: ["--user", "--proxy-user"], mark: ":"),
    Program(names: ["sshpass"], letters: "p", others: "dfP", startsAnother: true),
    Program(
      names: [
        "mysql", "mysqldump", "mysqladmin", "mysqlcheck", "mysqlimport", "mysqlshow", "mariadb", "mariadb-dump",
        "mariadb-admin",
      ],
      letters: "p", others: "uhPDS", isApart: false),
    Program(
      names: ["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami", "ldappasswd"], letters: "w",
      others: "DHbhp"),
    Program(names: ["ipmitool"], letters: "P", others: "IHUpLfk"),
    Program(names: ["smbclient"], letters: "U", mark: "%"),
    Program(names: ["snmpget", "snmpset", "snmpwalk", "snmpbulkwalk"], letters: "cAX", others: "vlauxn"),
    Program(names: ["redis-cli"], letters: "a", others: "hpn"),
  ]

  private enum Place {
    case elsewhere
    case arguments(Program)
    /// The next word may be a secret.
    case value(Program)
    /// The next word is something else's.
    case skipped(Program)
  }

  /// Where the next word stands: a command may go on behind a backslash at the end of the line.
  private var place = Place.elsewhere

  public init() {}

  private static let starts = [
    "curl", "sshpass", "mysql", "mariadb", "ldap", "ipmitool", "redis-cli", "smbclient", "snmp",
  ].map { Array($0.utf8) }
  private static let dash = Array("-".utf8)

  /// Every text that is shown is asked: most have no option, and do not go on.
  private static func mayName(_ line: String) -> Bool {
    (line.utf8.mayContain(dash) || line.utf8.last == UInt8(ascii: "\\"))
      && starts.contains { line.utf8.mayContain($0) }
  }

  public mutating func masked(_ line: String) -> String {
    if case .elsewhere = place, !Self.mayName(line) { return line }
    defer { if line.last != "\\" { place = .elsewhere } }
    var result = ""
    var rest = line[...]
    while let start = rest.firstIndex(where: { !$0.isWhitespace }) {
      let word = rest[start...].prefix { !$0.isWhitespace }
      result += rest[..<start]
      rest = rest[word.endIndex...]
      // What is masked already begins as the mask does.
      guard word != "\\", let value = value(in: word), value != "(not" else {
        result += word
        continue
      }
      result += word[..<value.startIndex] + SecretSetting.mask
      // Where it ends is the shell's business.
      if Self.isQuoted(value) { return result }
    }
    return result + rest
  }

  /// What of the next word is a secret; nil for nothing of it.
  private mutating func value(in word: Substring) -> Substring? {
    switch place {
    case .elsewhere:
      if let program = Self.program(word) { place = .arguments(program) }
      return nil
    case .value(let program): return secret(word, program)
    case .skipped(let program):
      place = .arguments(program)
      return nil
    case .arguments(let program):
      if let value = Self.attached(to: word, program) {
        guard value.isEmpty else { return secret(value, program) }
        if program.isApart { place = .value(program) }
        return nil
      }
      let option = Self.option(word)
      if ";|&".contains(word.last ?? " ") {
        place = .elsewhere
      } else if program.startsAnother, !option.hasPrefix("-") {
        place = Self.program(word).map(Place.arguments) ?? .elsewhere
      } else if option.count == 2, option.first == "-", program.others.contains(option.last ?? " ") {
        place = .skipped(program)
      }
      return nil
    }
  }

  private mutating func secret(_ value: Substring, _ program: Program) -> Substring? {
    place = .arguments(program)
    guard let mark = program.mark else { return value }
    return Self.isQuoted(value) || value.contains(mark) ? value : nil
  }

  private static func program(_ word: Substring) -> Program? {
    guard let name = word.split(whereSeparator: { "/\"'`([{=,;|&@".contains($0) }).last?.drop(while: { $0 == "-" })
    else {
      return nil
    }
    return programs.first { $0.names.contains { $0 == name } }
  }

  private static func option(_ word: Substring) -> Substring { word.drop { "\"'[,".contains($0) } }

  /// What an option for a secret has behind it in its word, empty where the next word is meant; nil for any other. Short options may be
  /// drawn together: `-su admin:secret`.
  private static func attached(to word: Substring, _ program: Program) -> Substring? {
    let option = option(word)
    guard option.hasPrefix("--") else {
      guard option.hasPrefix("-"),
        let letter = option.firstIndex(where: { program.letters.contains($0) || program.others.contains($0) }),
        program.letters.contains(option[letter])
      else { return nil }
      return option[option.index(after: letter)...]
    }
    let name = option.prefix { $0 == "-" || $0.isLetter }
    guard program.long.contains(String(name)) else { return nil }
    return option[name.endIndex...].drop { $0 == "=" }
  }

  private static func isQuoted(_ word: Substring) -> Bool { word.contains { "\"'\\".contains($0) } }
}
