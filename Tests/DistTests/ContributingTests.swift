import Foundation
import Support
import Testing

/// What CONTRIBUTING.md tells a newcomer to write.
@Suite struct ContributingTests {
  @Test func `its examples in Swift are accepted by the compiler, as files of their rooms`() async throws {
    let scratch = try Scratch()
    let examples = try Self.blocks("swift")
    #expect(examples.count == 2)
    let modules = try Imprint.program.folder + "/Modules"
    for example in examples {
      let path = try #require(example.firstMatch(of: /\/\/ (Sources\/(\w+)\/\w+\.swift)\n/))
      let file = try scratch.write(example, to: "\(path.2).example.swift")
      let room = "\(Repository.path)/Sources/\(path.2)"
      let sources = try FileManager.default.subpathsOfDirectory(atPath: room).filter { $0.hasSuffix(".swift") }
      // What is built for embed-profiles is built once more, and its modules are the same.
      let maps = try FileManager.default.contentsOfDirectory(atPath: Imprint.program.folder)
        .filter { !$0.hasSuffix("-tool.build") }
        .map { "\(try Imprint.program.folder)/\($0)/module.modulemap" }
        .filter { FileManager.default.fileExists(atPath: $0) }
      // The headers of one C room include another's.
      let headers = try FileManager.default.contentsOfDirectory(atPath: "\(Repository.path)/Sources")
        .map { "\(Repository.path)/Sources/\($0)/include" }.filter { FileManager.default.fileExists(atPath: $0) }
      let imports: [String] =
        maps.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] } + headers.flatMap { ["-Xcc", "-I\($0)"] }
      let compiler = try #require(Self.compiler)
      try await compiler.run(
        [
          "-typecheck", "-swift-version", "6", "-module-name", String(path.2), "-package-name", "imprint", "-I",
          modules,
        ]
          + ["ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility"].flatMap {
            ["-enable-upcoming-feature", $0]
          } + imports + [file] + sources.map { "\(room)/\($0)" },
        environment: ProcessInfo.processInfo.environment
      ).succeeded("\(path.1)")
      #expect(!FileManager.default.fileExists(atPath: "\(Repository.path)/\(path.1)"), "it is an example no more")
    }
  }

  @Test func `its lines to add stand where it says`() throws {
    let changes = try Self.blocks("diff")
    let catalog = try String(contentsOfFile: "\(Repository.path)/Sources/Fixups/Catalog.swift", encoding: .utf8)
    let sources = try String(
      contentsOfFile: "\(Repository.path)/Sources/Identity/IdentitySource.swift", encoding: .utf8)
    for line in changes.joined(separator: "\n").split(separator: "\n") where !line.hasPrefix("+") {
      #expect((catalog + sources).contains(line.dropFirst()), "\(line)")
    }
  }

  @Test func `its platform profile plans the tree that it is for`() async throws {
    let scratch = try Scratch()
    let script = try #require(try Self.blocks("sh").first { $0.contains("rackos.toml") })
    let bin = "\(scratch.path)/bin"
    try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: "\(bin)/imprint", withDestinationPath: Imprint.program.path)
    let planned = try await RealProgram.needed("bash").run(
      ["-euc", script], environment: ["PATH": "\(bin):/usr/bin:/bin:/usr/sbin", "TMPDIR": scratch.path],
      in: Repository.path
    ).succeeded("the platform")
    #expect(planned.output.contains("rackos"), "\(planned.output)")
    #expect(planned.output.contains("+my_ip = 192.168.10.21") || planned.output.contains("192.168.10.21"))
  }

  private static var compiler: RealProgram? {
    let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return places.map { "\($0)/swiftc" }.first { FileManager.default.isExecutableFile(atPath: $0) }
      .map(RealProgram.init(path:))
  }

  /// Fenced blocks of a language, without the indentation of a list.
  private static func blocks(_ language: String) throws -> [String] {
    let text = try String(contentsOfFile: "\(Repository.path)/CONTRIBUTING.md", encoding: .utf8)
    return text.matches(of: /(?m)^( *)```(\w+)\n((?:.*\n)*?)\1```$/).filter { $0.2 == language }.map { match in
      match.3.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.hasPrefix(match.1) ? String($0.dropFirst(match.1.count)) : String($0) }.joined(separator: "\n")
    }
  }
}

extension RealProgram {
  fileprivate var folder: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }
}
