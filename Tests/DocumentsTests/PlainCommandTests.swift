import Testing

@testable import Documents

/// Commands that stand in other files, as sh(1) takes their words.
@Suite("Commands of one line")
struct PlainCommandTests {
  @Test("words are what they say, and quotes around all of one are beside it")
  func places() {
    let text = "ip addr add '192.168.10.20/24' dev \"$IFACE\" a\"b\" >/dev/null 2>&1 || true; X=1 echo \"x y\""
    let bytes = Array(text.utf8)
    let words = PlainCommand.words(of: bytes) ?? []
    #expect(words.map(\.text) == ["ip", "addr", "add", "192.168.10.20/24", "dev", "true", "X=1", "echo", "x y"])
    for word in words { #expect(bytes[word.range].elementsEqual(word.text.utf8)) }
  }

  @Test(
    "what does more is not told at a glance",
    arguments: [
      "a $(b)", "a `b`", "a ${b:-c}", "a > $b", "a <<x", "for a in b; do c; done", "case a in b) c;; esac", "a 'b",
      "f() { a; }", "a\nb", "eval a", "a $((1))", "[[ a ]]", "(a",
    ])
  func more(_ text: String) { #expect(PlainCommand.words(of: Array(text.utf8)) == nil) }

  @Test("what is understood, sh reads as the same words") func oracle() throws {
    let shell = try #require(RealProgram("sh"))
    let tokens = [
      "192.168.10.20", "'a b'", "\"c\"", " ", "  ", "\\", "x", "/24", "#", "$IFACE", "*", "~", "\"", "'", "=", "\t",
      "-", "{", "1",
    ]
    var mutations = Mutations(seed: 31)
    var (understood, input) = ([[String]](), [String]())
    for _ in 0..<3000 {
      let text = String(decoding: mutations.file(of: tokens, count: 8), as: UTF8.self)
      // With a word before it nothing of it is a program, and with one behind it no backslash is the last.
      let line = "show \(text) end"
      let bytes = Array(line.utf8)
      guard let words = PlainCommand.words(of: bytes) else { continue }
      understood.append(words.dropFirst().map(\.text))
      input.append(line)
    }
    #expect(understood.count > 300)
    let script =
      "set -f; IFACE='' HOME='~'; show() { printf '%s\\1' \"$@\"; }\n" + input.map { "\($0)\nprintf '\\2'\n" }.joined()
    let said = try shell.run([], input: script).text.split(separator: "\u{2}", omittingEmptySubsequences: false)
    #expect(said.count == input.count + 1)
    for ((ours, line), said) in zip(zip(understood, input), said) {
      let words = said.split(separator: "\u{1}").map(String.init)
      // Ours leave out what has a variable in it, or is spelled with more than quotes around it.
      var rest = words[...]
      for word in ours {
        guard let place = rest.firstIndex(of: word) else {
          Issue.record("\(word) of \(line): \(words)")
          break
        }
        rest = rest[(place + 1)...]
      }
    }
  }

  @Test("options of a route are found in their places, and set there") func routeOptions() throws {
    let line = "10.0.0.0/8  via 192.168.10.9 priority 5 mtu lock 1400 onlink src 192.168.10.20 # c"
    let bytes = Array(line.utf8)
    let words = PlacedWord.all(in: bytes).dropLast(2)
    let options = try #require(RouteOptions(words.dropFirst()))
    #expect(options["metric"] == "5" && options["mtu"] == "1400" && options["onlink"] == "" && options["table"] == nil)
    #expect(options.isMain && !options.isPlain)
    func set(_ values: [(key: String, value: String?)]) -> String {
      String(decoding: options.setting(values, in: bytes, end: words.last?.range.upperBound ?? 0), as: UTF8.self)
    }
    #expect(
      set([("via", "192.168.10.1"), ("metric", nil)])
        == "10.0.0.0/8  via 192.168.10.1 mtu lock 1400 onlink src 192.168.10.20 # c")
    #expect(
      set([("metric", "7"), ("table", "9")])
        == "10.0.0.0/8  via 192.168.10.9 priority 7 mtu lock 1400 onlink src 192.168.10.20 table 9 # c")
    for more in ["via a via b", "via", "nexthop via a", "metric 1 priority 2"] {
      #expect(RouteOptions(PlacedWord.all(in: more.utf8)) == nil)
    }
    for other in ["table 7", "tos 0x10", "from fd00::/64"] {
      #expect(RouteOptions(PlacedWord.all(in: other.utf8))?.isMain == false)
    }
  }

  @Test("parts of an option of interfaces(5) are replaced where they stand, over several lines too") func parts() throws
  {
    let text = "iface a inet manual\n  up  x 192.168.\\\n10.20 y\\\r\n\tdown z\\\n\\\n 192.168.10.20 "
    var file = InterfacesFile(Array(text.utf8))
    for option in file.stanzas[0].options {
      let bytes = file.bytes(of: option)
      #expect(String(decoding: bytes, as: UTF8.self) == option.value)
      let places = Token("192.168.10.20").ranges(in: bytes[...])
      file.replace(places.map { ($0, Array("10.0.0.1".utf8)) }, of: option)
    }
    let after = "iface a inet manual\n  up  x 10.0.0.1\\\n y\\\r\n\tdown z\\\n\\\n 10.0.0.1 "
    #expect(String(decoding: file.bytes, as: UTF8.self) == after)
  }
}
