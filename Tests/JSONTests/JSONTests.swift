import Testing

@testable import JSON

@Suite("JSON")
struct JSONTests {
  static func parse(_ text: String, _ limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSONNode {
    try JSONNode(Array(text.utf8), document: "meta_data.json", limits: limits)
  }

  @Test("every kind of value, in the order of the document") func values() throws {
    let document = try Self.parse(
      #" {"z": null, "a": [true, false, -3, 9223372036854775807, 1.5], "ä": "\u00e4\n\ud83d\ude00", "": {}} "#)
    #expect(
      document.value
        == .object(
          JSONObject([
            .init("z", .null),
            .init("a", .array([.boolean(true), .boolean(false), .integer(-3), .integer(.max), .real(1.5)])),
            .init("ä", .string("ä\n😀")), .init("", .object(JSONObject())),
          ])))
    #expect(try Self.parse("3").value == .integer(3))
  }

  @Test(
    "what is no JSON says where, and quotes nothing",
    arguments: [
      ("", JSONError.Code.truncated, "line 1, column 1"),
      (#"{"password": "geheim""#, .truncated, "line 1"),
      ("{\"a\": 1,\n \"a\": 2}", .duplicateKey, "line 2"),
      (#"{"a": {"b": 1, "c": 2, "b": 3}}"#, .duplicateKey, "line 1"),
      (#"{"a": geheim}"#, .invalidSyntax, "line 1"),
      ("{} {}", .invalidSyntax, "line 1"),
      ("[1,]", .invalidSyntax, "line 1"),
      ("[99999999999999999999]", .numberOutOfRange, "line 1"),
      (#"["a\u0000b"]"#, .invalidSyntax, "line 1"),
      ("[NaN]", .invalidSyntax, "line 1"),
    ])
  func invalid(_ text: String, _ code: JSONError.Code, _ place: String) throws {
    let error = try #require(throws: JSONError.self) { try Self.parse(text) }
    #expect(error.code == code, "\(error)")
    #expect(error.place.hasPrefix(place), "\(error)")
    #expect(error.description.hasPrefix("meta_data.json, line"))
    #expect(!error.description.contains("geheim"))
  }

  @Test("bytes that are not UTF-8") func notUTF8() throws {
    let error = try #require(throws: JSONError.self) {
      try JSONNode(Array("[\"".utf8) + [0xC3, 0x28] + Array("\"]".utf8), document: "x")
    }
    #expect(error.code == .notUTF8)
  }

  @Test("limits of size and depth hold, also for what would overflow a stack") func limits() throws {
    let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
    #expect(throws: Never.self) { try Self.parse(deep, JSONLimits(depth: 65)) }
    #expect(try #require(throws: JSONError.self) { try Self.parse("[\(deep)]") }.code == .tooDeep)
    let abyss = String(repeating: "{\"a\":", count: 100_000)
    #expect(try #require(throws: JSONError.self) { try Self.parse(abyss) }.code == .tooDeep)
    let large = try #require(throws: JSONError.self) { try Self.parse("[1, 2]", JSONLimits(bytes: 5)) }
    #expect(large.description == "meta_data.json: it has 6 bytes, and may have 5")
  }

  @Test("what is wrong is named by its path") func paths() throws {
    let document = try Self.parse(#"{"links": [{"mtu": 1500}, {"mtu": "1500", "a b": 3}], "n": null}"#)
    let links = try document.member("links").elements()
    #expect(try links[0].member("mtu").integer() == 1500)
    #expect(try document.optional("n") == nil)
    #expect(try document.optional("absent") == nil)
    func words(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "no error"
    }
    #expect(
      words { _ = try links[1].member("mtu").integer() }
        == "meta_data.json: links[1].mtu is a text, not a whole number")
    #expect(
      words { _ = try links[1].member("a b").string() }
        == #"meta_data.json: links[1]["a b"] is a whole number, not a text"#)
    #expect(words { _ = try links[1].member("type") } == "meta_data.json: links[1] has no type")
    #expect(words { _ = try document.elements() } == "meta_data.json: it is an object, not a list")
    struct No: Error {}
    #expect(
      words { _ = try links[1].member("mtu").string(as: "an IP address") { _ in throw No() } }
        == "meta_data.json: links[1].mtu is not an IP address")
  }
}
