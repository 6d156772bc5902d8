import Foundation
import Support

/// One system call that changes the tree, as strace(1) saw it: which one it is in its thread, and what it is about.
struct ChangingCall: Sendable, Hashable, CustomStringConvertible {
  var name: String
  /// The how-manieth call of this name in its thread, from 1: what `when=` counts.
  var ordinal: Int
  /// What it is about, without what differs from run to run: descriptors, the transaction's id, contents.
  var label: String
  /// The line of the log, for the order of things.
  var line: String

  var description: String { "\(name) #\(ordinal) \(label)" }
}

/// What strace wrote about one run.
struct Trace: Sendable {
  var outcome: RealProgram.Outcome
  var calls: [ChangingCall]
  /// The calls that were made to fail, or in which the process was killed.
  var hits: [ChangingCall]
}

/// Runs the program under strace, pinned to one processor: then Swift's pool has one thread, and the order of the
/// program's calls is the same in each run.
struct Strace: Sendable {
  /// Everything that changes something in a tree, or makes it last.
  static let names = [
    "openat", "mkdirat", "linkat", "renameat", "renameat2", "unlinkat", "write", "pwrite64", "fchmod", "fchown",
    "fsetxattr", "ftruncate", "fdatasync", "syncfs", "fsync", "flock", "symlinkat",
  ]

  let strace: RealProgram
  let program: RealProgram
  let processors: [Int]

  /// nil, with a word about it, where strace is missing or the kernel allows no tracing.
  static func find() async throws -> Strace? {
    guard let strace = RealProgram.find("strace"), RealProgram.find("taskset") != nil else { return nil }
    let trial = try await strace.run(["-f", "-b", "execve", "-o", "/dev/null", "-e", "trace=openat", "/bin/true"])
    guard trial.status == 0 else {
      RealProgram.missing("permission to trace (\(trial.error.prefix(80)))")
      return nil
    }
    return Strace(strace: strace, program: try Imprint.program, processors: Self.allowedProcessors())
  }

  private static func allowedProcessors() -> [Int] {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let list = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }?.split(separator: "\t").last
    let found = (list ?? "0").split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
    return found.isEmpty ? [0] : found
  }

  /// - Parameter injections: as strace(1) spells them after `-e inject=`.
  func run(
    _ node: LabNode, _ command: String, inject injections: [String] = [], worker: Int = 0
  ) async throws -> Trace {
    let log = "\(node.folder)/strace.log"
    let processor = processors[worker % processors.count]
    var arguments = ["-c", "\(processor)", strace.path, "-f", "-qq", "-b", "execve", "-y", "-s", "64", "-o", log]
    arguments += ["-e", "trace=" + Self.names.joined(separator: ",")]
    for injection in injections { arguments += ["-e", "inject=\(injection)"] }
    arguments += [program.path] + node.arguments(command)
    let outcome = try await node.wrapped("/usr/bin/taskset", arguments)
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: log)), as: UTF8.self)
    return Trace(outcome: outcome, log: text, root: node.root)
  }
}

extension Trace {
  init(outcome: RealProgram.Outcome, log: String, root: String) {
    self.outcome = outcome
    calls = []
    hits = []
    var counts: [Substring: Int] = [:]
    var last: [Substring: Int] = [:]
    for line in log.split(separator: "\n") {
      let thread = line.prefix { $0 != " " }
      let rest = line.dropFirst(thread.count).drop { $0 == " " }
      if rest.hasPrefix("<... "), rest.contains("(INJECTED") {
        let name = rest.dropFirst(5).prefix { $0 != " " }
        if let index = last["\(thread) \(name)"] { hits.append(calls[index]) }
        continue
      }
      let name = rest.prefix { $0 != "(" }
      guard Strace.names.contains(String(name)) else { continue }
      let key: Substring = "\(thread) \(name)"
      counts[key, default: 0] += 1
      last[key] = nil
      guard rest.contains(root), Self.changes(name, rest) else { continue }
      let call = ChangingCall(
        name: String(name), ordinal: counts[key] ?? 0, label: Self.label(rest, name, root: root), line: String(line))
      if rest.contains("(INJECTED") { hits.append(call) }
      last[key] = calls.count
      calls.append(call)
    }
    if outcome.status == 137, let end = calls.last { hits.append(end) }
  }

  private static func changes(_ name: Substring, _ line: Substring) -> Bool {
    name != "openat" || line.contains("O_CREAT") || line.contains("O_WRONLY") || line.contains("O_RDWR")
  }

  /// Paths below the root, and names; not the bytes that are written.
  private static func label(_ line: Substring, _ name: Substring, root: String) -> String {
    var words: [Substring] = []
    // Of a call in which the process is killed there is no result.
    let arguments = line.prefix(upTo: line.ranges(of: ") ").last?.lowerBound ?? line.endIndex)
    for (index, part) in arguments.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
      if index % 2 == 1 {
        words.append(part)
      } else if let open = part.firstIndex(of: "<"), part[open...].first(where: { $0 == " " || $0 == ">" }) == ">" {
        words.append(part[part.index(after: open)...].prefix { $0 != ">" })
      }
      if name == "write" || name == "pwrite64" { break }
    }
    return words.map { $0.replacingOccurrences(of: root, with: "") }.joined(separator: " ")
      .replacing(#/[0-9]{8}T[0-9]{6}Z(-[0-9]+)*/#, with: "ID")
  }
}
