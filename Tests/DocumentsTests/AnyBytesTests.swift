import Testing

@testable import Documents

@Suite("Any bytes at all")
struct AnyBytesTests {
  static let seeds = OsloConfigOracleTests.table + ShellAssignmentsOracleTests.table

  static let inputs: [[UInt8]] = {
    var generator = SeededGenerator(seed: 99)
    var inputs = (UInt8.min...UInt8.max).map { [$0] }
    for _ in 0..<300 { inputs.append(generator.bytes(upTo: 60)) }
    for seed in seeds { for _ in 0..<4 { inputs.append(generator.mutated(Array(seed.utf8))) } }
    return inputs
  }()

  @Test("Parsing and writing gives the same bytes, in every format")
  func identity() {
    for input in Self.inputs {
      #expect(Lines(input).bytes == input)
      #expect(HostnameFile(input).bytes == input)
      #expect(ShellAssignments(input).bytes == input)
      #expect(OsloConfig(input).bytes == input)
    }
  }

  @Test(
    "Brackets nested beyond reason are a problem, not a crash",
    arguments: [
      "${", "$(", "(", "\"$(", "if ", "{ ", "$((", "A=(", "f() { ", "case x in (x) ", "A=\"${B:-", "! ", "<(", "[[ ",
    ])
  func nesting(opener: String) {
    let input = Array(String(repeating: opener, count: 30_000).utf8)
    #expect(ShellAssignments(input).problem != nil)
    #expect(ShellAssignments(input).bytes == input)
  }

  @Test("Reading everything and editing it never fails in another way than by its error, and twice is once")
  func edits() throws {
    for input in Self.inputs {
      var shell = ShellAssignments(input)
      for key in shell.keys { _ = shell.value(key) }
      if (try? shell.set("A", to: "x y")) != nil {
        #expect(shell.value("A") == .literal("x y"))
        let once = shell.bytes
        try shell.set("A", to: "x y")
        #expect(shell.bytes == once, "\(input.debugText)")
      }
      if (try? shell.remove("A")) != nil {
        let once = shell.bytes
        try shell.remove("A")
        #expect(shell.bytes == once, "\(input.debugText)")
      }
      var config = OsloConfig(input)
      for index in config.options.indices {
        var edited = config
        try edited.replaceToken("1", with: "2", inOptionAt: index)
        try edited.replace(optionAt: index, with: "new")
        #expect(edited.options[index].value == "new")
        let anew = OsloConfig(edited.bytes)
        #expect(anew.options == edited.options && anew.sections == edited.sections, "\(input.debugText)")
        #expect(anew.problems == edited.problems, "\(input.debugText)")
        // What follows the place of an edit has moved: the next edit has to find it.
        try edited.set("DEFAULT", "added", to: "1")
        #expect(OsloConfig(edited.bytes).value("DEFAULT", "added") == "1", "\(input.debugText)")
      }
      try config.set("DEFAULT", "a", to: " v ")
      #expect(config.values("DEFAULT", "a") == [" v "], "\(input.debugText)")
      let once = config.bytes
      try config.set("DEFAULT", "a", to: " v ")
      #expect(config.bytes == once)
      let hostname = HostnameFile(input).settingName("n")
      #expect(HostnameFile(hostname).name() == "n")
      #expect(HostnameFile(hostname).settingName("n") == hostname)
    }
  }
}
