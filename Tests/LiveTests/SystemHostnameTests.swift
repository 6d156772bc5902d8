import Foundation
import Live
import Support
import Testing

/// The name of the running system, set in a UTS namespace of the test's own: the kernel's is real, hostnamed is a mock
/// (Mocks/hostname1.py says why). A real hostnamed is met on booted machines.
@Suite(.enabled(if: LabNode.isRoot)) struct SystemHostnameTests {
  /// hostnamed's mode, nil where there is none; what is said, and the kernel's name afterwards.
  static let cases: [(mode: String?, said: String, name: String)] = [
    ("newer", "compute2", "compute2"),
    ("transient", "compute2", "compute2"),
    ("old", "compute2", "compute2"),
    ("protected", "compute2", "compute2"),
    ("masked", "compute2 by the kernel", "compute2"),
    ("mute", "compute2 by the kernel", "compute2"),
    (nil, "compute2 by the kernel", "compute2"),
    (
      "denied",
      "cannot set the host name to compute2: not permitted; it takes polkit's org.freedesktop.hostname1.set-static-hostname (run it as root)",
      "compute"
    ),
    (
      "asks",
      "cannot set the host name to compute2: not permitted; it takes polkit's org.freedesktop.hostname1.set-static-hostname (run it as root)",
      "compute"
    ),
    (
      "readonly",
      "cannot set the host name to compute2: /etc/hostname is in a read-only filesystem. (org.freedesktop.hostname1.ReadOnlyFilesystem)",
      "compute"
    ),
    (
      "forgets", "cannot set the host name to compute2: it was accepted, and the system is still called compute",
      "compute"
    ),
    (
      "lies", "cannot set the host name to compute2: it was accepted, and the system is still called compute",
      "compute"
    ),
  ]

  @Test func `the name is set, or why it is not is said`() async throws {
    let bus = try await PrivateBus()
    for (mode, said, name) in Self.cases {
      let outcome = try await Self.set(mode, on: "unix:path=\(bus.folder.path)/bus")
      #expect(outcome == [said, name], "\(mode ?? "no hostnamed")")
    }
  }

  @Test func `without a bus the kernel is told`() async throws {
    #expect(try await Self.set(nil, on: "unix:path=/nonexistent/bus") == ["compute2 by the kernel", "compute2"])
  }

  @Test func `who may not is told which capability it takes`() async throws {
    let outcome = try await Self.set(
      nil, on: "unix:path=/nonexistent/bus", through: ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"])
    let said = "cannot set the host name to compute2: not permitted; it takes CAP_SYS_ADMIN (run it as root)"
    #expect(outcome == [said, "compute"])
  }

  /// What live-effects says, and the name afterwards.
  private static func set(_ mode: String?, on address: String, through: [String] = []) async throws -> [String] {
    let folder = try Scratch()
    let file = "\(folder.path)/hostname"
    try written.write(toFile: file, atomically: false, encoding: .utf8)
    let script = """
      hostname() { "$@" \(try LiveEffects.path) hostname name=compute2 "bus=\(address)" within=700 file='\(file)'; }
      echo compute >/proc/sys/kernel/hostname
      if [ -n "$MODE" ]; then
        mkfifo "\(folder.path)/ready"
        /usr/bin/python3 '\(Repository.path)/Tests/LiveTests/Mocks/hostname1.py' "$MODE" '\(file)' '\(address)' >'\(folder.path)/ready' &
        read -r ready <'\(folder.path)/ready'
      fi
      hostname "$@"
      uname -n
      [ -z "$MODE" ] || kill $!
      """
    let outcome = try await RealProgram.needed("unshare").run(
      ["--uts", "bash", "-c", script, "bash"] + through, environment: ["MODE": mode ?? ""], seconds: 60)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == written, "\(mode ?? "no hostnamed")")
    return outcome.output.split(separator: "\n").map(String.init)
  }

  /// What a transaction left, and nobody else may change.
  private static let written = "# the second compute node\ncompute2\n"
}
