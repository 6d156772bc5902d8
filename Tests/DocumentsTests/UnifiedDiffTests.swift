import Testing

@testable import Documents

@Suite("Unified diffs")
struct UnifiedDiffTests {
  static let pairs: [(String, String)] = [
    ("", ""), ("", "a\n"), ("a\n", ""), ("a\n", "a"), ("a", "a\n"), ("a", "b"), ("a\nb\nc\n", "a\nx\nc\n"),
    ("a\r\nb\r\n", "a\r\nc\r\n"),
    ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n"),
    ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"),
    ("1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\n5\n6\n7\n8\nx"), ("a\nb", "a\nb\nc"), ("a\nb\nc", "a\nb"),
    ("x\ny\n", "y\nx\n"),
  ]

  private func text(_ old: String, _ new: String) -> String {
    String(
      decoding: unifiedDiff(old: Array(old.utf8), new: Array(new.utf8), oldName: "o", newName: "n").text(),
      as: UTF8.self)
  }

  @Test("diff -u says the same", .enabled(if: Oracle.isInCI || Oracle.program("diff") != nil), arguments: pairs)
  func sameAsDiff(old: String, new: String) throws {
    let diff = try #require(Oracle.program("diff"))
    try Oracle.withFiles([Array(old.utf8), Array(new.utf8)]) { paths in
      let result = try Oracle.run(diff, ["-u", "--label", "o", "--label", "n"] + paths)
      #expect(String(decoding: result.output, as: UTF8.self) == text(old, new))
    }
  }

  @Test(
    "patch makes the new file of the old one", .enabled(if: Oracle.isInCI || Oracle.program("patch") != nil),
    arguments: [0, 1, 3])
  func appliesWithPatch(context: Int) throws {
    let patch = try #require(Oracle.program("patch"))
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<40 {
      var old: [UInt8] = []
      for _ in 0...(generator.next() % 30) { old += Array(generator.pick(["a\n", "b\n", "c\r\n", "\n", "d\n"]).utf8) }
      if generator.next() % 3 == 0 { old.removeLast() }
      var new = generator.mutated(generator.mutated(old))
      if generator.next() % 3 == 0 { new.removeAll { $0 == 0x61 } }
      let diff = unifiedDiff(old: old, new: new, oldName: "a", newName: "b", context: context)
      #expect(diff.isEmpty == (old == new))
      guard !diff.isEmpty else { continue }
      try Oracle.withFiles([old, diff.text()]) { paths in
        let result = try Oracle.run(patch, ["--binary", "-s", "-F0", "-o", "-", paths[0], paths[1]])
        #expect(result.status == 0, "\(old.debugText) → \(new.debugText)")
        #expect(result.output == new, "\(old.debugText) → \(new.debugText)")
      }
    }
  }

  @Test("Control characters and marks that turn the text around are shown, not sent")
  func escaping() {
    let diff = unifiedDiff(
      old: Array("a\r\n".utf8), new: Array("\u{1B}[31m\u{202E}b\t\u{9B}\n".utf8) + [0xFF], oldName: "o\n", newName: "n")
    let shown = String(decoding: diff.text(escaping: true), as: UTF8.self)
    #expect(
      shown
        == "--- o^J\n+++ n\n@@ -1 +1,2 @@\n-a^M\n+^[[31m<U+202E>b\t<U+009B>\n+\u{FFFD}\n\\ No newline at end of file\n")
  }

  @Test("Files that differ beyond reason count as replaced")
  func tooDifferent() {
    let old = (0..<3_000).map { "a\($0)\n" }.joined()
    let new = (0..<3_000).map { "b\($0)\n" }.joined()
    let diff = unifiedDiff(old: Array(old.utf8), new: Array(new.utf8), oldName: "o", newName: "n")
    #expect(diff.hunks.map(\.header) == ["@@ -1,3000 +1,3000 @@"])
  }
}
