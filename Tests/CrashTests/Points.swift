import Foundation
import Support
import Synchronization
import Testing

/// One way to go wrong: where, and how.
struct Fault: Sendable, CustomStringConvertible {
  var calls: [(call: ChangingCall, what: String)]

  static func kill(_ call: ChangingCall) -> Fault { Fault(calls: [(call, "signal=SIGKILL")]) }
  static func error(_ name: String, _ call: ChangingCall, forever: Bool = false) -> Fault {
    Fault(calls: [(call, "error=\(name)" + (forever ? ":+" : ""))])
  }

  var injections: [String] {
    calls.map { call, what in
      let isForever = what.hasSuffix(":+")
      return "\(call.name):\(isForever ? String(what.dropLast(2)) : what):when=\(call.ordinal)\(isForever ? "+" : "")"
    }
  }
  var description: String { calls.map { "\($0.what) at \($0.call)" }.joined(separator: ", then ") }
}

/// Which faults are still to be tried, and what was found.
private final class Tally: Sendable {
  private let pending: Mutex<[(Int, Fault)]>
  private let problems = Mutex<[String]>([])

  init(_ faults: [Fault]) { pending = Mutex(faults.enumerated().reversed().map { ($0.offset, $0.element) }) }

  func next() -> (Int, Fault)? { pending.withLock { $0.popLast() } }
  func add(_ text: String) { problems.withLock { $0.append(text) } }
  var count: Int { problems.withLock { $0.count } }
  /// As many as a person reads.
  var first: [String] { problems.withLock { Array($0.prefix(12)) } }
}

/// Walks faults two at a time, each on a copy of a tree of its own.
struct Walk: Sendable {
  let strace: Strace
  let start: LabNode
  let command: String

  static let errors = ["ENOSPC", "EIO", "EROFS"]
  /// Statuses that say what went wrong; see the table in the program's help.
  static let statuses: Set<Int> = [73, 74, 75, 77]

  /// Every call that changes something, of a run that goes well.
  func points() async throws -> [ChangingCall] {
    let node = try await start.copy(as: "count")
    defer { node.remove() }
    let trace = try await strace.run(node, command)
    try trace.outcome.succeeded("\(command) under strace")
    return trace.calls
  }

  /// Carries out each fault, hands the tree to `judge`, and says what it found.
  func each(
    _ faults: [Fault], _ title: String, judge: @escaping @Sendable (LabNode, Trace) async throws -> [String]
  ) async throws {
    let began = Date()
    let tally = Tally(faults)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<2 {
        group.addTask {
          while let (index, fault) = tally.next() {
            let problems = try await one(fault, "\(command)-\(index)", worker, judge)
            if !problems.isEmpty { tally.add("\(title): \(fault):\n  \(problems.joined(separator: "\n  "))") }
          }
        }
      }
      try await group.waitForAll()
    }
    let seconds = Date().timeIntervalSince(began).formatted(.number.precision(.fractionLength(0)))
    print("crash suite: \(title): \(faults.count) points in \(seconds) s, \(tally.count) bad")
    for text in tally.first { Issue.record("\(text)") }
  }

  private func one(
    _ fault: Fault, _ name: String, _ worker: Int,
    _ judge: @Sendable (LabNode, Trace) async throws -> [String]
  ) async throws -> [String] {
    for _ in 0..<4 {
      let node = try await start.copy(as: name)
      defer { node.remove() }
      let trace = try await strace.run(node, command, inject: fault.injections, worker: worker)
      // Threads may share the work otherwise than when it was counted: then it was another call that was hit.
      guard hit(fault, trace) else { continue }
      return try await judge(node, trace)
    }
    return ["strace did not hit it in four attempts"]
  }

  private func hit(_ fault: Fault, _ trace: Trace) -> Bool {
    guard let first = fault.calls.first?.call else { return true }
    return trace.hits.contains { $0.name == first.name && $0.ordinal == first.ordinal && $0.label == first.label }
  }

  /// What must hold of how the program ended when a call failed under it.
  static func problems(_ outcome: RealProgram.Outcome) -> [String] {
    var problems: [String] = []
    if outcome.status != 0, !statuses.contains(outcome.status) { problems.append("exit \(outcome.status)") }
    if outcome.error.contains("Fatal error") || outcome.error.contains("Crash:") { problems.append("it crashed") }
    if outcome.status != 0, !outcome.error.split(separator: "\n").contains(where: Self.isMessage) {
      problems.append("no message names a file and a reason")
    }
    return problems.isEmpty ? [] : problems + [outcome.error]
  }

  private static func isMessage(_ line: Substring) -> Bool {
    line.hasPrefix("imprint: ") && line.contains("/") && line.dropFirst(9).contains(": ")
  }
}
