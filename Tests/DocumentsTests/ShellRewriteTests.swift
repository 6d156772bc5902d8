import Testing

@testable import Documents

@Suite("The text of a value that only a shell can work out")
struct ShellRewriteTests {
  @Test("is written anew where one assignment surely gives it") func rewritten() throws {
    var file = ShellAssignments(Array("A=1\nB=\"x $(y) $A\" # c\nC=2\n".utf8))
    #expect(file.value("B") == .unknown("\"x $(y) $A\"") && file.isRewritable("B"))
    try file.rewrite("B", to: "\"z $(y) $A\"")
    #expect(String(decoding: file.bytes, as: UTF8.self) == "A=1\nB=\"z $(y) $A\" # c\nC=2\n")
  }

  @Test(
    "stays where nobody can tell, and where it would not be read as meant",
    arguments: [
      ("if true; then B=\"x $(y)\"; fi\n", "\"z $(y)\""), ("B=\"x $(y)\"\n. /x\n", "\"z $(y)\""),
      ("B=\"x $(y)\"\n", "z $(y)"), ("B=\"x $(y)\"\n", "\"z $(y)"), ("B=\"x $(y)\"\nC=1\n", "\"z\"; C=$(y)"),
    ])
  func refused(_ text: String, _ source: String) throws {
    var file = ShellAssignments(Array(text.utf8))
    #expect(throws: EditError.self) { try file.rewrite("B", to: source) }
    #expect(String(decoding: file.bytes, as: UTF8.self) == text)
  }
}
