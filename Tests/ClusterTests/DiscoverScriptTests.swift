import Foundation
import Site
import Support
import Testing

@testable import Cluster

/// What runs on the controller, by a real shell; nova-manage is the recorded one (Tests/Machines/nova-manage), and the ways to
/// it are stand-ins that note how they were called.
@Suite struct DiscoverScriptTests {
  /// A controller's programs, of which the tests choose.
  private struct Controller {
    let scratch: Scratch
    var folder: String { scratch.path }

    init(_ scratch: Scratch) throws {
      self.scratch = scratch
      try scratch.write("compute\n", to: "cells/mapped")
      try scratch.write("compute\ncompute2\n", to: "cells/registered")
      let mock = try String(contentsOfFile: "\(Repository.path)/Tests/Machines/nova-manage", encoding: .utf8)
      try scratch.write(mock.replacing("/var/lib/cells", with: "\(folder)/cells"), to: "nova/nova-manage", mode: 0o755)
      // Whoever runs the tests, the script runs as root.
      try add("id", "[ \"$1\" = -u ] && echo 0 || echo root")
    }

    func add(_ name: String, _ script: String) throws {
      try scratch.write(
        "#!/bin/sh\necho \"\(name) $*\" >>\(folder)/called\n\(script)\n", to: "bin/\(name)", mode: 0o755)
    }

    /// Only the tools of the script itself, beside what was added.
    func tools() throws {
      try FileManager.default.createDirectory(atPath: "\(folder)/tools", withIntermediateDirectories: true)
      for tool in ["sh", "cat", "grep", "flock", "mkdir", "rmdir", "sleep"] {
        let place = "\(folder)/tools/\(tool)"
        guard !FileManager.default.fileExists(atPath: place) else { continue }
        try FileManager.default.createSymbolicLink(
          atPath: place, withDestinationPath: try RealProgram.needed(tool).path)
      }
    }

    func run(
      _ hosts: [[String]] = [["compute2"]], command: String? = nil, hasNova: Bool = true
    ) async throws -> RealProgram.Outcome {
      try tools()
      let words = DiscoverScript.words(hosts, command: command).replacing(
        "/run/imprint-discover.lock", with: "\(folder)/lock")
      let path = "\(folder)/bin:\(folder)/tools" + (hasNova ? ":\(folder)/nova" : "")
      return try await RealProgram.needed("sh").run(["-c", words], environment: ["PATH": path])
    }

    func text(_ name: String) -> String { (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? "" }
  }

  private static func meaning(_ answer: RealProgram.Outcome) throws -> Discovery? {
    Discovery(answer.output, nodes: [(try NodeName("compute2"), ["compute2"])])
  }

  @Test(
    "nova-manage runs as nova: by runuser, by sudo, or as it is where we are nova already",
    arguments: ["runuser", "sudo", "nova"])
  func asNova(_ way: String) async throws {
    let controller = try Controller(try Scratch())
    switch way {
    case "runuser": try controller.add("runuser", #"[ "$1 $2 $3" = "-u nova --" ] || exit 9; shift 3; exec "$@""#)
    case "sudo": try controller.add("sudo", #"[ "$1 $2 $3" = "-n -u nova" ] || exit 9; shift 3; exec "$@""#)
    default: try controller.add("id", "[ \"$1\" = -u ] && echo 0 || echo nova")
    }
    let answer = try await controller.run()
    #expect(try Self.meaning(answer) == .mapped(byUs: true), "\(answer.said)")
    #expect(controller.text("cells/mapped") == "compute\ncompute2\n")
    let calls = controller.text("called").split(separator: "\n").filter { $0.hasPrefix("\(way) ") }
    if way != "nova" {
      #expect(calls.count == 3 && calls.allSatisfy { $0.contains(" nova-manage cell_v2 ") }, "\(calls)")
    }
    // Once it is there, nobody discovers.
    #expect(try Self.meaning(try await controller.run()) == .mapped(byUs: false))
    #expect(controller.text("cells/runs").split(separator: "\n").count == 1)
  }

  @Test(
    "where nova is in kolla's containers, in the first of them that runs", arguments: ["docker", "podman"],
    ["nova_conductor", "nova_api"])
  func container(_ engine: String, _ name: String) async throws {
    let controller = try Controller(try Scratch())
    let script = """
      case "$1 $2" in
        'inspect -f') if [ "$4" = \(name) ]; then echo true; else echo "Error: no such object: $4" >&2; exit 1; fi ;;
        'exec \(name)') shift 2; PATH=$PATH:\(controller.folder)/nova; exec "$@" ;;
        *) exit 9 ;;
      esac
      """
    try controller.add(engine, script)
    let answer = try await controller.run(hasNova: false)
    #expect(try Self.meaning(answer) == .mapped(byUs: true), "\(answer.said)")
    #expect(controller.text("called").contains("\(engine) exec \(name) nova-manage cell_v2 discover_hosts --verbose\n"))
  }

  @Test("where there is none of them that is said, in the words that the table shows") func nowhere() async throws {
    let controller = try Controller(try Scratch())
    let answer = try await controller.run(hasNova: false)
    guard case .failed(let reason)? = try Self.meaning(answer) else { throw TestTrouble(answer.said) }
    #expect(reason.contains("there is no nova-manage here, and no container nova_conductor or nova_api"), "\(reason)")
  }

  @Test("what the site says in its place is run instead, and the list tells what came of it") func own() async throws {
    let controller = try Controller(try Scratch())
    try controller.add("runuser", #"shift 3; exec "$@""#)
    let command = "echo compute2 >>\(controller.folder)/cells/mapped; echo \"it's done\""
    let answer = try await controller.run(command: command)
    #expect(try Self.meaning(answer) == .mapped(byUs: true), "\(answer.said)")
    #expect(answer.output.contains("\nit's done\n"))
    #expect(controller.text("cells/runs").isEmpty)
  }

  @Test("five nodes that ask at once are discovered by one run") func batch() async throws {
    let controller = try Controller(try Scratch())
    try controller.add("runuser", #"shift 3; exec "$@""#)
    let names = (2...6).map { "compute\($0)" }
    try controller.scratch.write(names.map { "\($0)\n" }.joined(), to: "cells/registered")
    try controller.tools()
    let answers = try await names.concurrentlyMapped { try await controller.run([[$0]]) }
    for (name, answer) in zip(names, answers) {
      let meaning = Discovery(answer.output, nodes: [(try NodeName(name), [name])])
      guard case .mapped? = meaning else { throw TestTrouble("\(name): \(answer.said)") }
    }
    #expect(controller.text("cells/runs").split(separator: "\n").count == 1)
    // Two at once are what nova itself refuses: without the lock the recorded one would say so.
    #expect(!answers.contains { $0.output.contains("Duplicate host mapping") })
  }
}
