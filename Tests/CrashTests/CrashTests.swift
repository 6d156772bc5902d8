import Foundation
import Support
import Testing

/// The built program is killed, and its calls fail, at every point where it changes something.
@Suite("Crashes: all or none, wherever it ends", .serialized)
struct CrashTests {
  private struct Setup {
    let scratch: Scratch
    let strace: Strace
    let lab: LabNode
    let judge: Judge

    init?() async throws {
      guard let strace = try await Strace.find() else { return nil }
      self.strace = strace
      scratch = try Scratch()
      lab = try await LabNode(in: scratch)
      // A backup as `cp -al` makes it: the image of this file is copied, too.
      try await RealProgram.needed("ln").run(["\(lab.root)/etc/sysconfig/network", "\(lab.root)/etc/network.bak"])
        .succeeded("a second name")
      judge = try await Judge(lab)
    }

    /// A tree that an apply has changed already.
    func applied() async throws -> (node: LabNode, judge: Judge) {
      let node = try await lab.copy(as: "applied")
      try await node.run("apply").succeeded("apply")
      // In the same second, the next transaction's name would take one more try than in the runs that are compared.
      try await Task.sleep(for: .milliseconds(1100))
      return (node, judge.applied(try node.record()))
    }

    /// A tree that a kill left: at the first call that `isThere` likes.
    func interrupted(
      _ name: String, _ faults: (Walk, [ChangingCall]) throws -> Fault
    ) async throws -> LabNode {
      let walk = Walk(strace: strace, start: lab, command: "apply")
      let fault = try faults(walk, try await walk.points())
      let node = try await lab.copy(as: name)
      let trace = try await strace.run(node, "apply", inject: fault.injections)
      guard trace.outcome.status == 137 else { throw TestTrouble("not killed: \(trace.outcome.said)") }
      return node
    }
  }

  @Test("An apply that is killed at any of its changing calls is completed or undone")
  func killedApply() async throws {
    guard let setup = try await Setup() else { return }
    let walk = Walk(strace: setup.strace, start: setup.lab, command: "apply")
    let points = try await walk.points()
    #expect(points.count > 40)
    let judge = setup.judge
    try await walk.each(points.map(Fault.kill), "kill apply") { node, _ in try await judge.judge(node).problems }
  }

  @Test("An apply whose changing call fails says so and leaves all or nothing, at each of them")
  func failedApply() async throws {
    guard let setup = try await Setup() else { return }
    let walk = Walk(strace: setup.strace, start: setup.lab, command: "apply")
    let points = try await walk.points()
    // Each call fails once, with the three errors in turn; and with each of the others in a sample.
    var numbers = SeededNumbers(seed: 3)
    var faults: [Fault] = []
    for (index, call) in points.enumerated() {
      for (turn, name) in Walk.errors.enumerated()
      where index % 3 == turn || Int.random(in: 0..<4, using: &numbers) == 0 {
        faults.append(.error(name, call))
      }
    }
    let judge = setup.judge
    try await walk.each(faults, "errors in apply") { node, trace in
      try await Self.problemsAfterError(node, trace, judge)
    }
  }

  @Test("A disk that fails for good leaves all or nothing once it works again")
  func failingForGood() async throws {
    guard let setup = try await Setup() else { return }
    let walk = Walk(strace: setup.strace, start: setup.lab, command: "apply")
    // Not of write(2): then no message could be written either. Disks that are really full are in DiskTests.
    let points = try await walk.points().filter { $0.name != "write" }
    var numbers = SeededNumbers(seed: 4)
    let chosen = points.shuffled(using: &numbers).prefix(45)
    let faults = chosen.enumerated().map { Fault.error(Walk.errors[$0 % 3], $1, forever: true) }
    let judge = setup.judge
    try await walk.each(faults, "lasting errors in apply") { node, trace in
      try await Self.problemsAfterError(node, trace, judge)
    }
  }

  @Test("An error and then a kill while it cleans up: a sample")
  func doubleFaults() async throws {
    guard let setup = try await Setup() else { return }
    let walk = Walk(strace: setup.strace, start: setup.lab, command: "apply")
    let points = try await walk.points()
    var numbers = SeededNumbers(seed: 5)
    var faults: [Fault] = []
    for (index, call) in points.shuffled(using: &numbers).prefix(30).enumerated() {
      let error = Fault.error(Walk.errors[index % 3], call)
      let node = try await setup.lab.copy(as: "double")
      defer { node.remove() }
      let trace = try await setup.strace.run(node, "apply", inject: error.injections)
      guard let at = trace.calls.firstIndex(where: { $0.name == call.name && $0.ordinal == call.ordinal }) else {
        continue
      }
      // strace takes one injection for a name of a call.
      let later = trace.calls[(at + 1)...].filter { $0.name != call.name }.shuffled(using: &numbers).prefix(2)
      for second in later {
        faults.append(Fault(calls: error.calls + [(second, "signal=SIGKILL")]))
        faults.append(Fault(calls: error.calls + [(second, "error=EIO")]))
      }
    }
    let judge = setup.judge
    try await walk.each(faults, "double faults in apply") { node, _ in try await judge.judge(node).problems }
  }

  /// All or nothing already before any recovery, unless the message says what is left to do.
  static func problemsAfterError(_ node: LabNode, _ trace: Trace, _ judge: Judge) async throws -> [String] {
    let outcome = trace.outcome
    var problems = Walk.problems(outcome)
    if !outcome.error.contains("imprint recover") {
      let found = judge.side(of: try node.record())
      problems += found.problems
      if outcome.status == 0, found.side == .before { problems.append("exit 0, and nothing is done") }
      if outcome.status != 0, found.side == .after, !outcome.error.contains("is applied") {
        problems.append("exit \(outcome.status), and all is done: \(outcome.error)")
      }
    }
    return try await problems + judge.judge(node).problems
  }

  // MARK: rollback

  @Test("A rollback that is killed at any of its changing calls is completed or undone")
  func killedRollback() async throws {
    guard let setup = try await Setup() else { return }
    let (node, judge) = try await setup.applied()
    let walk = Walk(strace: setup.strace, start: node, command: "rollback")
    let points = try await walk.points()
    try await walk.each(points.map(Fault.kill), "kill rollback") { node, _ in
      try await Self.problemsAfterRollback(node, judge)
    }
  }

  @Test("A rollback whose changing call fails leaves all or nothing, and can be done again")
  func failedRollback() async throws {
    guard let setup = try await Setup() else { return }
    let (node, judge) = try await setup.applied()
    let walk = Walk(strace: setup.strace, start: node, command: "rollback")
    let points = try await walk.points()
    let faults = points.enumerated().map { Fault.error(Walk.errors[$0 % 3], $1) }
    try await walk.each(faults, "errors in rollback") { node, trace in
      var problems = Walk.problems(trace.outcome)
      if !trace.outcome.error.contains("imprint recover") { problems += judge.side(of: try node.record()).problems }
      return try await problems + Self.problemsAfterRollback(node, judge)
    }
  }

  /// Recovery, all or nothing, and where it is nothing, a rollback that works.
  static func problemsAfterRollback(_ node: LabNode, _ judge: Judge) async throws -> [String] {
    let recovery = try await node.run("recover")
    guard recovery.status == 0 else { return ["recover: \(recovery.said)"] }
    let found = judge.side(of: try node.record())
    guard let side = found.side else { return found.problems }
    let (states, problems) = try await Judge.problems(inStoreOf: node)
    guard problems.isEmpty else { return problems }
    guard side == .after else {
      return states == ["undone", "applied"] ? [] : ["undone, and the history has \(states)"]
    }
    guard states == ["applied"] else { return ["not undone, and the history has \(states)"] }
    let again = try await node.run("rollback")
    guard again.status == 0 else { return ["the next rollback: \(again.said)"] }
    let end = judge.side(of: try node.record())
    return end.side == .before ? try await Judge.problems(inStoreOf: node).problems : ["it did not undo"] + end.problems
  }

  // MARK: recovery

  @Test("A recovery that is killed or fails at any of its changing calls is done again, to the same end")
  func killedRecovery() async throws {
    guard let setup = try await Setup() else { return }
    let templates: [(name: String, end: Judge.Side, node: LabNode)] = [
      (
        "prepared", .before,
        try await setup.interrupted("prepared") { _, points in
          .kill(try #require(points.filter { $0.name == "syncfs" }.dropFirst().first))
        }
      ),
      (
        "committed", .after,
        try await setup.interrupted("committed") { _, points in
          let renames = points.filter { $0.name == "renameat" }
          return .kill(try #require(renames.dropFirst(renames.count / 2).first))
        }
      ),
      (
        "aborting", .before,
        try await setup.interrupted("aborting") { _, points in
          let renames = points.filter { $0.name == "renameat" }
          let failed = try #require(renames.dropFirst(renames.count * 2 / 3).first)
          let linked = points.filter { $0.name == "linkat" }.count
          var back = failed
          (back.name, back.ordinal) = ("linkat", linked + 2)
          return Fault(calls: [(failed, "error=EIO"), (back, "signal=SIGKILL")])
        }
      ),
    ]
    let judge = setup.judge
    for (name, end, node) in templates {
      let walk = Walk(strace: setup.strace, start: node, command: "recover")
      let points = try await walk.points()
      #expect(points.count > 5, "\(name)")
      var faults = points.map(Fault.kill)
      faults += points.enumerated().map { Fault.error(Walk.errors[$0 % 3], $1) }
      try await walk.each(faults, "recovery of a \(name) apply") { node, trace in
        let problems = trace.outcome.status == 137 ? [] : Walk.problems(trace.outcome)
        let found = try await judge.judge(node)
        return problems + found.problems + (found.side == end ? [] : ["it ended \(found.side?.rawValue ?? "torn")"])
      }
    }
  }

  // MARK: sealing

  @Test("A seal that is killed or fails at any of its changing calls is done again, to the same end, and keeps no key")
  func killedSeal() async throws {
    guard let setup = try await Setup() else { return }
    // With a history, whose images hold keys.
    let (node, _) = try await setup.applied()
    let sealed = try await node.copy(as: "sealed")
    defer { sealed.remove() }
    try await sealed.run("seal").succeeded("seal")
    let (before, after) = (try node.record(), try sealed.record())
    let state = try TreeRecord(of: "\(sealed.root)/var/lib/imprint")
    let walk = Walk(strace: setup.strace, start: node, command: "seal")
    let points = try await walk.points()
    #expect(points.count > 30)
    let faults = points.map(Fault.kill) + points.enumerated().map { Fault.error(Walk.errors[$0 % 3], $1) }
    try await walk.each(faults, "seal") { node, trace in
      var problems = trace.outcome.status == 137 ? [] : Walk.problems(trace.outcome)
      let recovery = try await node.run("recover")
      if recovery.status != 0 { return problems + ["recover: \(recovery.said)"] }
      let now = try node.record()
      if !now.differences(from: before, .restored).isEmpty, !now.differences(from: after, .restored).isEmpty {
        problems.append("neither sealed nor not: \(now.differences(from: after, .restored).prefix(4))")
      }
      let again = try await node.run("seal")
      if again.status != 0 { return problems + ["the next seal: \(again.said)"] }
      problems += try node.record().differences(from: after, .restored)
      problems += try TreeRecord(of: "\(node.root)/var/lib/imprint").differences(from: state, .restored)
      return problems
    }
  }

  // MARK: several mounts

  @Test("A tree of two file systems with a mounted etc/hosts is changed all or none, killed or failing anywhere")
  func severalMounts() async throws {
    guard LabNode.isRoot, let setup = try await Setup() else { return }
    let node = try await setup.lab.mounted(below: "/dev/shm")
    defer { node.remove() }
    let trial = try await node.wrapped("/bin/true", [])
    guard trial.status == 0 else { return RealProgram.missing("permission to mount (\(trial.error))") }
    let judge = try await Judge(node)
    let undone = try await node.copy(as: "undone")
    defer { undone.remove() }
    try await undone.run("apply").succeeded("apply")
    try await undone.run("rollback").succeeded("rollback")
    #expect(judge.side(of: try undone.record()).side == .before)
    let walk = Walk(strace: setup.strace, start: node, command: "apply")
    let points = try await walk.points()
    try await walk.each(points.map(Fault.kill), "kill apply across mounts") { node, _ in
      try await judge.judge(node).problems
    }
    let mine = points.filter { $0.label.contains("nova") || $0.label.contains("hosts") || $0.name.contains("sync") }
    try await walk.each(mine.enumerated().map { .error(Walk.errors[$0 % 3], $1) }, "errors across mounts") {
      node, trace in try await Self.problemsAfterError(node, trace, judge)
    }
  }
}
