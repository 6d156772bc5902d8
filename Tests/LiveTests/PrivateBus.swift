internal import CLinux
internal import Foundation
internal import Glibc
internal import Live
internal import Support

/// A place where a mock listens.
protocol PrivateSocket {
  var folder: Scratch { get }
  var address: Bus.Address { get }
}

/// A dbus-daemon of the test's own, with mocks on it, in a folder of its own. Ended by process id.
final class PrivateBus: PrivateSocket {
  let folder: Scratch
  let daemon: pid_t
  private var mocks: [pid_t] = []
  var address: Bus.Address { .other("unix:path=\(folder.path)/bus") }

  init() async throws {
    folder = try Scratch()
    // No service files: nothing is started by the bus. No policy: whoever reaches the socket may do all.
    let configuration = """
      <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
       "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
      <busconfig>
        <listen>unix:path=\(folder.path)/bus</listen>
        <policy context="default"><allow user="*"/><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
      </busconfig>
      """
    try configuration.write(toFile: "\(folder.path)/bus.conf", atomically: false, encoding: .utf8)
    daemon = try start(
      RealProgram.needed("dbus-daemon"), ["--nofork", "--nopidfile", "--config-file=\(folder.path)/bus.conf"],
      folder.path)
    try await untilThere("\(folder.path)/bus")
  }

  /// A mock of Mocks/, once the bus knows its name.
  ///
  /// - Parameter namespace: Whose links it sees.
  func mock(
    _ script: String, owning name: String, _ arguments: [String] = [], in namespace: NetworkNamespace? = nil
  ) async throws {
    let words = ["/usr/bin/python3", "\(Repository.path)/Tests/LiveTests/Mocks/\(script)"] + arguments
    try await run(words + ["unix:path=\(folder.path)/bus"], owning: name, in: namespace)
  }

  /// A program that stays, once the bus knows its name.
  func run(_ words: [String], owning name: String, in namespace: NetworkNamespace? = nil) async throws {
    // Each goes on as the next, so what is started is the mock.
    let prefix = namespace.map { ["ip", "netns", "exec", $0.name] } ?? []
    mocks.append(try start(RealProgram.needed("env"), prefix + words, folder.path))
    let address = address
    try await onThread {
      try LiveActor.run {
        let bus = try Bus(address)
        let changes = try await bus.signals(matching: "member='NameOwnerChanged',arg0='\(name)'")
        let dbus = "org.freedesktop.DBus"
        let answer = try await bus.call(dbus, "/org/freedesktop/DBus", dbus, "NameHasOwner", [.string(name)])
        if answer.first?.truth == true { return }
        while let change = await changes.next() {
          if change.arguments.last?.text != "" { return }
        }
      }
    }
  }

  /// Ends the bus in the middle of things.
  @LiveActor static func breakDown(_ daemon: pid_t, after time: Duration) async throws {
    try await LiveActor.sleep(for: time)
    kill(daemon, SIGKILL)
  }

  deinit { end([daemon] + mocks) }
}

/// systemd's own socket, mocked: a peer, without a bus.
final class PrivateSystemd: PrivateSocket {
  let folder: Scratch
  private let process: pid_t
  var address: Bus.Address { .direct("unix:path=\(folder.path)/private") }

  init(_ arguments: [String] = []) async throws {
    folder = try Scratch()
    process = try start(
      RealProgram(path: "/usr/bin/python3"),
      ["\(Repository.path)/Tests/LiveTests/Mocks/systemd1.py", "--direct"] + arguments
        + ["unix:path=\(folder.path)/private"], folder.path)
    try await untilThere("\(folder.path)/private")
  }

  deinit { end([process]) }
}

/// Starts a program that stays, its errors in the folder.
private func start(_ program: RealProgram, _ arguments: [String], _ folder: String) throws -> pid_t {
  let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TRANSIENT_RECORD=\(folder)/transient"]
  var words = ([program.path] + arguments).map { (text: String) in strdup(text) } + [nil]
  var variables = environment.map { (text: String) in strdup(text) } + [nil]
  defer { for text in words + variables { free(text) } }
  let errors = "\(folder)/\(URL(fileURLWithPath: program.path).lastPathComponent).\(UUID().uuidString).errors"
  let process = imprint_spawn(program.path, &words, &variables, errors)
  guard process > 0 else { throw TestTrouble("\(program.path) does not start") }
  return process
}

private func end(_ processes: [pid_t]) {
  for process in processes {
    kill(process, SIGKILL)
    _ = imprint_wait(process)
  }
}

/// Until somebody listens on a socket; nothing tells when a program has got that far.
private func untilThere(_ path: String) async throws {
  for _ in 0..<1000 {
    let isThere = try await onThread {
      do {
        return try LiveActor.run {
          _ = try Bus(.direct("unix:path=\(path)"))
          return true
        }
      } catch { return false }
    }
    if isThere { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  throw TestTrouble("nobody listens on \(path)")
}
