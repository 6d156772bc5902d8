import Foundation
import Support
import Testing

/// What a loss of power may leave is decided by what was flushed before what: read off the calls themselves.
@Suite("Power loss: what is on disk before what", .serialized)
struct OrderTests {
  /// The number of flushes of an apply, after its calls were held against the rules.
  private func check(_ node: LabNode, _ command: String, _ strace: Strace) async throws -> Int {
    let trace = try await strace.run(node, command)
    try trace.outcome.succeeded(command)
    let calls = trace.calls
    func first(_ what: String, _ isIt: (ChangingCall) -> Bool) throws -> Int {
      let index = calls.firstIndex { isIt($0) }
      return try #require(index, "no \(what) in \(command)")
    }
    func isFlush(_ call: ChangingCall) -> Bool { ["syncfs", "fsync", "fdatasync"].contains(call.name) }
    func isJournal(_ call: ChangingCall) -> Bool { call.label.hasSuffix("/journal") }

    let locked = try first("lock") { $0.name == "flock" }
    let intent = try first("intent") { $0.name == "write" && isJournal($0) }
    let image = try first("image") { $0.label.contains("before-") || $0.label.contains("/.imprint-") }
    let commit = try first("commit record") { $0.name == "write" && isJournal($0) && $0.line.contains("committed") }
    let applied = try first("last record") { $0.name == "write" && isJournal($0) && $0.line.contains("applied") }
    let moves = calls.indices.filter { index in
      let call = calls[index]
      return index > commit && index < applied && ["renameat", "renameat2", "unlinkat"].contains(call.name)
        && !call.label.hasPrefix("/var/lib/imprint")
    }
    let firstMove = try #require(moves.first)
    let lastMove = try #require(moves.last)
    let staged = try #require(calls[..<commit].lastIndex { $0.label.contains(".imprint-") })

    #expect(locked < intent)
    #expect(calls[intent..<image].contains(where: isFlush), "the intent is not flushed before the first image is made")
    #expect(
      calls[staged..<commit].contains { $0.name == "syncfs" }, "the images are not flushed before the commit record")
    #expect(
      calls[commit..<firstMove].contains { $0.name == "fdatasync" && isJournal($0) },
      "the commit record is not flushed before the first rename")
    #expect(calls[lastMove..<applied].contains { $0.name == "syncfs" }, "the renames are not flushed")
    #expect(
      !calls[..<commit].contains { $0.name.hasPrefix("rename") && !$0.label.contains("/var/lib/imprint") },
      "something is renamed before the commit")
    return calls.filter(isFlush).count
  }

  @Test("Each step is on disk before the next begins, with as many flushes for one file as for twenty")
  func order() async throws {
    guard let strace = try await Strace.find() else { return }
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let many = try await check(node, "apply", strace)
    try LabNode.write("somebody\n", "\(node.root)/etc/hostname")
    let one = try await check(node, "apply", strace)
    #expect(many == one)
    #expect(many <= 5)
    #expect(try await check(node, "rollback", strace) == many)
  }

  @Test("An apply that finds nothing to do flushes nothing, and leaves every file as it was")
  func idle() async throws {
    guard let strace = try await Strace.find() else { return }
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    try await node.run("apply").succeeded("apply")
    let before = try TreeRecord(of: node.root)
    let trace = try await strace.run(node, "apply")
    try trace.outcome.succeeded("apply")
    #expect(trace.calls.filter { $0.name != "flock" } == [])
    #expect(try TreeRecord(of: node.root).differences(from: before, .untouched) == [])
  }

  @Test(
    "A file that is edited between plan and commit stops it, with nothing changed",
    arguments: [
      "/etc/hosts", "/etc/nova/nova.conf", "/etc/passwd", "/var/lib/systemd/random-seed",
    ])
  func edited(_ path: String) async throws {
    guard let strace = try await Strace.find() else { return }
    let scratch = try Scratch()
    let lab = try await LabNode(in: scratch)
    // The first is while keys were made, the second after the first images, the third with all of them staged.
    for (index, call) in [
      "mkdirat:delay_enter=400000:when=2", "linkat:delay_enter=400000:when=3", "syncfs:delay_enter=400000:when=2",
    ]
    .enumerated() {
      let node = try await lab.copy(as: "edited-\(index)")
      defer { node.remove() }
      let file = "\(node.root)\(path)"
      async let running = strace.run(node, "apply", inject: [call])
      // Once the state directory is there the plan is being made, and long made when the delay is half over.
      while !FileManager.default.fileExists(atPath: "\(node.root)/var/lib/imprint") {
        try await Task.sleep(for: .milliseconds(5))
      }
      if index > 0 {
        while try TreeRecord(of: "\(node.root)/var/lib/imprint").entries["/transactions"] == nil {
          try await Task.sleep(for: .milliseconds(5))
        }
      }
      try await Task.sleep(for: .milliseconds(200))
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("# edited\n".utf8))
      try handle.close()
      let edited = try TreeRecord(of: file)
      let outcome = try await running.outcome
      #expect(outcome.status == 65, "\(call): \(outcome.said)")
      #expect(outcome.error.contains(path))
      let now = try node.record()
      let differences = now.without([path]).differences(from: try lab.record().without([path]), .restored)
      #expect(differences == [], "\(call)")
      #expect(try TreeRecord(of: file).differences(from: edited, [.modes, .owners, .times]) == [])
      #expect(!FileManager.default.fileExists(atPath: "\(node.root)/var/lib/imprint"))
    }
  }
}
