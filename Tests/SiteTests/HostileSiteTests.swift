import Site
import Support
import Testing

@Suite("No bytes make the reader of a site crash or hang")
struct HostileSiteTests {
  @Test(arguments: 0..<20 as Range<UInt64>) func `random bytes`(_ seed: UInt64) {
    var generator = SeededNumbers(seed: seed)
    for _ in 0..<200 {
      let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      expectAnswer(bytes)
    }
  }

  @Test(arguments: [1, 40]) func `two keys that are one text to a String are two to TOML`(_ others: Int) {
    let nodes = (0..<others).map { "n\($0) = 1\n" }.joined()
    expectAnswer(Array("[nodes]\n\(nodes)\"caf\u{E9}\" = 1\n\"cafe\u{301}\" = 2\n".utf8))
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func `letters of TOML in any order`(_ seed: UInt64) {
    var generator = SeededNumbers(seed: seed)
    let pieces = [
      "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\"", "'", "\"\"\"", "'''", "\n", "#", "\\", " ", "a", "nodes",
      "networks", "1", "-", "1.5", "1979-05-27", "true", "\u{FEFF}", "\r\n", "\\u0000", "\\UFFFFFFFF",
    ]
    for _ in 0..<400 {
      let text = (0..<Int.random(in: 0...60, using: &generator)).compactMap { _ in
        pieces.randomElement(using: &generator)
      }
      expectAnswer(Array(text.joined().utf8))
    }
  }

  @Test(arguments: wholeSites) func `whole sites with bytes changed, lost, doubled and cut off`(_ site: String) {
    var generator = SeededNumbers(seed: 7)
    let whole = Array(site.utf8)
    for _ in 0..<500 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8.random(in: 32...126, using: &generator), at: place)
        case 3: bytes.insert(contentsOf: bytes[place..<min(place + 30, bytes.count)], at: place)
        default: bytes.removeSubrange(place...)
        }
      }
      expectAnswer(bytes)
    }
  }

  /// Too long to be arguments: those are printed.
  private static let endless = [
    String(repeating: "[", count: 100_000),
    "a = " + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000),
    "a = " + String(repeating: "{a=", count: 100_000),
    "[" + String(repeating: "a.", count: 100_000) + "a]",
    String(repeating: "a.", count: 100_000) + "a = 1",
    String(repeating: "a . \"b\" . ", count: 100_000) + "a = 1",
    "x = { " + String(repeating: "a.", count: 100_000) + "a = 1 }",
    String(repeating: "[[a.a.a.a.a]]\n", count: 20_000),
    "a = \"" + String(repeating: "\\", count: 100_001),
    "a = '''" + String(repeating: "'", count: 100_000),
    "a = " + String(repeating: "9", count: 100_000),
  ]

  @Test func `endless nesting`() {
    for text in Self.endless { expectAnswer(Array(text.utf8)) }
  }

  @Test func `ten megabytes of keys, networks or nodes`() {
    let size = 10_000_000
    for line in ["key# = 1\n", "[networks.n#]\n", "[nodes.n#]\naddresses.a# = \"10.0.0.1\"\n"] {
      var text = ""
      text.reserveCapacity(size + 100)
      var number = 0
      while text.utf8.count < size / 10 {
        text += line.split(separator: "#", omittingEmptySubsequences: false).joined(separator: "\(number)")
        number += 1
      }
      expectAnswer(Array(text.utf8))
    }
    expectAnswer(Array(repeating: 0x20, count: size))
    expectAnswer(Array("a = \"".utf8) + Array(repeating: 0x61, count: size) + Array("\"".utf8))
    expectAnswer(Array(repeating: 0x20, count: 17 << 20))
  }

  /// Either a site, or problems with places in the file.
  private func expectAnswer(_ bytes: [UInt8]) {
    do {
      _ = try Site.parse(bytes, file: "site.toml")
    } catch {
      #expect(!error.problems.isEmpty)
      #expect(error.problems.allSatisfy { $0.line >= 1 && $0.column >= 1 && !$0.message.isEmpty })
    }
  }
}
