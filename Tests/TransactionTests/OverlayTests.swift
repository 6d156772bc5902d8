import Glibc
import Testing
import Tree

@testable import Transaction

/// A tree that is an overlay over a file with two names, mounted for as long as this lives.
private final class Overlay {
  private let scratch: Scratch
  let tree: Tree

  /// - Parameter lower: What makes the lower layer's directory `l` a file system of its own, if anything.
  init(lower: String) throws {
    scratch = try Scratch()
    guard
      scratch.shell(
        """
        mkdir l u m && \(lower) && mkdir u/u u/w l/etc && echo a >l/etc/a && ln l/etc/a l/etc/b && echo c >l/etc/c &&
        mount -t overlay test -o lowerdir=l,upperdir=u/u,workdir=u/w m
        """) == 0
    else { throw TransactionError(.invalidState, "mount -t overlay") }
    tree = try Tree(root: "\(scratch.path)/m")
  }

  deinit { scratch.shell("umount -l m; umount -l l 2>/dev/null") }

  func shell(_ command: String) -> Int32 { scratch.shell("cd m && \(command)") }
}

@Suite("In an overlay", .enabled(if: geteuid() == 0))
struct OverlayTests {
  static let layers = [":", "mount -t tmpfs test l"]

  @Test(
    "files of the lower layer are changed, removed and brought back, also one with a second name", arguments: layers)
  func secondName(_ lower: String) throws {
    let overlay = try Overlay(lower: lower)
    let tree = overlay.tree
    let store = try Store(tree: tree).lock()
    _ = try store.commit(
      [
        Operation("/etc/a", .write(Array("A".utf8), mine), before: expectation(tree, "/etc/a"), label: "t"),
        Operation("/etc/b", .remove, before: expectation(tree, "/etc/b"), label: "t"),
        Operation("/etc/c", .write(Array("C".utf8), mine), before: expectation(tree, "/etc/c"), label: "t"),
      ], title: "test")
    #expect(overlay.shell("test \"$(cat etc/a)\" = A && test ! -e etc/b && test \"$(cat etc/c)\" = C") == 0)
    _ = try store.rollback(nil)
    #expect(overlay.shell("test \"$(cat etc/a etc/b etc/c)\" = \"$(printf 'a\\na\\nc')\"") == 0)
  }

  @Test(
    "what somebody does to such a file while its before-image is made is a change",
    arguments: [
      (":", true), ("printf 'b\\n' >etc/a", false), ("echo more >>etc/a", false), ("chmod 600 etc/a", false),
      ("cp -p etc/a etc/x && mv etc/x etc/a", false), ("rm etc/a", false),
    ])
  func meanwhile(_ command: String, _ isSame: Bool) throws {
    let overlay = try Overlay(lower: ":")
    let tree = overlay.tree
    guard let file = try tree.file("/etc/a") else { return #expect(Bool(false)) }
    for digest in [Digest(of: file.bytes), nil] {
      let operation = Operation(
        "/etc/a", .remove, before: .file(file.identity, file.attributes, digest), label: "t")
      var entry = Journal.Entry(kind: .remove, path: "/etc/a", label: "t")
      entry.beforeDigest = digest
      let steps = Steps(
        tree: tree, directory: "/etc",
        journal: Journal(
          id: "", time: 0, title: "test", undoes: nil, confirmWithin: nil, entries: [entry]))
      if digest != nil {
        try tree.link("/etc/a", as: steps.kept(0))
        #expect(overlay.shell(command) == 0)
      }
      #expect(try steps.isCopiedUp(0, operation) == isSame)
    }
  }
}
