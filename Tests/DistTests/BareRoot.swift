import Foundation
import Support

/// A directory that becomes the root of whatever runs in it: no device, no library, and one static shell.
///
/// No /proc, no /sys, no /dev, unless a test puts it there.
struct BareRoot: Sendable {
  let path: String

  /// - Parameter path: An empty directory, or a tree that is to be one.
  init(at path: String) throws {
    self.path = path
    for folder in ["bin", "tmp", "var/lib/dpkg/updates", "var/lib/dpkg/info"] {
      try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
    }
    try Data().write(to: URL(fileURLWithPath: "\(path)/var/lib/dpkg/status"))
    try FileManager.default.copyItem(atPath: RealProgram.needed("busybox").path, toPath: "\(path)/bin/sh")
  }

  /// Also of a link that leads somewhere in the root only.
  func exists(_ file: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: path + file)) != nil
  }

  func text(_ file: String) throws -> String { try String(contentsOfFile: path + file, encoding: .utf8) }

  @discardableResult
  func dpkg(_ arguments: String...) async throws -> RealProgram.Outcome {
    try await RealProgram.needed("dpkg").run(["--root=\(path)", "--log=\(path)/tmp/dpkg.log"] + arguments)
  }

  /// Without the dependency on /bin/sh, which is there, but belongs to no package.
  @discardableResult
  func rpm(_ arguments: String...) async throws -> RealProgram.Outcome {
    try await RealProgram.needed("rpm").run(["--root", path, "--nodeps"] + arguments)
  }

  /// A program of the root, in the root.
  func run(
    _ arguments: [String], environment: [String: String] = [:], seconds: Int = 60
  ) async throws -> RealProgram.Outcome {
    try await RealProgram.needed("chroot").run([path] + arguments, environment: environment, seconds: seconds)
  }

  func imprint(_ arguments: String..., environment: [String: String] = [:]) async throws -> RealProgram.Outcome {
    try await run(["/usr/bin/imprint"] + arguments, environment: environment)
  }

  /// imprint, and what strace(1) saw of it with these options, without the path above the root.
  func traced(
    _ options: [String], _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> (outcome: RealProgram.Outcome, trace: [Substring]) {
    let record = "\(path)/tmp/trace"
    let chroot = try RealProgram.needed("chroot").path
    // strace(1) and chroot(8) are not to have it.
    let variables = environment.flatMap { ["-E", "\($0.key)=\($0.value)"] }
    let outcome = try await RealProgram.needed("strace").run(
      ["-f", "-qq", "-o", record] + options + variables + [chroot, path, "/usr/bin/imprint"] + arguments)
    let trace = try String(contentsOfFile: record, encoding: .utf8)
    // chroot(8) is dynamic and reads the outer machine's libraries: only what follows it counts.
    let lines = trace.split(separator: "\n")
    let began = lines.firstIndex { $0.contains("execve(\"/usr/bin/imprint\"") } ?? lines.startIndex
    return (outcome, Array(lines[began...]))
  }

  /// What Linux 3.10 lacks and a program may try (man pages of each, VERSIONS).
  static let newerCalls =
    "openat2,renameat2,pidfd_open,pidfd_send_signal,pidfd_getfd,statx,memfd_create,copy_file_range,close_range,"
    + "faccessat2,membarrier,clone3,execveat,epoll_pwait2,preadv2,pwritev2,rseq"
  static let oldKernel = ["-e", "inject=\(newerCalls):error=ENOSYS", "-e", "trace=\(newerCalls),execve"]
}
