import Testing

@testable import Documents

@Suite("Lines")
struct LinesTests {
  @Test(
    "Splitting and joining gives the same bytes",
    arguments: ["", "\n", "a", "a\n", "a\r\n", "a\rb\n", "\r", "\r\r\n", "a\n\nb", "\r\n\r\n", "a\r", "\n\r"])
  func roundTrip(text: String) {
    #expect(Lines(Array(text.utf8)).bytes == Array(text.utf8))
  }

  @Test("Every single byte, and every pair with an ending, survives")
  func singleBytes() {
    for byte in UInt8.min...UInt8.max {
      for bytes in [[byte], [byte, 0x0A], [0x0D, byte], [byte, 0x0D, 0x0A], [0x0A, byte]] {
        #expect(Lines(bytes).bytes == bytes)
      }
    }
  }

  @Test("Content and endings are told apart")
  func endings() {
    let lines = Lines(Array("a\r\nb\rc\nd".utf8))
    #expect(lines.map(\.text) == ["a", "b\rc", "d"])
    #expect(lines.map(\.ending) == [.crlf, .lf, .none])
  }

  @Test(
    "Appending keeps the ending of the file, and a missing final newline",
    arguments: [
      ("", "x\n"), ("a", "a\nx"), ("a\n", "a\nx\n"), ("a\r\n", "a\r\nx\r\n"), ("a\r\nb", "a\r\nb\r\nx"),
      ("\n", "\nx\n"),
    ])
  func append(before: String, after: String) {
    var lines = Lines(Array(before.utf8))
    lines.append(Array("x".utf8))
    #expect(lines.bytes == Array(after.utf8))
  }

  @Test(
    "Removing keeps a missing final newline",
    arguments: [
      ("a", 0, ""), ("a\nb", 1, "a"), ("a\nb", 0, "b"), ("a\r\nb\r\n", 1, "a\r\n"), ("a\n\nb\n", 1, "a\nb\n"),
    ])
  func remove(before: String, index: Int, after: String) {
    var lines = Lines(Array(before.utf8))
    lines.remove(at: index)
    #expect(lines.bytes == Array(after.utf8))
  }

  @Test("Inserting and replacing leave the other lines alone")
  func insertAndReplace() {
    var lines = Lines(Array("a\r\nb\nc".utf8))
    lines.insert(Array("x".utf8), at: 1)
    lines.replace(at: 3, with: Array("y".utf8))
    #expect(lines.bytes == Array("a\r\nx\nb\ny".utf8))
  }
}
