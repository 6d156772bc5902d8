import Glibc
import Testing
import Tree

@testable import Transaction

/// A directory of the test's own, removed at its end.
final class Scratch {
  let path: String
  init() throws {
    var template = Array("/tmp/imprint-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TransactionError(.invalidState, "mkdtemp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
  deinit { _ = system("rm -rf '\(path)'") }

  @discardableResult func shell(_ command: String) -> Int32 { system("cd '\(path)' && { \(command) ; }") }
  func tree() throws -> Tree { try Tree(root: path) }
}

let mine = FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o644))

func expectation(_ tree: Tree, _ path: TreePath) throws -> Operation.Before {
  guard let file = try tree.file(path) else { return .absent }
  return .file(file.identity, file.attributes, Digest(of: file.bytes))
}

@Suite("A transaction")
struct TransactionTests {
  @Test("/var may be a link of the tree, and so may /var/lib", arguments: ["var", "var/lib"])
  func stateBehindLink(_ link: String) throws {
    let scratch = try Scratch()
    scratch.shell("mkdir -p data/moved/lib \"$(dirname \(link))\" && echo a >data/a && ln -s /data/moved \(link)")
    let tree = try scratch.tree()
    do {
      let store = try Store(tree: tree).lock()
      _ = try store.commit(
        [Operation("/data/a", .write(Array("b".utf8), mine), before: expectation(tree, "/data/a"), label: "t")],
        title: "test")
    }
    #expect(
      scratch.shell("test \"$(cat data/a)\" = b && find data/moved -name imprint | grep . && test -L \(link)") == 0)
    let store = try Store(tree: tree).lock()
    _ = try store.rollback(nil)
    #expect(scratch.shell("test \"$(cat data/a)\" = a") == 0)
  }

  @Test("the state directory itself may not be a link") func stateIsLink() throws {
    let scratch = try Scratch()
    scratch.shell("mkdir -p var/lib elsewhere && ln -s /elsewhere var/lib/imprint")
    #expect(throws: TransactionError.self) { try Store(tree: scratch.tree()).lock() }
    #expect(scratch.shell("test -z \"$(ls elsewhere)\"") == 0)
  }

  @Test(
    "an ACL, an attribute or a label that somebody set since is a change",
    arguments: [
      ("setfacl -m u:5:r etc/a", true), ("setfattr -n user.note -v mine etc/a", true),
      ("setfattr -x user.old etc/a", true), ("setfacl -b etc/a", true), ("setfattr -n user.note -v mine etc/new", true),
      ("setfattr -n security.selinux -v system_u:object_r:mine_t:s0 etc/a", false), (":", false),
      // A copy without attributes, and an older imprint's journal.
      (
        "for f in etc/a var/lib/imprint/transactions/*/before-0; do setfattr -x user.old $f; setfacl -b $f; done", false
      ),
      ("sed -i /^extended/d var/lib/imprint/transactions/*/journal; setfattr -n user.note -v mine etc/a", false),
    ])
  func attributes(_ command: String, _ isChange: Bool) throws {
    let scratch = try Scratch()
    scratch.shell("mkdir etc && echo a >etc/a")
    guard scratch.shell("setfattr -n user.old -v theirs etc/a && setfacl -m u:6:rw etc/a") == 0 else { return }
    let tree = try scratch.tree()
    let store = try Store(tree: tree).lock()
    // With another mode the ACL's mask is another.
    let closed = FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o600))
    _ = try store.commit(
      [
        Operation("/etc/a", .write(Array("b".utf8), closed), before: expectation(tree, "/etc/a"), label: "t"),
        Operation("/etc/new", .write(Array("n".utf8), mine), before: .absent, label: "t"),
      ], title: "test")
    guard scratch.shell(command) == 0 else { return }
    guard isChange else {
      _ = try store.rollback(nil)
      return #expect(scratch.shell("test \"$(cat etc/a)\" = a && test ! -e etc/new") == 0)
    }
    let error = #expect(throws: TransactionError.self) { try store.rollback(nil) }
    // An ACL's mask is the group's part of the mode.
    let said = error?.description ?? ""
    #expect(
      error?.code == .changed && (said.contains("another ACL, label or extended attribute") || said.contains("mode")))
  }

  @Test func `a label that was there counts`() throws {
    let scratch = try Scratch()
    let label = "setfattr -n security.selinux -v system_u:object_r"
    guard scratch.shell("mkdir etc && echo a >etc/a && \(label):etc_t:s0 etc/a") == 0 else { return }
    let tree = try scratch.tree()
    let store = try Store(tree: tree).lock()
    _ = try store.commit(
      [Operation("/etc/a", .write(Array("b".utf8), mine), before: expectation(tree, "/etc/a"), label: "t")],
      title: "test")
    #expect(scratch.shell("\(label):mine_t:s0 etc/a") == 0)
    #expect(throws: TransactionError.self) { try store.rollback(nil) }
    #expect(scratch.shell("\(label):etc_t:s0 etc/a") == 0)
    _ = try store.rollback(nil)
  }

  @Test("creates, replaces and removes, and rollback restores every byte, mode and time")
  func roundTrip() throws {
    let scratch = try Scratch()
    scratch.shell(
      "mkdir -p etc/old d && echo a >etc/a && echo b >etc/b && chmod 640 etc/a && touch -d 2020-01-01 etc/a")
    scratch.shell(
      "find . -printf '%p %m %s %T@ %i\\n' | grep -v '^. ' | grep -v '^./etc \\|^./d ' | sort >/tmp/$$.x; cp /tmp/$$.x before; rm /tmp/$$.x"
    )
    let tree = try scratch.tree()
    let dir = FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o700))
    let id: String
    do {
      let store = try Store(tree: tree).lock()
      id = try store.commit(
        [
          Operation("/etc/a", .write(Array("A2".utf8), mine), before: expectation(tree, "/etc/a"), label: "t"),
          Operation("/etc/b", .remove, before: expectation(tree, "/etc/b"), label: "t"),
          Operation("/d/new", .directory(dir), before: .absent, label: "t"),
          Operation("/d/new/key", .write(Array("k".utf8), mine), before: .absent, label: "t"),
        ], title: "test")
    }
    #expect(scratch.shell("test \"$(cat etc/a)\" = A2 && test ! -e etc/b && test \"$(cat d/new/key)\" = k") == 0)
    #expect(scratch.shell("! find . -name '.imprint*' | grep .") == 0)
    let store = try Store(tree: tree).lock()
    #expect(try store.rollback(nil).undone.id == id)
    scratch.shell(
      "find . -printf '%p %m %s %T@ %i\\n' | grep -v '^. ' | grep -v '^./etc \\|^./d \\|var\\|before' | sort >after; sed -i '/before/d' before"
    )
    #expect(scratch.shell("grep -v after after | diff before -") == 0)
    #expect(scratch.shell("! find var -name 'before-*' | grep . || true") == 0)
  }

  @Test("puts a file in the place of a link, and rollback the link where it was") func overLink() throws {
    let scratch = try Scratch()
    scratch.shell("mkdir d && ln -s /dev/null d/a")
    let tree = try scratch.tree()
    do {
      let status = try #require(try tree.status("/d/a"))
      let store = try Store(tree: tree).lock()
      _ = try store.commit(
        [
          Operation(
            "/d/a", .write(Array("new".utf8), mine), before: .file(status.identity, status.attributes, nil), label: "t")
        ], title: "test")
    }
    #expect(scratch.shell("test ! -L d/a && test \"$(cat d/a)\" = new && test ! -e dev") == 0)
    let store = try Store(tree: tree).lock()
    _ = try store.rollback(nil)
    #expect(scratch.shell("test \"$(readlink d/a)\" = /dev/null && test ! -e dev") == 0)
  }

  /// Whoever holds the file by another name, or open, writes to the very file that was replaced, not to the new one.
  @Test(
    "is rolled back to what was there, whatever somebody who had the file otherwise did to it since",
    arguments: [
      ("ln etc/a other", "echo more >>other"), ("ln etc/a other", "chmod 666 other"),
      ("ln etc/a other", "setfattr -n user.x -v y other"), ("ln etc/a other", "touch other"),
      ("ln etc/a other", ": >other"),
      (
        "ln etc/a other",
        "head -c $(stat -c %s other) /dev/urandom | dd of=other conv=notrunc status=none; touch -d 2020-01-01 other"
      ),
      ("exec 9>>etc/a; (sleep 600 & echo $! >pid); exec 9>&-", "echo more >>/proc/$(cat pid)/fd/9"),
      ("exec 9<>etc/a; (sleep 600 & echo $! >pid); exec 9>&-", "echo more >>/proc/$(cat pid)/fd/9"), ("true", "true"),
    ], [Int64(5), 100_000])
  func writtenElsewhere(_ holding: (start: String, write: String), _ size: Int64) throws {
    let scratch = try Scratch()
    scratch.shell("mkdir etc && head -c \(size) /dev/zero >etc/a && chmod 640 etc/a && setfattr -n user.y -v 1 etc/a")
    scratch.shell("cp etc/a etc/b && touch -d 2020-01-01 etc/a && \(holding.start)")
    defer { scratch.shell("[ ! -e pid ] || kill $(cat pid)") }
    let about = "stat -c '%a %u %g %s %y' etc/a; sha256sum <etc/a; getfattr -d etc/a"
    scratch.shell("{ \(about); } >before")
    let tree = try scratch.tree()
    let status = try #require(try tree.status("/etc/a"))
    do {
      let store = try Store(tree: tree).lock()
      let unread = Operation.Before.file(status.identity, status.attributes, nil)
      _ = try store.commit(
        [
          Operation("/etc/a", .remove, before: unread, label: "t"),
          Operation("/etc/b", .write([], mine), before: expectation(tree, "/etc/b"), label: "t"),
        ], title: "test")
    }
    #expect(scratch.shell("test ! -e etc/a && \(holding.write)") == 0)
    _ = try Store(tree: tree).lock(wait: true).rollback(nil)
    #expect(scratch.shell("{ \(about); } | diff before -") == 0)
    #expect(scratch.shell("! find var -name 'aside-*' | grep .") == 0)
  }

  @Test("gives a file back to its other names, where nobody wrote to it") func otherNames() throws {
    let scratch = try Scratch()
    scratch.shell("mkdir etc && echo a >etc/a && ln etc/a other")
    let tree = try scratch.tree()
    do {
      let store = try Store(tree: tree).lock()
      _ = try store.commit(
        [Operation("/etc/a", .write(Array("new".utf8), mine), before: expectation(tree, "/etc/a"), label: "t")],
        title: "test")
    }
    #expect(scratch.shell("test \"$(cat other etc/a)\" = \"$(printf 'a\\nnew')\"") == 0)
    _ = try Store(tree: tree).lock(wait: true).rollback(nil)
    #expect(scratch.shell("test etc/a -ef other && test \"$(stat -c %h other)\" = 2") == 0)
  }

  @Test("is not rolled back from a damaged image, also of a file that nobody had to read") func damagedImage() throws {
    let scratch = try Scratch()
    scratch.shell("mkdir etc && echo secret >etc/key")
    let tree = try scratch.tree()
    let status = try #require(try tree.status("/etc/key"))
    let store = try Store(tree: tree).lock()
    let unread = Operation.Before.file(status.identity, status.attributes, nil)
    let id = try store.commit([Operation("/etc/key", .remove, before: unread, label: "t")], title: "test")
    scratch.shell("echo damage >var/lib/imprint/transactions/\(id)/before-0")
    #expect { try store.rollback(id) } throws: { "\($0)".contains("the kept image of /etc/key, is damaged") }
    #expect(scratch.shell("test ! -e etc/key && ! find . -name '.imprint*' | grep .") == 0)
  }

  @Test("is refused, with nothing changed, where somebody edits a file after it was read")
  func stale() throws {
    let scratch = try Scratch()
    scratch.shell("mkdir etc && echo a >etc/a && echo b >etc/b")
    let tree = try scratch.tree()
    let first = try expectation(tree, "/etc/a")
    let second = try expectation(tree, "/etc/b")
    scratch.shell("echo other >etc/b")
    let store = try Store(tree: tree).lock()
    let error = #expect(throws: TransactionError.self) {
      try store.commit(
        [
          Operation("/etc/a", .write([1], mine), before: first, label: "t"),
          Operation("/etc/b", .write([2], mine), before: second, label: "t"),
        ], title: "t")
    }
    #expect(error?.code == .changed)
    #expect(scratch.shell("test $(cat etc/a) = a && test $(cat etc/b) = other && test ! -e var/lib/imprint") == 0)
  }

  @Test("cannot be rolled back where somebody changed its files since, and says which")
  func refusedRollback() throws {
    let scratch = try Scratch()
    scratch.shell("mkdir etc && echo a >etc/a && echo b >etc/b")
    let tree = try scratch.tree()
    let store = try Store(tree: tree).lock()
    _ = try store.commit(
      [
        Operation("/etc/a", .write([65], mine), before: expectation(tree, "/etc/a"), label: "t"),
        Operation("/etc/b", .write([66], mine), before: expectation(tree, "/etc/b"), label: "t"),
      ], title: "t")
    scratch.shell("echo mine >>etc/b")
    let error = #expect(throws: TransactionError.self) { try store.rollback(nil) }
    #expect(error?.description.contains("/etc/b") == true)
    #expect(error?.description.contains("/etc/a") == false)
    #expect(scratch.shell("test $(cat etc/a) = A") == 0)
  }

  @Test("lets one in at a time")
  func lock() throws {
    let scratch = try Scratch()
    let first = try Store(tree: scratch.tree()).lock()
    let error = #expect(throws: TransactionError.self) { try Store(tree: scratch.tree()).lock() }
    #expect(error?.code == .locked)
    first.tidy()
    #expect(scratch.shell("test ! -e var/lib/imprint") == 0)
  }

  @Test(
    "refuses a state directory that is a link or open to others",
    arguments: [
      "mkdir -p elsewhere var/lib && ln -s ../../elsewhere var/lib/imprint",
      "mkdir -p var/lib/imprint && chmod 755 var/lib/imprint",
      "mkdir -p var/lib && touch var/lib/imprint",
    ])
  func state(_ setup: String) throws {
    let scratch = try Scratch()
    scratch.shell(setup)
    let error = #expect(throws: TransactionError.self) { try Store(tree: scratch.tree()).lock() }
    #expect(error?.code == .invalidState)
  }
}

@Suite("XXH64")
struct DigestTests {
  @Test(
    "gives the specification's values",
    arguments: [
      ("", "ef46db3751d8e999"), ("a", "d24ec4f1a98c6e5b"), ("abc", "44bc2cf5ad770999"),
      ("Nobody inspects the spammish repetition", "fbcea83c8a378bf1"),
    ])
  func vectors(_ text: String, _ expected: String) {
    #expect(Digest(of: Array(text.utf8)).description == expected)
  }
}
