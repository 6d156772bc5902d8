import Glibc
import Testing
import Tree

@testable import Transaction

/// What is said beforehand is what the commit itself says.
@Suite("A commit that would be refused") struct ForesightTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Run in a tree with etc/a and etc/d.
    let setup: String
    let undo: String
    init(_ description: String, _ setup: String, undo: String = "true") {
      (testDescription, self.setup, self.undo) = (description, setup, undo)
    }
  }

  @Test(
    "is known by what the commit says",
    arguments: [
      Case("nothing in its way", "true"),
      Case("the file is immutable", "chattr +i etc/a", undo: "chattr -i etc/a"),
      Case("the file may only be appended to", "chattr +a etc/a", undo: "chattr -a etc/a"),
      Case("the directory is immutable", "chattr +i etc", undo: "chattr -i etc"),
      Case("the directory takes new names only", "chattr +a etc", undo: "chattr -a etc"),
      Case("a directory that is given another mode is immutable", "chattr +i etc/d", undo: "chattr -i etc/d"),
      Case("no state directory can be made", "mkdir -p var && chattr +i var", undo: "chattr -i var"),
      Case("what keeps its names takes the state directory", "mkdir -p var && chattr +a var", undo: "chattr -a var"),
      Case("the state directory is open to others", "mkdir -p var/lib/imprint && chmod 755 var/lib/imprint"),
      Case("the state directory is a file", "mkdir -p var/lib && touch var/lib/imprint"),
      Case("/var/lib leads nowhere", "mkdir -p var && ln -s /missing/lib var/lib"),
      Case(
        "a journal is damaged, beside images",
        "mkdir -m 700 -p var/lib/imprint/transactions/x && cd var/lib/imprint && chmod 700 . && echo torn >transactions/x/journal && touch transactions/x/before-0"
      ),
      Case(
        "a journal is damaged that tells of a step",
        "mkdir -p var/lib/imprint/transactions/x && chmod 700 var/lib/imprint && printf 'torn\n\napplied\n' >var/lib/imprint/transactions/x/journal"
      ),
      Case(
        "a journal that never became whole is alone",
        "mkdir -p var/lib/imprint/transactions/x && chmod 700 var/lib/imprint && echo torn >var/lib/imprint/transactions/x/journal"
      ),
    ])
  func refusals(_ one: Case) throws {
    let scratch = try Scratch()
    scratch.shell("mkdir -p etc/d && echo a >etc/a && echo b >etc/b")
    // Where this user or file system has no such flags, there is nothing to see.
    guard scratch.shell("{ \(one.setup) ; } 2>/dev/null") == 0 else { return }
    defer { scratch.shell(one.undo) }
    let tree = try scratch.tree()
    let directory = try #require(try tree.status("/etc/d"))
    let mode = FileAttributes(owner: mine.owner, group: mine.group, mode: FileMode(0o700))
    let operations = [
      Operation("/etc/new", .write([1], mine), before: .absent, label: "t"),
      Operation("/etc/a", .write([1], mine), before: try expectation(tree, "/etc/a"), label: "t"),
      Operation("/etc/b", .remove, before: try expectation(tree, "/etc/b"), label: "t"),
      Operation("/etc/d", .directory(mode), before: .directory(directory.attributes), label: "t"),
    ]
    let foreseen = try Store(tree: scratch.tree()).refusals(of: operations)
    let withoutOperations = try Store(tree: scratch.tree()).refusals(of: [])
    func said(_ operations: [Operation]) throws -> TransactionError? {
      let store = try Store(tree: scratch.tree())
      do throws(TransactionError) {
        // With nothing to do, an apply looks at no state directory that is not there.
        if operations.isEmpty, try !store.exists() { return nil }
        // A child that another test starts may hold a copy of the lock for a moment.
        let store = try store.lock(wait: true)
        _ = try store.recover()
        if !operations.isEmpty { _ = try store.commit(operations, title: "test") }
        return nil
      } catch {
        return error
      }
    }
    let refusal = try said([])
    #expect(withoutOperations.first?.error.code == refusal?.code, "\(withoutOperations) \(refusal?.description ?? "")")
    let refused = try said(operations)
    #expect(foreseen.first?.error.code == refused?.code, "\(foreseen) \(refused?.description ?? "nothing")")
    // Each but once: a directory's flag is said of every target in it.
    #expect(Set(foreseen.map { "\($0.path?.description ?? "") \($0.error)" }).count == foreseen.count)
  }
}
