import Testing

@testable import Documents

/// Lines of several commands of which some change or go.
@Suite("Commands that go from a line")
struct CommandListTests {
  @Test("each has its words, and what joins it to the one before")
  func read() throws {
    let list = try #require(CommandList(Array("A=1 ip a \"$IFACE\" 2>&1 && b >/dev/null || true; c $X'y'".utf8)))
    #expect(
      list.commands.map { $0.words.map(\.text) } == [["ip", "a", "$IFACE"], ["b"], ["true"], ["c", "$X'y'"]])
    #expect(list.commands.map(\.joint) == [nil, "&&", "||", ";"])
    #expect(
      list.commands.map { String(decoding: list.bytes[$0.range], as: UTF8.self) } == [
        "A=1 ip a \"$IFACE\" 2>&1", "b >/dev/null", "true", "c $X'y'",
      ])
  }

  @Test(
    "those of compound commands are read, and what is more than a list of commands is not",
    arguments: [
      ("(a; b) 2>&1 | c", ["a", "b", "c"]), ("if a; then b; elif c; then d; else e; fi", ["a", "b", "!c", "!d", "!e"]),
      ("while ! a >/dev/null; do b 1; done; c", ["a", "b 1", "c"]),
      ("{ a; } && b || (c && d); e", ["a", "b", "!c", "!d", "e"]),
      ("a >> /var/log/x 2>&1 & b if fi", ["a", "b if fi"]), ("[ -e x ] || { (a); b; }", ["[ -e x ]", "a", "b"]),
      ("if a; then true; else b || c; fi", ["a", "true", "b", "!c"]),
      ("a | grep -q b || c || d", ["a", "grep -q b", "c", "!d"]),
      ("for i in 1 2; do a; done", nil), ("case a in a) b;; esac", nil), ("a $(b)", nil), ("a `b`", nil),
      ("f() { a; }", nil),
      ("((a))", nil), ("a <<b", nil), ("(a", nil), ("a)", nil), ("if a; then b; done", nil), ("then a", nil),
      ("(a) b", nil),
      ("a > \"$X\"", nil), ("[[ a ]]", nil),
    ] as [(String, [String]?)])
  func compound(_ line: String, _ commands: [String]?) {
    let list = CommandList(Array(line.utf8))
    #expect(
      list?.commands.map { ($0.isAlternative ? "!" : "") + $0.words.map(\.text).joined(separator: " ") } == commands)
  }

  @Test(
    "something stands where one goes from a compound command",
    arguments: [
      ("(a; b)", [1], "(a; :)"), ("if a; then b >/dev/null; fi", [1], "if a; then :; fi"), ("a | b", [0], ": | b"),
      ("(a; b)", [0, 1], ""), ("a && (b) || c", [1], "a && (:) || c"),
    ] as [(String, [Int], String)])
  func leftOfCompound(_ line: String, _ removed: [Int], _ left: String) throws {
    let list = try #require(CommandList(Array(line.utf8)))
    switch try #require(list.edited(replacing: [:], removing: Set(removed))) {
    case .all: #expect(left == "")
    case .whole: Issue.record("nothing was replaced")
    case .parts(let parts):
      let bytes = parts.reversed().reduce(into: list.bytes) { $0.replaceSubrange($1.range, with: $1.bytes) }
      #expect(String(decoding: bytes, as: UTF8.self) == left)
    }
  }

  @Test(
    "what is left means what it did where those that went had done what they should",
    arguments: [
      ("a && b; c", [0], "b; c"), ("a && b; c", [1], "a; c"), ("a && b; c", [2], "a && b; :"),
      ("a || exit 1; c", [0], "c"), ("a; b || c && d", [1], "a; : && d"), ("a; b || c", [0, 1], ""), ("a", [0], ""),
      ("a || b", [1], nil), ("a && b && c", [0, 1], "c"),
      ("a && b || c", [1], "a || c"), ("a && b || c", [0, 1], ""), ("a; b; c", [1], "a; c"), ("a; b", [1], "a; :"),
      ("[ a ] || b && c", [1], "[ a ] || : && c"),
    ] as [(String, [Int], String?)])
  func left(_ line: String, _ removed: [Int], _ left: String?) throws {
    let list = try #require(CommandList(Array(line.utf8)))
    guard let edit = list.edited(replacing: [:], removing: Set(removed)) else {
      #expect(left == nil)
      return
    }
    switch edit {
    case .all: #expect(left == "")
    case .whole: Issue.record("nothing was replaced")
    case .parts(let parts):
      let bytes = parts.reversed().reduce(into: list.bytes) { $0.replaceSubrange($1.range, with: $1.bytes) }
      #expect(String(decoding: bytes, as: UTF8.self) == left)
    }
  }
}
