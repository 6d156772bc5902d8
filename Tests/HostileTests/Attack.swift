import Foundation
import Glibc
import Support
import Testing

/// One tree that somebody prepared, what every command makes of it, and what must hold whatever that is.
struct Attack: Sendable {
  let node: LabNode
  /// Part of a path that a refusal has to name; nil where any will do.
  var names: String?
  /// Who runs the program: another user by number, or whoever we are.
  var user: Int?
  /// A file that is too large to be compared byte by byte; set aside while trees are.
  var large: String?

  /// The statuses that the program's help lists for something that is wrong with a tree, or with who runs it.
  static let refusals: Set<Int> = [65, 73, 74, 77]

  init(_ node: LabNode, names: String? = nil, user: Int? = nil, large: String? = nil) {
    (self.node, self.names, self.user, self.large) = (node, names, user, large)
  }

  func run(_ command: String, _ more: String...) async throws -> RealProgram.Outcome {
    let program = try Imprint.program.path
    let arguments = node.arguments(command) + more
    guard let user else { return try await node.wrapped(program, arguments, seconds: 20) }
    let identity = ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--inh-caps=-all", "--"]
    return try await RealProgram.needed("setpriv").run(identity + [program] + arguments, seconds: 20)
  }

  /// Runs plan, verify and apply, rollback where apply did something, and seal.
  ///
  /// - Returns: how apply ended, and all that is not as it must be.
  func carryOut(andSeal: Bool = true) async throws -> (status: Int, problems: [String]) {
    let outside = try TreeRecord(of: node.outside)
    let untouched: TreeRecord.Aspects = large == nil ? .untouched : .restored
    let before = try record()
    var problems: [String] = []
    var planned = 0
    for command in ["plan", "verify"] {
      let outcome = try await run(command)
      if command == "plan" { planned = outcome.status }
      problems += check(outcome, command, good: [0, 2])
      problems += try record().differences(from: before, untouched).map { "\(command) changed \($0)" }
    }
    let apply = try await run("apply")
    problems += check(apply, "apply", good: [0, 2])
    if planned != (apply.status == 2 ? 0 : apply.status) {
      problems.append("a plan ended with \(planned), and the apply \(apply.said)")
    }
    if Self.refusals.contains(apply.status) {
      problems += try record().differences(from: before, .restored).map { "a refused apply changed \($0)" }
    } else {
      let rollback = try await run("rollback")
      if rollback.status == 0 {
        problems += try record().differences(from: before, .restored).map { "rolled back, \($0)" }
      } else if !rollback.error.contains("no transaction") {
        problems.append("rollback: \(rollback.said)")
      }
    }
    if andSeal { problems += try await seal() }
    problems += try TreeRecord(of: node.outside).differences(from: outside, .untouched).map { "OUTSIDE: \($0)" }
    return (apply.status, problems)
  }

  private func seal() async throws -> [String] {
    let before = try record()
    let seal = try await run("seal")
    let problems = check(seal, "seal", good: [0])
    guard Self.refusals.contains(seal.status) else { return problems }
    return try problems + record().differences(from: before, .restored).map { "a refused seal changed \($0)" }
  }

  private func check(_ outcome: RealProgram.Outcome, _ command: String, good: Set<Int>) -> [String] {
    var problems: [String] = []
    if !good.contains(outcome.status), !Self.refusals.contains(outcome.status) {
      problems.append("\(command): \(outcome.said)")
    }
    if Self.refusals.contains(outcome.status) {
      if !outcome.error.hasPrefix("imprint: ") { problems.append("\(command) does not say why: \(outcome.said)") }
      if let names, !outcome.error.contains(names) {
        problems.append("\(command) does not name \(names): \(outcome.error)")
      }
    }
    for stream in [outcome.output, outcome.error] {
      if stream.unicodeScalars.contains(where: {
        $0.value < 0x20 && $0 != "\n" && $0 != "\t" || 0x7F...0x9F ~= $0.value
      }) {
        problems.append("\(command) prints control characters")
      }
      for secret in LabNode.secrets where stream.contains(secret) { problems.append("\(command) prints \(secret)") }
      if stream.contains("PRIVATE KEY") { problems.append("\(command) prints a private key") }
    }
    return problems
  }

  private func record() throws -> TreeRecord {
    guard let large else { return try node.record() }
    let aside = "\(node.folder)/aside"
    guard rename("\(node.root)\(large)", aside) == 0 else { throw TestTrouble("\(large) is gone: \(errno)") }
    defer { rename(aside, "\(node.root)\(large)") }
    return try node.record()
  }
}

/// What can stand where a file should.
enum Impostor: String, CaseIterable, Sendable {
  case nothing, empty, fifo, socket, device, directory, fullDirectory, loop, linkOut, linkUp, linkThroughProc
  case hardLink, rubbish, manyLines

  var isLink: Bool { [.loop, .linkOut, .linkUp, .linkThroughProc].contains(self) }

  /// - Returns: false where this machine or user cannot make one.
  func replace(_ path: String, in node: LabNode, seed: UInt64) throws -> Bool {
    let file = "\(node.root)\(path)"
    let old = try Data(contentsOf: URL(fileURLWithPath: file))
    unlink(file)
    switch self {
    case .nothing: return true
    case .empty: return FileManager.default.createFile(atPath: file, contents: Data())
    case .fifo: return mkfifo(file, 0o644) == 0
    case .socket: return Self.bindSocket(at: file)
    // A device number that nothing answers to: opening it would already be wrong.
    case .device: return LabNode.isRoot && mknod(file, S_IFCHR | 0o666, 0xFE00) == 0
    case .directory: return mkdir(file, 0o755) == 0
    case .fullDirectory:
      guard mkdir(file, 0o755) == 0 else { return false }
      return FileManager.default.createFile(atPath: "\(file)/file", contents: old)
    case .loop: return symlink(URL(fileURLWithPath: file).lastPathComponent, file) == 0
    case .linkOut: return symlink("\(node.outside)/hosts", file) == 0
    case .linkUp: return symlink(String(repeating: "../", count: 12) + node.outside.dropFirst() + "/hosts", file) == 0
    case .linkThroughProc: return symlink("/proc/self/root\(node.outside)/hosts", file) == 0
    case .hardLink:
      let other = "\(node.outside)/linked"
      try old.write(to: URL(fileURLWithPath: other))
      return link(other, file) == 0
    case .rubbish:
      var numbers = SeededNumbers(seed: seed)
      return FileManager.default.createFile(
        atPath: file, contents: numbers.data(Int.random(in: 1...3000, using: &numbers)))
    case .manyLines:
      // Between all lines, so that a diff has some of them around whatever it shows.
      let strange = Data("\n\u{1B}[2J\u{7}\r \u{0}\u{7F}x\u{9B}2J".utf8)
      let mixed = old.split(separator: 0x0A).reduce(into: Data()) { all, line in all += line + strange + Data([0x0A]) }
      let all = mixed + Data(repeating: 0x23, count: 100_000) + strange + Data([0x0A])
      return FileManager.default.createFile(atPath: file, contents: all)
    }
  }

  private static func bindSocket(at path: String) -> Bool {
    // The name must fit into sun_path (unix(7)): it is made nearby by its last component.
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let name = URL(fileURLWithPath: path).lastPathComponent
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(folder) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let text = Array("/proc/self/fd/\(folder)/\(name)".utf8)
    guard text.count < 100 else { return false }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: text) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }
}

extension SeededNumbers {
  mutating func data(_ count: Int) -> Data { Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }) }
}
