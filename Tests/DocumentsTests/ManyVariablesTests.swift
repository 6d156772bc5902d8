import Testing

@testable import Documents

@Suite("Shell files of any length")
struct ManyVariablesTests {
  @Test("a variable is found among few and among many", arguments: [1, 31, 32, 33, 34, 200])
  func many(count: Int) throws {
    // Names of one length and one last letter, too.
    let names = (0..<count).map { $0.isMultiple(of: 2) ? "V\($0)" : "W\($0)X" }
    var shell = ShellAssignments(Array(names.map { "\($0)=of-\($0)\n" }.joined().utf8))
    #expect(shell.keys == names)
    for name in names { #expect(shell.literal(name) == "of-\(name)") }
    #expect(shell.value("V") == nil && shell.value("X") == nil)
    try shell.set(names[count - 1], to: "other")
    try shell.set("NEW", to: "1")
    try shell.remove(names[0])
    #expect(shell.literal(names[0]) == nil)
    #expect(count == 1 || shell.literal(names[count - 1]) == "other")
    #expect(shell.keys == Array(names.dropFirst()) + ["NEW"])
  }

  @Test("what doubles itself line by line is worked out no further than anything is long")
  func doubling() {
    let lines = ["A0=x"] + (1...60).map { "A\($0)=$A\($0 - 1)$A\($0 - 1)" } + ["B=1"]
    let shell = ShellAssignments(Array(lines.joined(separator: "\n").utf8))
    #expect(shell.literal("A10") == String(repeating: "x", count: 1024))
    #expect(shell.value("A60") == .unknown("$A59$A59"))
    #expect(shell.literal("B") == "1")
    let appended = ["A=0123456789"] + Array(repeating: "A+=$A", count: 60)
    #expect(ShellAssignments(Array(appended.joined(separator: "\n").utf8)).literal("A") == nil)
  }
}
