import ArgumentParser
import Testing

@testable import imprint

/// What is read without the parser is what the parser reads.
@Suite struct `Plain words` {
  private static let lines = [
    "plan", "plan compute2", "plan compute2 --root /mnt --site site.toml", "plan --root /mnt compute2",
    "plan --profile debian12 --format json --color never --quiet --verbose --exit-code", "plan -v", "apply --yes",
    "apply -y",
    "apply compute2 --root /mnt --site site.toml --yes --quiet", "apply --wait --confirm-within 60 --no-activate",
    "apply --on-failure roll-back --well-for 0 compute2", "apply --no-join", "plan compute2 --color always",
  ]

  @Test(arguments: lines) func `give the command that the parser gives`(_ line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let plain = try #require(Imprint.plainly(words[...]), "the parser had to see to it")
    let parsed = try Imprint.parseAsRoot(words)
    #expect(try Self.values(plain) == Self.values(parsed))
  }

  @Test(arguments: [
    "", "help", "--version", "plan --help", "plan one two", "plan --nosuch", "plan --root", "plan --root --quiet",
    "plan --root=/mnt", "plan --format xml", "plan --quiet --quiet", "plan --site a --site b", "plan -- compute2",
    "apply -yv", "apply --confirm-within 0", "apply --confirm-within soon", "apply --well-for -1",
    "apply --well-for 3601", "verify", "verify --files-only",
    "rollback", "status", "plan --site -",
  ]) func `leave to the parser what is not plain`(_ line: String) {
    #expect(Imprint.plainly(line.split(separator: " ").map(String.init)[...]) == nil)
  }

  @Test func `know every option of their commands, as the help lists them`() throws {
    let values = [
      "format": "json", "color": "never", "on-failure": "keep", "confirm-within": "9", "well-for": "9",
    ]
    for (name, command) in [("plan", PlanCommand.self), ("apply", ApplyCommand.self)]
      as [(String, any ParsableCommand.Type)]
    {
      let help = Imprint.helpMessage(for: command)
      let listed = help.matches(of: /(?m)^  (?:-\w, )?--([a-z-]+)( <)?/).filter { !["help", "version"].contains($0.1) }
      #expect(listed.count > 7, "\(name)")
      for option in listed {
        let value = option.2 == nil ? [] : [values[String(option.1)] ?? "some"]
        let words = [name, "--\(option.1)"] + value
        let plain = try #require(Imprint.plainly(words[...]), "\(words)")
        #expect(try Self.values(plain) == Self.values(Imprint.parseAsRoot(words)), "\(words)")
        #expect(try Self.values(plain) != Self.values(Imprint.parseAsRoot([name])), "\(words)")
      }
    }
  }

  @Test(arguments: ["rollback", "recover", "status", "history", "confirm", "seal", "plan", "verify", "apply"])
  func `common options are every command's`(_ command: String) throws {
    let words = [command, "--root", "/mnt", "--site", "a", "--profile", "b", "--format", "json", "--color", "never"]
    _ = try Imprint.parseAsRoot(words + ["--yes", "--quiet", "-v"])
  }

  /// All that a command was told.
  private static func values(_ command: any ParsableCommand) throws -> [String] {
    switch command {
    case let command as PlanCommand:
      ["plan", "\(command.exitCode)"] + values(command.common) + values(command.target)
    case let command as ApplyCommand:
      ["apply", "\(command.wait)", String(describing: command.confirmWithin)]
        + values(command.common) + values(command.target)
        + ["\(command.live.noActivate)", "\(command.live.onFailure)", "\(command.live.wellFor)"]
        + ["\(command.noJoin)"]
    default: throw ValidationError("\(type(of: command)) is no command of plain words")
    }
  }

  private static func values(_ common: CommonOptions) -> [String] {
    [common.root, "\(common.format)", "\(common.color)", "\(common.quiet)", "\(common.verbose)", "\(common.yes)"]
  }

  private static func values(_ target: TargetOptions) -> [String] {
    [target.node, target.site, target.profile].map { $0 ?? "-" }
  }
}
