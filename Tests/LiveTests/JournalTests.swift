import Foundation
import Live
import Support
import Testing

/// What is written to the journal and read from it: a real journald, in namespaces of its own (Mocks/journald.py).
@Suite struct JournalTests {
  private struct Answer: Decodable {
    var before: [String]
    var said: String
    var entries: [[String: String]]
    var lines: String
    var journalctl: String
  }

  @Test(.enabled(if: LabNode.isRoot)) func `what is said arrives, and of a unit is read what journalctl reads`()
    async throws
  {
    guard RealProgram.find("journalctl") != nil else { return }
    let outcome = try await RealProgram.needed("unshare").run(
      [
        "--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc", "/usr/bin/python3",
        "\(Repository.path)/Tests/LiveTests/Mocks/journald.py", try LiveEffects.path,
      ], seconds: 60
    ).succeeded("journald.py")
    let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))

    // Without a journal nothing happens, and nothing is read.
    #expect(answer.before == ["said", ""])
    #expect(answer.said == "said" && answer.entries.count == 1)
    let entry = try #require(answer.entries.first)
    #expect(entry["MESSAGE"] == "worked" && entry["PRIORITY"] == "6" && entry["SYSLOG_IDENTIFIER"] == "imprint")
    #expect(entry["MESSAGE_ID"] == MessageID.stepDone.rawValue)
    #expect(entry["IMPRINT_UNIT"] == "x.service" && entry["IMPRINT_USEC"] == "1500")

    let told = (4..<12).map { "systemd: step \($0)" }
    let expected = told + ["systemd: two", "    lines \u{FFFD}[31mand a colour", "coredump: on its behalf"]
    let lines = answer.lines.split(separator: "\n").map(String.init)
    // Each begins with the time, but a message's further lines.
    #expect(lines.map { $0.hasPrefix(" ") ? $0 : String($0.dropFirst(9)) } == expected)
    #expect(
      answer.journalctl.split(separator: "\n").map(String.init)
        == (4..<12).map { "step \($0)" } + ["two", "lines \u{1b}[31mand a colour", "on its behalf"])
  }

  @Test func `every id is in the document, with each of its fields, and none twice`() throws {
    let document = try String(contentsOfFile: "\(Repository.path)/docs/journal.md", encoding: .utf8)
    for id in MessageID.allCases {
      #expect(id.rawValue.count == 32 && id.rawValue.allSatisfy { $0.isHexDigit && !$0.isUppercase })
      #expect(document.contains("| `\(id.rawValue)` | \(id) |"))
    }
    #expect(Set(MessageID.allCases.map(\.rawValue)).count == MessageID.allCases.count)
    for field in JournalEntry.Field.allCases {
      #expect(document.contains("| `IMPRINT_\(field.rawValue.uppercased())` |"))
    }
  }
}
