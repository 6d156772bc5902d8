import Testing

@testable import Documents

/// In CI the oracle has to be there; elsewhere its absence skips these.
@Suite(
  "oslo.config reads what OsloConfig says it does",
  .enabled(if: Oracle.isInCI || OsloOracle.isPresent, OsloOracle.absence))
struct OsloConfigOracleTests {
  static let asks = [
    ("DEFAULT", "my_ip"), ("DEFAULT", "a"), ("DEFAULT", "b"), ("DEFAULT", "c"), ("vnc", "a"), ("vnc", "my_ip"),
    ("default", "a"), (" DEFAULT ", "a"), ("a]b", "a"), ("DEFAULT", "a b"), ("DEFAULT", "http"), ("DEFAULT", "My_IP"),
    ("DEFAULT", "my-ip"), ("é", "a"),
  ]

  static let table = [
    "", "\n", "a = 1\n", "[DEFAULT]\na=1 # c\n", "[DEFAULT]\na=1;d\n;b=2\n# c=3\n", "[DEFAULT]\n  # c\na=1\n",
    "[DEFAULT]\na=1\n  # indented comment\n", "[DEFAULT]\na=1\n# c\n  2\n", "[DEFAULT]\na=1\n\n  2\n",
    "[DEFAULT]\na=1\n \t \n  2\n", "[DEFAULT]\n a=1\n", "[DEFAULT]\na=1\n b=2\n", "[DEFAULT]\na=\n 1\n 2\n",
    "[DEFAULT]\na=1\na=2\n", "[DEFAULT]\na=1\n[vnc]\na=2\n[DEFAULT]\na=3\n",
    "[DEFAULT]\na=\"1 2\"\nb='x'\nc=\"x'\n", "[DEFAULT]\na=\"\nb=\"\"\nc=\"a\" \"b\"\n", "[DEFAULT]\na=\"1\n  2\"\n",
    "[DEFAULT]\na=\"1\"\n  2\n", "[DEFAULT]\na:1\nb: x=y\nc=x:y\nhttp://h=1\n", "[DEFAULT]\na b = 1\n",
    "[DEFAULT]\n= 1\n", "[DEFAULT]\nfoo\n", "[DEFAULT] # c\na=1\n", "[]\na=1\n", "[a]b]\na=1\n", "[DEFAULT]  \na=1\n",
    "[DEFAULT]\na=1\n [vnc]\n", "[ DEFAULT ]\na=1\n", "[default]\na=1\n[Default]\na=2\n",
    "[VNC]\na=1\n[vnc]\na=2\n[Vnc]\nmy_ip=3\n", "[DEFAULT]\nMy_IP=1\nmy-ip=2\n", "\u{FEFF}[DEFAULT]\na=1\n",
    "\u{FEFF}# c\n[DEFAULT]\na=1\n", "[DEFAULT]\r\na=1\r\n  2\r\n\r\n", "[DEFAULT]\ra=1\r  2\r\rb=2",
    "[DEFAULT]\na=1\u{0B}\u{0C}\n\u{0B}b=2\n", "[DEFAULT]\n\u{A0}a\u{A0}=\u{A0}1\u{2003}\n", "[DEFAULT]\na=1\\\nb=2\\",
    "[DEFAULT]\nmy_ip=\n", "[DEFAULT]\na=1", "[DEFAULT]\na=\u{1C}1\u{1F}\u{85}\n", "[é]\na=ü\n[É]\na=ö\n",
    "[DEFAULT]\na=1\n\u{2003}x=2\n", "[DEFAULT]\r\n\na=1\r\r\n b\n", "[", "[]", "[x", "]\n", "[DEFAULT]\n:\n",
    "[DEFAULT]\n[\n",
    "[DEFAULT]\na=1\n\t\n\t\n\tb\n", "a\n", " a=1\n", "[DEFAULT]\na==1\nb=:2\nc:=3\n",
    "[DEFAULT]\na=' x '\nb=\"'y'\"\n",
  ]

  static let fragments = [
    "[DEFAULT]", "[DEFAULT]", "[vnc]", "[VNC]", "[default]", "[ DEFAULT ]", "a=1", "a = 2", "a: 3", "my_ip = 10.0.0.1",
    "my_ip=10.0.0.2", "my_ip : 'quoted'", "a=\"q\"", "b =", "b=\"", "  continued", "\tcontinued", "  # in a value",
    "# comment",
    "#my_ip = 1", "# my_ip=1", ";a=3", "", "", "  ", "a b = 1", "c = x # y", "c='it' 's'", "a=ü", "a = \u{A0}z",
    "My_IP=9",
    "b=1\\", "  [vnc]", "  a=7",
  ]
  static let rareFragments = ["[bad", "[]", "nothing", "= 1", "\u{FEFF}a=1", " "]
  static let endings = ["\n", "\n", "\n", "\r\n", "\r"]
  static let newValues = [
    "192.168.10.21", "", " spaced ", "\"q\"", "'", "it's", "a b", "x\ny", "#x", "[x]", "= :", "\u{A0}n", "ü",
  ]

  static func randomFile(_ generator: inout SeededGenerator) -> String {
    var text = generator.next() % 8 == 0 ? "" : "[DEFAULT]\n"
    let ending = generator.pick(endings)
    for _ in 0..<(generator.next() % 12) {
      text += generator.next() % 60 == 0 ? generator.pick(rareFragments) : generator.pick(fragments)
      text += generator.next() % 9 == 0 ? generator.pick(endings) : ending
    }
    if generator.next() % 4 == 0, !text.isEmpty { text.removeLast() }
    return text
  }

  private func compare(_ config: OsloConfig, _ answer: OsloOracle.Answer, _ asks: [(String, String)]) {
    let file = String(decoding: config.bytes, as: UTF8.self)
    guard let found = answer.found else {
      let first = config.problems.first
      #expect(first != nil, "oslo.config refuses \(file.debugDescription): \(answer.reason ?? "")")
      if answer.reason == "UnicodeDecodeError" { return }
      #expect(first?.reason == answer.reason, "\(file.debugDescription)")
      // oslo.config notices an option without a section only when the option ends.
      if first?.reason != "Section must be started before assignment" {
        #expect(first?.line == answer.line, "\(file.debugDescription)")
      }
      return
    }
    #expect(config.problems.isEmpty, "oslo.config takes \(file.debugDescription)")
    for ((section, key), item) in zip(asks, found) {
      let values = config.values(section, key)
      #expect(values == item.raw ?? [], "[\(section)] \(key) in \(file.debugDescription)")
      #expect(config.value(section, key) == item.raw?.last)
      if let single = item.single { #expect(config.value(section, key) == single) }
      if let multi = item.multi { #expect(values == multi) }
    }
  }

  @Test("Every case of the table")
  func tableCases() throws {
    let answers = try OsloOracle.ask(Self.table.map { (Array($0.utf8), Self.asks) })
    #expect(answers.count == Self.table.count)
    for (text, answer) in zip(Self.table, answers) { compare(OsloConfig(Array(text.utf8)), answer, Self.asks) }
  }

  @Test("After a token is replaced beside a blank that Python strips, it reads the new one")
  func wideBlanks() throws {
    let blanks = ["\u{A0}", "\u{85}", "\u{1680}", "\u{2003}", "\u{2028}", "\u{202F}", "\u{205F}", "\u{3000}", "\u{1F}"]
    let edited = try blanks.flatMap { blank in
      try ["10.0.0.1\(blank)", "\(blank)10.0.0.1"].map { value in
        var config = OsloConfig(Array("[DEFAULT]\na=\(value)\n".utf8))
        try config.replaceToken("10.0.0.1", with: "10.0.0.2", inOptionAt: 0)
        return config.bytes
      }
    }
    for answer in try OsloOracle.ask(edited.map { ($0, [("DEFAULT", "a")]) }) {
      #expect(answer.found?.first?.single == "10.0.0.2")
    }
  }

  @Test("Invalid UTF-8 is refused by both")
  func invalidText() throws {
    let files: [[UInt8]] = [
      Array("[DEFAULT]\na=".utf8) + [0xFF], [0xC3], Array("#".utf8) + [0xED, 0xA0, 0x80],
      Array("#".utf8) + [0xC2, 0x80],
    ]
    let answers = try OsloOracle.ask(files.map { ($0, Self.asks) })
    for (file, answer) in zip(files, answers) { compare(OsloConfig(file), answer, Self.asks) }
  }

  @Test("Files of nasty fragments", arguments: [1, 2, 125] as [UInt64])
  func randomFiles(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let files = (0..<250).map { _ in Array(Self.randomFile(&generator).utf8) }
    let answers = try OsloOracle.ask(files.map { ($0, Self.asks) })
    for (file, answer) in zip(files, answers) { compare(OsloConfig(file), answer, Self.asks) }
    #expect(answers.count { $0.found != nil } > 100)
  }

  @Test(
    "After an edit a StrOpt reads the new value and every other option its old one", arguments: [4, 5, 6] as [UInt64])
  func edits(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    struct Edit {
      let before: OsloConfig
      let after: OsloConfig
      let target: (String, String)
      let value: String
    }
    var edits: [Edit] = []
    while edits.count < 200 {
      let before = OsloConfig(Array(Self.randomFile(&generator).utf8))
      guard before.problems.isEmpty else { continue }
      let target = generator.pick([
        ("DEFAULT", "my_ip"), ("vnc", "my_ip"), ("DEFAULT", "a"), ("neutron", "a"), ("vnc", "a"),
      ])
      let value = generator.pick(Self.newValues)
      var after = before
      try after.set(target.0, target.1, to: value)
      var again = after
      try again.set(target.0, target.1, to: value)
      #expect(again.bytes == after.bytes)
      let lacked = !before.bytes.isEmpty && ![0x0A, 0x0D].contains(before.bytes.last)
      if !after.bytes.isEmpty, lacked { #expect(![0x0A, 0x0D].contains(after.bytes.last)) }
      edits.append(Edit(before: before, after: after, target: target, value: value))
    }
    let asks = Self.asks + [("neutron", "a")]
    let answers = try OsloOracle.ask(edits.flatMap { [($0.before.bytes, asks), ($0.after.bytes, asks)] })
    for (number, edit) in edits.enumerated() {
      let text = "\(edit.before.bytes.debugText) → \(edit.after.bytes.debugText)"
      let before = try #require(answers[2 * number].found)
      let after = try #require(answers[2 * number + 1].found, "\(text)")
      for (position, ask) in asks.enumerated() {
        if ask == edit.target {
          #expect(after[position].raw == [edit.value], "\(text)")
          #expect(after[position].single == edit.value, "\(text)")
        } else {
          #expect(after[position].raw == before[position].raw, "\(ask) in \(text)")
        }
      }
    }
  }
}

extension [UInt8] {
  var debugText: String { String(decoding: self, as: UTF8.self).debugDescription }
}
