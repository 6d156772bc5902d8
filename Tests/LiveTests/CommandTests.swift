import Foundation
import Live
import Support
import Testing

@Suite struct CommandTests {
  /// The calling thread waits until the command has ended, so not one of the few that tests share.
  private func run(_ script: String, within limit: Duration = .seconds(10)) async -> Result<
    Command.Outcome, CommandFailure
  > {
    do {
      return .success(
        try await onThread {
          try LiveActor.run { try await Command("/bin/sh", ["-c", script]).run(within: limit) }
        })
    } catch {
      return .failure(error as? CommandFailure ?? .cancelled(Command(script)))
    }
  }

  @Test(arguments: [
    (script: "exit 0", status: 0), (script: "exit 3", status: 3), (script: "kill -TERM $$", status: 143),
    (script: "read line; exit 7", status: 7),
  ])
  func `the status is the program's, and nothing is on its standard input`(script: String, status: Int) async throws {
    #expect(try await run(script).get().status == status)
  }

  @Test func `the last lines of both streams are kept, however much it says`() async throws {
    let outcome = try await run("seq 100000; echo wrong >&2").get()
    #expect(outcome.lastLines.suffix(3) == ["99999", "100000", "wrong"])
    #expect(outcome.lastLines.count == 12)
  }

  @Test func `its environment holds a path and the plain locale only`() async throws {
    let outcome = try await run("env | sort | grep -v ^_=").get()
    #expect(outcome.lastLines.map { $0.prefix { $0 != "=" } } == ["LC_ALL", "PATH", "PWD"])
    #expect(outcome.lastLines.contains("LC_ALL=C"))
  }

  @Test func `one that hangs is ended with all that it started`() async throws {
    let scratch = try Scratch()
    let script = """
      trap '' TERM; echo waiting
      sh -c 'trap "" TERM; echo $$ > \(scratch.path)/child; while :; do sleep 0.1; done' &
      while :; do sleep 0.1; done
      """
    guard case .failure(.tooSlow(_, _, let lines)) = await run(script, within: .seconds(2)) else {
      Issue.record("it was not too slow")
      return
    }
    #expect(lines == ["waiting"])
    try await gone(try process("\(scratch.path)/child"))
  }

  /// Whose number a file has.
  private func process(_ file: String) throws -> Int32 {
    try #require(Int32(String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)))
  }

  /// A killed process whose parent has gone is waited for by somebody else, in time.
  private func gone(_ process: Int32) async throws {
    for _ in 0..<100 {
      let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
      guard let state, !state.contains(") Z ") else { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("process \(process) is still there")
  }

  @Test func `what it leaves running is neither waited for nor hurt by writing`() async throws {
    let scratch = try Scratch()
    // It lives until it is told that its starter has been read to the end, however long that takes.
    let script = """
      (for _ in $(seq 1200); do [ -e \(scratch.path)/go ] && break; sleep 0.05; done
       echo late; echo later >&2; echo well > \(scratch.path)/daemon.new
       mv \(scratch.path)/daemon.new \(scratch.path)/daemon) & echo done
      """
    let outcome = try await run(script).get()
    #expect(outcome.status == 0)
    #expect(outcome.lastLines == ["done"])
    #expect(FileManager.default.createFile(atPath: "\(scratch.path)/go", contents: nil))
    for _ in 0..<200 where !FileManager.default.fileExists(atPath: "\(scratch.path)/daemon") {
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(try String(contentsOfFile: "\(scratch.path)/daemon", encoding: .utf8) == "well\n")
  }

  @Test func `a program that isn't there is an error at once`() async throws {
    let failure = await #expect(throws: CommandFailure.self) {
      try await onThread {
        try LiveActor.run { try await Command("/nonexistent/ifup").run(within: .seconds(5)) }
      }
    }
    #expect(failure?.description == "cannot run /nonexistent/ifup: No such file or directory")
  }

  @Test func `a task that is cancelled ends its program`() async throws {
    let scratch = try Scratch()
    let command = Command("/bin/sh", ["-c", "echo $$ > \(scratch.path)/process; exec sleep 60"])
    let failure = try await onThread {
      try LiveActor.run {
        let notes = Notes()
        // It is cancelled at the deadline, and awaited.
        _ = await LiveActor.until(.now + .seconds(2)) { () -> Never? in
          do throws(CommandFailure) { _ = try await command.run(within: .seconds(60)) } catch { notes.failure = error }
          return nil
        }
        return notes.failure
      }
    }
    #expect(failure == .cancelled(command))
    try await gone(try process("\(scratch.path)/process"))
  }

  @LiveActor private final class Notes { var failure: CommandFailure? }

  /// Linux 3.10 has none.
  @Test(arguments: [
    ("exit 3", "status 3\n"), ("sleep 60", "/bin/sh -c sleep 60 did not end within 0.3 seconds, and was ended\n"),
  ])
  func `without pidfd_open it is the same`(script: String, said: String) async throws {
    guard let strace = RealProgram.find("strace") else { return }
    let outcome = try await strace.run(
      [
        "-f", "-qq", "-o", "/dev/null", "-e", "trace=pidfd_open", "-e", "inject=pidfd_open:error=ENOSYS",
        try LiveEffects.path, "run", "within=300", "/bin/sh", "-c", script,
      ], seconds: 20)
    #expect(outcome.output == said)
  }
}
