import Testing
import Tree

@testable import Transaction

@Suite("A rollback")
struct RollbackTests {
  /// What a service has made of its files meanwhile; empty where it did nothing.
  @Test(
    "puts back what a service has written anew, whatever is there by now",
    arguments: [
      "", "echo mine >gone", "echo mine >seed; chmod 640 seed", "rm seed made", "rm seed && ln -s x seed",
      "echo mine >made",
    ])
  func remade(_ meanwhile: String) throws {
    let scratch = try Scratch()
    scratch.shell("echo old >gone; echo seed >seed; echo conf >conf")
    let tree = try scratch.tree()
    let store = try Store(tree: tree).lock()
    func operation(_ path: TreePath, _ action: Operation.Action, isRemade: Bool = true) throws -> Operation {
      Operation(path, action, before: try expectation(tree, path), label: "t", isRemade: isRemade)
    }
    let id = try store.commit(
      [
        operation("/gone", .remove), operation("/seed", .write(Array("new".utf8), mine)),
        operation("/made", .write(Array("new".utf8), mine)),
        operation("/conf", .write(Array("new".utf8), mine), isRemade: false),
      ], title: "apply a")
    scratch.shell(meanwhile)
    #expect(try store.rollback(nil).undone.id == id)
    #expect(
      scratch.shell("[ $(cat gone) = old ] && [ $(cat seed) = seed ] && [ $(cat conf) = conf ] && [ ! -e made ]") == 0)
    #expect(scratch.shell("[ -f seed ] && [ ! -L seed ] && [ $(stat -c %a seed) = 644 ]") == 0)
  }

  @Test("stays refused where a person changed what nobody else writes, or a directory is in the way")
  func refused() throws {
    for meanwhile in ["echo mine >conf", "rm seed; mkdir seed"] {
      let scratch = try Scratch()
      scratch.shell("echo seed >seed; echo conf >conf")
      let tree = try scratch.tree()
      let store = try Store(tree: tree).lock()
      _ = try store.commit(
        [
          Operation("/seed", .remove, before: expectation(tree, "/seed"), label: "t", isRemade: true),
          Operation("/conf", .write(Array("new".utf8), mine), before: expectation(tree, "/conf"), label: "t"),
        ], title: "apply a")
      scratch.shell(meanwhile)
      let error = #expect(throws: TransactionError.self) { try store.rollback(nil) }
      #expect(error?.code == .changed)
      #expect(scratch.shell("[ $(cat conf) != conf ]") == 0)
    }
  }

  @Test("that is undone brings back what stands then as that did, and is undone once more as it was")
  func again() throws {
    let scratch = try Scratch()
    scratch.shell("echo old >conf")
    let store = try Store(tree: scratch.tree()).lock()
    let tree = store.store.tree
    func history() throws -> [String] {
      try store.store.history().map { "\($0.title.prefix { $0 != " " }) \($0.state.rawValue) \($0.stands)" }
    }
    _ = try store.commit(
      [Operation("/conf", .write(Array("new".utf8), mine), before: expectation(tree, "/conf"), label: "t")],
      title: "apply a")
    let (_, first) = try store.rollback(nil)
    let (undone, redone) = try store.rollback(first)
    #expect(undone.id == first && scratch.shell("[ $(cat conf) = new ]") == 0)
    #expect(try history() == ["apply undone false", "rollback undone false", "apply applied true"])
    #expect(try store.latest()?.id == redone)
    let (_, second) = try store.rollback(nil)
    #expect(scratch.shell("[ $(cat conf) = old ]") == 0)
    #expect(try store.latest() == nil)
    _ = try store.rollback(second)
    #expect(try store.latest()?.title == "apply a" && scratch.shell("[ $(cat conf) = new ]") == 0)
    #expect(try store.recover().isEmpty)
  }
}
