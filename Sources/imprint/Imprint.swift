internal import ArgumentParser
internal import CLinux
internal import CProgram
internal import Glibc

/// The program: one subcommand a file in Commands, which parses and wires; what it prints is in Output.
@main
struct Imprint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "imprint",
    abstract: "Gives a cloned compute node an identity of its own.",
    discussion: """
      A copy of a running node boots with the original's name, addresses, keys and service identity. imprint shows what \
      has to change (plan), changes it all at once or not at all (apply), proves it (verify), and undoes it exactly \
      (rollback).

      EXAMPLES
        imprint plan compute2 --root /mnt/clone --site site.toml
        imprint apply compute2 --root /mnt/clone --site site.toml --yes
        imprint verify compute2 --root /mnt/clone --site site.toml
        imprint rollback --root /mnt/clone

      EXIT STATUS
        0 done, or nothing to do   2 there are differences   64 usage   65 the site or the tree is not valid
        69 a program or service is missing   70 a defect of imprint   73, 74 cannot create, input/output error
        75 another imprint holds the lock   77 not permitted
      """,
    version: Version.text(arguments),
    subcommands: [
      InitCommand.self, PlanCommand.self, ApplyCommand.self, VerifyCommand.self, RollbackCommand.self,
      ConfirmCommand.self, HistoryCommand.self, StatusCommand.self, RecoverCommand.self, BootCommand.self,
      JoinCommand.self, SealCommand.self, BakeCommand.self, TwinsCommand.self, MetadataCommand.self,
      ActivateCommand.self, PeerCommand.self, MigrationGateCommand.self, ControllerGateCommand.self,
      BakeNodeCommand.self,
    ])

  /// Without the program's name. Not CommandLine's, which are none where there is no /proc.
  private static let arguments = (1..<max(1, imprint_argument_count())).map { String(cString: imprint_argument($0)) }

  static func main() {
    imprint_prepare_memory()
    // A write past a limit on the size of files is an error like others, and what was begun is undone (setrlimit(2)).
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try plainly(arguments[...]) ?? quickly(arguments[...]) ?? parseAsRoot(arguments)
      try command.run()
    } catch let code as ExitCode {
      exit(withError: code)
    } catch {
      if let code = Failure.report(error) { exit(withError: code) }
      exit(withError: error)
    }
  }
}

extension Imprint {
  /// The subcommand, parsed alone where its name comes first and all is well; nil for the whole parser to see to.
  ///
  /// The parser asks the Swift runtime about every property of each command on the way from the root, by the slowest of
  /// its ways: leaving the root out saves 2 of 13 million instructions (callgrind).
  private static func quickly(_ arguments: ArraySlice<String>) -> (any ParsableCommand)? {
    guard let name = arguments.first,
      let command = configuration.subcommands.first(where: { $0.configuration.commandName == name })
    else { return nil }
    return try? command.parse(Array(arguments.dropFirst()))
  }

  /// The command, where its words are plain; nil for the parser to see to.
  static func plainly(_ arguments: ArraySlice<String>) -> (any ParsableCommand)? {
    let words = arguments.dropFirst()
    switch arguments.first {
    case "plan": return PlanCommand.plainly(words)
    case "apply": return ApplyCommand.plainly(words)
    default: return nil
    }
  }
}
