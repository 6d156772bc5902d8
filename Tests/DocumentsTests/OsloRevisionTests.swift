import Testing

@testable import Documents

/// Many options of one file, revised in one pass: files have tens of thousands.
@Suite("oslo.config files, many options at once") struct OsloRevisionTests {
  static let values = ["10.0.0.21", "", "x\ny", "ü", "\"q\"", "10.0.0.2,10.0.0.1"]

  @Test("is what one after the other gives, and the index is that of the result", arguments: [1, 2, 3] as [UInt64])
  func atOnce(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let config = OsloConfig(Array(OsloConfigOracleTests.randomFile(&generator).utf8))
      var revisions: [(position: Int, revision: OsloConfig.Revision)] = []
      var single = config
      for (position, option) in config.options.enumerated() {
        switch generator.next() % 3 {
        case 0:
          let value = generator.pick(Self.values)
          revisions.append((position, .value(value)))
          try single.replace(optionAt: position, with: value)
        case 1:
          let tokens = [
            (old: "10.0.0.1", new: "10.0.0.111"), (old: "10.0.0.2", new: "10.0.0.22"), (old: "x", new: "it"),
          ]
          revisions.append((position, .tokens(tokens)))
          for token in tokens { try single.replaceToken(token.old, with: token.new, inOptionAt: position) }
        default: #expect(single.options[position].value == option.value)
        }
      }
      var atOnce = config
      let revised = try atOnce.revise(revisions)
      #expect(atOnce.bytes == single.bytes)
      #expect(revised == Set(config.options.indices.filter { config.options[$0].value != single.options[$0].value }))
      var read = OsloConfig(atOnce.bytes)
      #expect(atOnce.options == read.options && atOnce.sections == read.sections)
      // Where a section begins and ends is known, too.
      for section in ["DEFAULT", "vnc", "new"] {
        try atOnce.set(section, "b", to: "1")
        try read.set(section, "b", to: "1")
        #expect(atOnce.bytes == read.bytes)
      }
    }
  }
}
