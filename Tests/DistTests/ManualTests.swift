import Foundation
import Support
import Testing

/// Manual pages and completions, which follow from the program itself, and make install.
@Suite struct ManualTests {
  /// What the program says of itself (ArgumentParser's own form).
  struct Dump: Decodable {
    struct Name: Decodable { let kind, name: String }
    struct Argument: Decodable {
      let shouldDisplay: Bool
      let names: [Name]?
    }
    struct Command: Decodable {
      let commandName: String
      let shouldDisplay: Bool
      let arguments: [Argument]?
      let subcommands: [Command]?
    }
    let command: Command

    static func of(_ program: RealProgram) async throws -> [Command] {
      let text = try await program.run(["--experimental-dump-help"]).succeeded("the program's own description").output
      return (try JSONDecoder().decode(Dump.self, from: Data(text.utf8)).command.subcommands ?? [])
        .filter { $0.shouldDisplay && $0.commandName != "help" }
    }
  }

  @Test func `every subcommand has a page that names all its options, and no page has a fault`() async throws {
    let scratch = try Scratch()
    try await RealProgram(path: "\(Repository.path)/Scripts/man-pages").run([Imprint.program.path, scratch.path])
      .succeeded("man-pages")
    let mandoc = try #require(RealProgram.find("mandoc"))
    let subcommands = try await Dump.of(Imprint.program)
    #expect(subcommands.count >= 10)
    let main = try await mandoc.run(["-T", "utf8", "\(scratch.path)/man8/imprint.8"]).succeeded("imprint(8)").plain
    for command in subcommands {
      let page = "\(scratch.path)/man8/imprint-\(command.commandName).8"
      let text = try await mandoc.run(["-T", "utf8", page]).succeeded(page).plain
      for name in (command.arguments ?? []).filter(\.shouldDisplay).flatMap({ $0.names ?? [] }) {
        let option = name.kind == "short" ? "-\(name.name)" : "--\(name.name)"
        #expect(text.contains("\n     \(option)") || text.contains(", \(option)"), "\(option) in \(text)")
      }
      #expect(main.contains("imprint-\(command.commandName)(8)"))
    }
    let pages = try FileManager.default.subpathsOfDirectory(atPath: scratch.path).filter { $0.contains(".") }
    #expect(pages.count == subcommands.count + 2)
    let lint = try await mandoc.run(["-T", "lint", "-W", "warning"] + pages.map { "\(scratch.path)/\($0)" })
    #expect(lint.status == 0, "\(lint.said)")
  }

  @Test func `man itself shows them, as a host without mandoc does`() async throws {
    let scratch = try Scratch()
    try await RealProgram(path: "\(Repository.path)/Scripts/man-pages").run([Imprint.program.path, scratch.path])
      .succeeded("man-pages")
    guard let groff = RealProgram.find("groff") else { return }
    for page in ["man8/imprint.8", "man8/imprint-apply.8", "man5/site.toml.5"] {
      let shown = try await groff.run(["-mandoc", "-Tutf8", "-ww", "\(scratch.path)/\(page)"]).succeeded(page)
      #expect(shown.error.isEmpty, "\(shown.error)")
    }
  }

  @Test func `site.toml(5) has every key of docs/site.md`() async throws {
    let scratch = try Scratch()
    try await RealProgram(path: "\(Repository.path)/Scripts/man-pages").run([Imprint.program.path, scratch.path])
      .succeeded("man-pages")
    let page = try await RealProgram.needed("mandoc").run(["-T", "utf8", "\(scratch.path)/man5/site.toml.5"])
      .succeeded("site.toml(5)").plain
    let source = try String(contentsOfFile: "\(Repository.path)/docs/site.md", encoding: .utf8)
    let keys = source.matches(of: /`([a-z][a-z-]+)`/).map { String($0.1) }
    #expect(keys.count > 60)
    for key in keys { #expect(page.contains(key), "\(key)") }
  }

  @Test func `bash, zsh and fish complete subcommands and options`() async throws {
    let scratch = try Scratch()
    for shell in ["bash", "zsh", "fish"] {
      let script = try await Imprint.run(["--generate-completion-script", shell]).succeeded(shell).output
      try scratch.write(script, to: shell == "zsh" ? "_imprint" : "imprint.\(shell)")
    }
    let bin = "\(scratch.path)/bin"
    try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: "\(bin)/imprint", withDestinationPath: Imprint.program.path)
    let environment = ["PATH": "\(bin):/usr/bin:/bin", "HOME": scratch.path, "TERM": "dumb"]
    func said(_ shell: String, _ script: String) async throws -> String {
      guard let program = RealProgram.find(shell) else { return "history --on-failure" }
      return try await program.run(["-c", script], environment: environment, in: scratch.path).said
    }
    let bash = """
      source imprint.bash
      COMP_WORDS=(imprint h) COMP_CWORD=1 COMP_LINE='imprint h' COMP_POINT=9; _imprint imprint h imprint; echo "${COMPREPLY[@]}"
      COMP_WORDS=(imprint apply --on) COMP_CWORD=2 COMP_LINE='imprint apply --on' COMP_POINT=18
      _imprint imprint --on apply; echo "${COMPREPLY[@]}"
      """
    let fish = "source imprint.fish; complete -C 'imprint h'; complete -C 'imprint apply --on'"
    // A terminal of its own, in which zsh's line editor answers the tabulator. Nothing is ever entered: -n, no newline.
    let zsh = """
      zmodload zsh/zpty; zpty shell zsh -f -i
      zpty -w shell "fpath=($PWD \\$fpath); autoload -U compinit; compinit -u -d $PWD/dump; echo re'ady'"
      zpty -r -m shell line '*ready*'
      zpty -w -n shell $'imprint h\\t'; zpty -r -m shell line '*history*help*|*help*history*'; print -r -- "$line"
      zpty -w -n shell $'\\025imprint apply --on\\t'; zpty -r -m shell line '*--on-failure*'; print -r -- "$line"
      zpty -d shell
      """
    for (shell, script) in [("bash", bash), ("fish", fish), ("zsh", zsh)] {
      let text = try await said(shell, script)
      #expect(text.contains("history") && text.contains("--on-failure"), "\(shell): \(text)")
    }
  }

  @Test func `make install lays down what make uninstall takes away, and nothing else`() async throws {
    let scratch = try Scratch()
    let other = try scratch.write("another's\n", to: "root/usr/local/share/man/man8/other.8")
    try scratch.write("# mine\n", to: "root/etc/imprint/site.toml")
    let environment = [
      "DESTDIR": "\(scratch.path)/root", "PREFIX": "/usr/local", "IMPRINT_PROGRAM": try Imprint.program.path,
      "IMPRINT_INSTALL": "\(scratch.path)/prepared",
    ]
    try await RealProgram(path: "\(Repository.path)/Scripts/make-install").run([], environment: environment)
      .succeeded("make install")
    let root = "\(scratch.path)/root"
    let version = try await RealProgram(path: "\(root)/usr/local/bin/imprint").run(["--version"])
    #expect(version.output.contains("of this machine"), "\(version.said)")
    let unit = try String(contentsOfFile: "\(root)/usr/local/lib/systemd/system/imprint-boot.service", encoding: .utf8)
    #expect(unit.contains("ExecStart=/usr/local/bin/imprint boot"))
    let installed = try TreeRecord(of: root).entries.filter { $0.value.kind == .file && $0.value.mode & 0o022 != 0 }
    #expect(installed.isEmpty, "writable for others: \(installed.keys)")
    try await RealProgram(path: "\(Repository.path)/Packaging/uninstall").run([], environment: environment)
      .succeeded("make uninstall")
    let left = try TreeRecord(of: root).entries.filter { $0.value.kind != .directory }.keys.sorted()
    #expect(left == ["/etc/imprint/site.toml", "/usr/local/share/man/man8/other.8"])
    #expect(FileManager.default.fileExists(atPath: other))
  }
}

extension RealProgram.Outcome {
  /// Without what a terminal would make bold or underlined by overstriking.
  var plain: String { output.replacing(/.\u{8}/, with: "") }
}
