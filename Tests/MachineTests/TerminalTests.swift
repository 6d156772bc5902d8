import Support
import Testing

/// What somebody sees who runs it on a terminal, and what a pipe gets.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct TerminalTests {
  static let steps = [
    "set the host name to compute2", "bring ens33 up again", "bring ens34 up again",
    "restart systemd-journald.service", "restart libvirtd.service", "restart nova-compute.service",
    "restart neutron-linuxbridge-agent.service", "restart ssh.service",
  ]

  @Test func `a terminal shows what is being done, and in the end a line for each step and no more`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      // Too narrow for the longest step.
      let outcome = try await clone.run(
        "env", "TERM=xterm", "script", "-qefc", "stty cols 40; exec imprint apply compute2 --yes --no-join", "/dev/null"
      ).succeeded("apply on a terminal")
      // Seen on the way, cut where the line ends.
      #expect(outcome.output.contains("… restart neutron-linuxbridge-agent.se…"))
      #expect(outcome.output.contains("… looking whether all stays up"))
      let screen = Screen(outcome.output, columns: 40)
      let began = try #require(screen.lines.firstIndex { $0.hasPrefix("applied ") })
      let said = screen.lines[(began + 1)...].filter { !$0.isEmpty }
      #expect(said.dropLast().map(Self.withoutTime) == Self.steps.map { "✓ \($0)" })
      #expect(said.last?.hasPrefix("compute2 is who it should be: ") == true)
      #expect(!screen.lines.contains { $0.contains("…") })
    }
  }

  @Test func `a pipe gets plain lines with their times, also where standard output is a terminal`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      let outcome = try await clone.run(
        "env", "TERM=xterm", "script", "-qefc", "imprint apply compute2 --yes 2>/run/progress", "/dev/null"
      ).succeeded("apply with its progress in a file")
      #expect(outcome.output.contains("\u{1B}[1m"))
      let progress = try await clone.says("cat /run/progress")
      #expect(!progress.contains { $0 == "\u{1B}" || $0 == "\r" })
      let lines = progress.split(separator: "\n").map(String.init)
      #expect(lines.prefix(Self.steps.count).map(Self.withoutTime) == Self.steps.map { "✓ \($0)" })
      // Nobody else is there to be joined.
      #expect(lines.dropFirst(Self.steps.count).map(Self.withoutTime).sorted() == ["✗ compute", "✗ controller"])
      #expect(lines.allSatisfy { $0.contains(#/  [0-9.]+ m?s$/#) })
    }
  }

  private static func withoutTime(_ line: String) -> String { line.replacing(#/  [0-9.]+ m?s$/#, with: "") }
}

/// What a terminal shows in the end, as far as imprint needs one: lines, carriage return, and erasing to the end of a line
/// (console_codes(4)); colours are taken out.
private struct Screen {
  private(set) var lines: [String] = []

  init(_ output: String, columns: Int) {
    // A row that went on in the next is one line for whoever reads it.
    var rows: [(row: [Character], goesOn: Bool)] = [([], false)]
    var column = 0
    let plain = output.replacing(#/\x1B\[[0-9;]*m/#, with: "").replacing("\r\n", with: "\r\u{B}")
    var characters = plain.unicodeScalars.map(Character.init)[...]
    while let character = characters.popFirst() {
      switch character {
      case "\r": column = 0
      case "\u{B}", "\n": rows.append(([], false))
      case "\u{1B}" where characters.starts(with: ["[", "K"]):
        characters.removeFirst(2)
        rows[rows.count - 1].row = Array(rows[rows.count - 1].row.prefix(column))
      default:
        if column == columns {
          rows[rows.count - 1].goesOn = true
          rows.append(([], false))
          column = 0
        }
        let last = rows.count - 1
        if column < rows[last].row.count {
          rows[last].row[column] = character
        } else {
          rows[last].row.append(character)
        }
        column += 1
      }
    }
    var line = ""
    for (row, goesOn) in rows {
      line += String(row)
      guard !goesOn else { continue }
      lines.append(line)
      line = ""
    }
  }
}
