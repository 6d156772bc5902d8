import Foundation
import Support
import Synchronization
import Testing
import Transaction
import Tree

@testable import Engine

/// What a first boot finds of an apply that did not come to its end.
@Suite("A boot after an interruption")
struct InterruptedBootTests {
  private static func boot(_ root: String) throws -> (outcome: FirstBoot.Outcome, said: [String]) {
    let said = Mutex<[String]>([])
    let boot = try FirstBoot(root: root, patience: .zero) { line in said.withLock { $0.append(line) } }
    return (try boot.run(), said.withLock { $0 })
  }

  @Test("undoes what nobody confirmed before the machine went down, and leaves it alone from then on")
  func unconfirmed()
    async throws
  {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let before = try node.record()
    let target = try Target(Request(root: node.root, site: node.site, node: "compute2"))
    let applied = try target.apply(confirmWithin: 60) { _ in true }
    let id = try #require(applied.transaction)
    #expect(try node.record().differences(from: before, .restored).isEmpty == false)
    let (outcome, said) = try Self.boot(node.root)
    guard case .resumed(let resumed) = outcome else { throw TestTrouble("\(outcome)") }
    #expect(resumed.node == nil && resumed.news?.hostname == "compute", "the system has read the other name already")
    #expect(said == ["transaction \(id) (apply compute2) was not confirmed in time, and is undone"])
    #expect(try node.record().differences(from: before, .restored) == [])
    #expect(try Self.boot(node.root).said.isEmpty)
  }

  @Test("a plan with nothing to do says that what waits to be confirmed refuses the apply, as that does")
  func refused() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    func target() throws -> Target { try Target(Request(root: node.root, site: node.site, node: "compute2")) }
    let id = try #require(try target().apply(confirmWithin: 60) { _ in true }.transaction)
    var plan = try target().plan()
    try target().foresee(&plan)
    let refusals = plan.refusals
    #expect(plan.isEmpty && refusals.map { "\($0.error)" }.first?.hasPrefix("transaction \(id)") == true)
    let said = #expect(throws: EngineError.self) { try target().apply { _ in true } }
    #expect(refusals.map { "\($0.error)" } == [said.map { "\($0)" }])
    _ = try Target.confirm(root: node.root, nil)
    plan = try target().plan()
    try target().foresee(&plan)
    #expect(plan.refusals.isEmpty)
  }

  @Test("keeps what was confirmed") func confirmed() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let target = try Target(Request(root: node.root, site: node.site, node: "compute2"))
    _ = try target.apply(confirmWithin: 60) { _ in true }
    _ = try Target.confirm(root: node.root, nil)
    let after = try node.record()
    #expect(try Self.boot(node.root).said.isEmpty)
    #expect(try node.record().differences(from: after, .untouched) == [])
  }

  @Test("what is asked of a tree without a history leaves nothing behind in it") func nothingThere() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let before = try node.record()
    #expect(throws: TransactionError.self) { try Target.confirm(root: node.root, nil) }
    #expect(throws: TransactionError.self) { try Target.rollback(root: node.root, nil) }
    #expect(try node.record().differences(from: before, .restored) == [])
    // A recovery does not even make what it takes away again: the tree may be read-only.
    let now = try node.record()
    #expect(try Target.recover(root: node.root).isEmpty)
    #expect(try node.record().differences(from: now, .untouched) == [])
  }

  @Test("goes on where somebody changed a file since, and says so") func changedSince() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let target = try Target(Request(root: node.root, site: node.site, node: "compute2"))
    _ = try target.apply(confirmWithin: 60) { _ in true }
    try LabNode.write("by-hand\n", "\(node.root)/etc/hostname")
    let (outcome, said) = try Self.boot(node.root)
    guard case .own = outcome else { throw TestTrouble("\(outcome)") }
    #expect(said.first?.contains("cannot be undone") == true, "\(said)")
    #expect(try String(contentsOfFile: "\(node.root)/etc/hostname", encoding: .utf8) == "by-hand\n")
  }
}
