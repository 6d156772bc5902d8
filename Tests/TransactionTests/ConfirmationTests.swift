import Testing
import Tree

@testable import Transaction

/// The lock is waited for: for a moment, a child that another test starts holds a copy of it.
@Suite("A transaction that awaits confirmation")
struct ConfirmationTests {
  private func commit(_ scratch: Scratch, _ text: String, confirmWithin: Int?) throws -> String {
    let tree = try scratch.tree()
    let operation = Operation(
      "/etc/a", .write(Array(text.utf8), mine), before: try expectation(tree, "/etc/a"), label: "t")
    return try Store(tree: tree).lock(wait: true).commit([operation], title: "test", confirmWithin: confirmWithin)
  }

  @Test("is known by its journal to whoever starts next, until it is confirmed")
  func waits() throws {
    let scratch = try Scratch()
    scratch.shell("mkdir etc && echo 1 >etc/a")
    _ = try commit(scratch, "2", confirmWithin: nil)
    let id = try commit(scratch, "3", confirmWithin: 30)
    #expect(try Store(tree: scratch.tree()).unconfirmed()?.id == id)
    #expect(try Store(tree: scratch.tree()).unconfirmed()?.confirmWithin == 30)
    #expect(try Store(tree: scratch.tree()).lock(wait: true).confirm().id == id)
    #expect(try Store(tree: scratch.tree()).unconfirmed() == nil)
    #expect(try Store(tree: scratch.tree()).history().map(\.isConfirmed) == [false, true])
    #expect(throws: TransactionError.self) { try Store(tree: scratch.tree()).lock(wait: true).confirm() }
  }

  @Test("is settled by its rollback, too")
  func undone() throws {
    let scratch = try Scratch()
    scratch.shell("mkdir etc && echo 1 >etc/a")
    let id = try commit(scratch, "2", confirmWithin: 5)
    let undone = try Store(tree: scratch.tree()).lock(wait: true).rollback(id).undone
    #expect(undone.id == id && undone.state == .undone)
    #expect(try Store(tree: scratch.tree()).history().map(\.state) == [.undone, .applied])
    #expect(try Store(tree: scratch.tree()).unconfirmed() == nil)
    #expect(throws: TransactionError.self) { try Store(tree: scratch.tree()).lock(wait: true).confirm(id) }
    #expect(scratch.shell("test $(cat etc/a) = 1") == 0)
  }

  @Test("a confirmation that was torn by a crash is none")
  func torn() throws {
    let scratch = try Scratch()
    scratch.shell("mkdir etc && echo 1 >etc/a")
    let id = try commit(scratch, "2", confirmWithin: 5)
    scratch.shell("printf '\\nconfir' >>var/lib/imprint/transactions/\(id)/journal")
    #expect(try Store(tree: scratch.tree()).unconfirmed()?.id == id)
    #expect(try Store(tree: scratch.tree()).lock(wait: true).confirm(id).id == id)
    #expect(try Store(tree: scratch.tree()).unconfirmed() == nil)
  }
}
