import Site
import Support
import Testing

@testable import Engine

/// Which nodes are meant: the ways to write many, and what is said of what means nothing.
@Suite("Sets of nodes")
struct NodeSetTests {
  private static func names(_ text: String) throws -> [String] { try NodeSet(text).names.map(\.description) }

  @Test(
    "are written as people of clusters write them",
    arguments: [
      ("compute2", ["compute2"]),
      ("compute[2-4]", ["compute2", "compute3", "compute4"]),
      ("compute[2-4,7]", ["compute2", "compute3", "compute4", "compute7"]),
      ("compute[7,2-3]", ["compute7", "compute2", "compute3"]),
      ("controller,compute[2-3]", ["controller", "compute2", "compute3"]),
      ("controller, compute[2-3] ,compute9", ["controller", "compute2", "compute3", "compute9"]),
      ("node[08-11]", ["node08", "node09", "node10", "node11"]),
      ("node[098-101]", ["node098", "node099", "node100", "node101"]),
      ("node[98-101]", ["node98", "node99", "node100", "node101"]),
      ("node[0-1]", ["node0", "node1"]),
      ("rack[1-2]node[1,3]", ["rack1node1", "rack1node3", "rack2node1", "rack2node3"]),
      ("n[1-2]-ib", ["n1-ib", "n2-ib"]),
      ("compute[5-5]", ["compute5"]),
      ("compute[2-4],compute3,compute[4-5]", ["compute2", "compute3", "compute4", "compute5"]),
    ] as [(String, [String])])
  func written(_ text: String, _ expected: [String]) throws {
    #expect(try Self.names(text) == expected)
  }

  @Test("of a whole hall of machines have all of them")
  func many() throws {
    let names = try Self.names("compute[2-200]")
    #expect(names.count == 199 && names.first == "compute2" && names.last == "compute200")
    #expect(try Self.names("r[1-100]n[1-100]").count == 10_000)
  }

  @Test(
    "that mean nothing are refused with what would be right",
    arguments: [
      ("", "names nobody", "compute[2-200]"),
      (" , ", "names nobody", "compute[2-200]"),
      ("compute[2-200", "'[' has no partner", "compute[2-200]"),
      ("compute2-200]", "']' has no partner", "compute[2-200]"),
      ("compute[[2-3]]", "'[' has no partner", "compute[2-200]"),
      ("compute[]", "brackets are empty", "[2-200]"),
      ("compute[2..200]", "[2..200] is neither a number", "[2-200]"),
      ("compute[a-c]", "[a-c] is neither a number", "[2-200]"),
      ("compute[2-]", "[2-] is neither a number", "[2-200]"),
      ("compute[2,,3]", "[] is neither a number", "[2,5,7]"),
      ("compute[1-2-3]", "[1-2-3] is neither a number", "[2-200]"),
      ("compute[12345678901]", "[12345678901] has a number of more than nine digits", "[2-200]"),
      ("compute[1-1000000000]", "[1-1000000000] has a number of more than nine digits", "[2-200]"),
      ("compute[9-2]", "[9-2] runs backwards", "[2-9]"),
      ("compute[2-010]", "leading zeros at one end only", "[002-010]"),
      ("compute[02-1]", "runs backwards", "[1-02]"),
      ("compute[1-999999999]", "more than 100000 nodes", "fewer"),
      ("a[1-1000]b[1-1000]", "more than 100000 nodes", "fewer"),
      ("Compute[2-3]", "host name", "compute2"),
      ("compute_[2-3]", "host name", "hyphen"),
    ])
  func refused(_ text: String, _ reason: String, _ advice: String) {
    let error = #expect(throws: EngineError.self) { try NodeSet(text) }
    #expect(error?.code == .usage)
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains(advice) == true, "\(error?.description ?? "")")
  }

  private static func site(_ names: [String]) throws -> Site {
    Site(nodes: try names.map { Node(name: try NodeName($0), role: .compute, addresses: [:]) })
  }

  @Test("of names that the site lacks name these, and tell what there is without listing it whole")
  func unknown() throws {
    let site = try Self.site(["controller"] + (1...900).map { "compute\($0)" } + (1...40).map { "x\($0 * 2)" })
    let found = try NodeSet("compute[2-3],controller").nodes(of: site).map(\.name.description)
    #expect(found == ["compute2", "compute3", "controller"])
    let error = #expect(throws: EngineError.self) { try NodeSet("compute[899-902],disk7").nodes(of: site) }
    let text = error?.description ?? ""
    #expect(
      text.hasPrefix("the site has no nodes compute[901-902], disk7; it has controller, compute[1-900], x2, x4"),
      "\(text)")
    #expect(text.hasSuffix("x12 and 34 more"), "\(text)")
    #expect(error?.code == .usage)
  }

  @Test(
    "are told in few words, and those words mean the same set",
    arguments: [
      ["compute2", "compute3", "compute4"], ["controller", "compute2", "compute4"], ["n08", "n09", "n10", "n11"],
      ["n9", "n10", "n011"], ["a1b1", "a1b2", "a2b1"], ["solo"],
    ])
  func folded(_ names: [String]) throws {
    let folded = NodeSet.folded(try names.map { try NodeName($0) })
    #expect(try Self.names(folded) == names, "\(folded)")
  }
}

/// How many at a time.
@Suite("The pace of a bake")
struct PaceTests {
  /// Ends a node every so often, as long as it takes to see where the pace settles.
  private static func settled(processors: Int, _ rate: (Int) -> Double) -> (pace: Pace, most: Int) {
    var pace = Pace(processors: processors)
    var now = Duration.zero
    var most = pace.limit
    for _ in 0..<2000 {
      now += .microseconds(Int(1_000_000 / rate(pace.limit)))
      pace.end(at: now)
      most = max(most, pace.limit)
    }
    return (pace, most)
  }

  @Test("grows while more at a time are faster, up to four for each processor")
  func grows() {
    let (pace, most) = Self.settled(processors: 4) { Double($0) * 10 }
    #expect(most == 16)
    #expect((12...16).contains(pace.limit))
  }

  @Test("goes back to what it was where more are no faster, and tries little beyond that")
  func returns() {
    let (pace, most) = Self.settled(processors: 4) { _ in 40 }
    #expect(most == 6)
    #expect([4, 6].contains(pace.limit))
  }

  @Test("goes back where more are slower, and finds the best in between")
  func finds() {
    let (_, most) = Self.settled(processors: 2) { Double(min($0, 4)) * 10 - Double(max(0, $0 - 4)) * 5 }
    #expect((4...6).contains(most))
  }

  @Test("is what somebody said, whatever happens")
  func fixed() {
    var pace = Pace(fixed: 3, processors: 8)
    for second in 1...200 { pace.end(at: .seconds(second)) }
    #expect(pace.limit == 3)
  }
}

/// What the processes of a bake tell each other, and what it keeps.
@Suite("Marks and messages of a bake")
struct BakeTextTests {
  @Test("are read back as they were written, and nothing else is")
  func same() throws {
    var node = try #require(BakedNode("changes\t14\nshared\t5\nwritten\t7\n"))
    node.remarks = ["one\twith a tabulator", "another"]
    #expect(BakedNode(node.text) == node)
    #expect(node.changes == 14 && node.shared == 5 && node.written == 7)
    for text in ["", "changes\t14\n", "changes\tmany\nshared\t1\nwritten\t1\n", "changes\t1\nwritten\t1\nnonsense\n"] {
      #expect(BakedNode(text) == nil, "\(text)")
    }
    let scratch = try Scratch()
    let file = scratch.path + "/a b\tc"
    try scratch.write("x", to: "a b\tc")
    let template = try BakeTemplate(file)
    let mark = BakeMark(form: .image, template: template, site: Array("x".utf8), changes: 3)
    #expect(BakeMark(mark.bytes) == mark && mark.isOf(template, .image) && !mark.isOf(template, .qcow2))
    try scratch.write("other", to: "a b\tc")
    #expect(try !mark.isOf(BakeTemplate(file), .image))
    var old = mark
    old.state = nil
    #expect(try BakeMark(old.bytes) == old && old.isOf(BakeTemplate(file), .image))
    #expect(BakeMark(Array("imprint-bake\t2\n".utf8)) == nil && BakeMark([]) == nil)
    // printf x | openssl dgst -sha256 -binary | base64
    #expect(mark.site == "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=")
  }
}
