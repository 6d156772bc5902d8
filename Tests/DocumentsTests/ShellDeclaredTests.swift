import Testing

@testable import Documents

@Suite("Names that builtins assign")
struct ShellDeclaredTests {
  @Test(
    "are told with their lines",
    arguments: [
      ("A=1\ndeclare B=2 C=3\n", ["2 B declare", "2 C declare"]), ("typeset -x B=2\n", ["1 B typeset"]),
      ("readonly B='x y'\n", ["1 B readonly"]), ("local \"B=2\"\n", ["1 B local"]),
      ("\ncommand export B=2\n", ["2 B export"]), ("builtin -- export B=2\n", ["1 B export"]),
      ("command builtin declare B+=2\n", ["1 B declare"]), ("eval B=2 C=3\n", ["1 B eval", "1 C eval"]),
      ("eval 'B=2; C=$X'\n", ["1 B eval", "1 C eval"]), ("eval \"B=$X\"\n", ["1 B eval"]),
      ("export \"B=2\"\n", ["1 B export"]), ("if true; then declare B=2; fi\n", ["1 B declare"]),
      ("X=1 readonly B=2\n", ["1 B readonly"]),
    ])
  func told(_ text: String, _ names: [String]) {
    #expect(ShellAssignments(Array(text.utf8)).declared.map { "\($0.line) \($0.name) \($0.builtin)" } == names)
  }

  @Test(
    "are no others",
    arguments: [
      "B=2\nexport B C=3\n", "readonly B\n", "declare -p B\n", "echo declare B=2\n", "# declare B=2\n",
      "command -v B\n", "/bin/declare B=2\n", "eval \"$X\"\n",
    ])
  func others(_ text: String) {
    #expect(ShellAssignments(Array(text.utf8)).declared.isEmpty)
  }
}
