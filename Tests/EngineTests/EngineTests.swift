import Fixups
import Testing
import Tree

@testable import Engine

/// A tree in memory: files by path, and nothing else.
struct PaperTree: TreeReading {
  var files: [TreePath: String] = [:]

  func file(_ path: TreePath) throws(TreeError) -> FileSnapshot? {
    files[path].map {
      FileSnapshot(path: path, bytes: Array($0.utf8), attributes: plain, identity: identity(path))
    }
  }
  func status(_ path: TreePath) throws(TreeError) -> FileStatus? {
    if files[path] != nil { return FileStatus(kind: .regular, attributes: plain, identity: identity(path), links: 1) }
    let isDirectory = files.keys.contains { $0 != path && $0.isWithin(path) }
    return isDirectory ? FileStatus(kind: .directory, attributes: plain, identity: identity(path), links: 2) : nil
  }
  func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]? {
    let names = files.keys.filter { $0.parent == path }.map(\.name).sorted()
    return names.isEmpty ? nil : names.map { DirectoryEntry(name: $0, kind: .regular) }
  }
  func resolve(_ path: TreePath) throws(TreeError) -> TreePath { path }

  private func identity(_ path: TreePath) -> FileIdentity {
    FileIdentity(device: 1, inode: UInt64(path.description.utf8.count), size: 0, modified: 0, changed: 0)
  }
}

let plain = FileAttributes(owner: 0, group: 0, mode: FileMode(0o644))

func edit(_ tree: some TreeReading, _ path: TreePath, _ text: String, _ reason: String) throws -> Change {
  let snapshot = try #require(try tree.file(path))
  return Change(path, .write(.bytes(Array(text.utf8)), plain), before: .file(snapshot), reasons: [reason])
}

@Suite("A plan in the making")
struct PlanningTests {
  @Test("shows a fixup what those before it propose")
  func overlay() throws {
    let base = PaperTree(files: ["/a": "1", "/d/b": "2"])
    var overlay = OverlayTree(base)
    overlay.add(try edit(base, "/a", "changed", "r"))
    overlay.add(Change("/d/b", .remove, before: .absent, reasons: []))
    overlay.add(.create("/d/c", .bytes([67]), plain, because: []))
    #expect(try overlay.file("/a").map { String(decoding: $0.bytes, as: UTF8.self) } == "changed")
    #expect(try overlay.file("/d/b") == nil)
    #expect(try overlay.status("/d/b") == nil)
    #expect(try overlay.entries("/d")?.map(\.name) == ["c"])
    #expect(try overlay.file("/a")?.identity == base.file("/a")?.identity, "commit compares it with the disk")
  }

  @Test("makes one change of two to the same file, against what was on disk, with both reasons")
  func merging() throws {
    let base = PaperTree(files: ["/a": "1"])
    var overlay = OverlayTree(base)
    var set = ChangeSet()
    for (text, reason) in [("12", "first"), ("123", "second")] {
      let change = try edit(overlay, "/a", text, reason)
      set.add(change)
      overlay.add(change)
    }
    let settled = set.settled
    #expect(settled.count == 1)
    #expect(settled.first?.reasons == ["first", "second"])
    guard case .file(let before)? = settled.first?.before else { throw EngineError(.invalid, "no before") }
    #expect(before.bytes == [49])
  }

  @Test("drops a change that ends where it began")
  func cancelling() throws {
    let base = PaperTree(files: ["/a": "1"])
    var set = ChangeSet()
    set.add(try edit(base, "/a", "2", "there"))
    set.add(try edit(base, "/a", "1", "and back"))
    #expect(set.settled.isEmpty)
  }
}

@Suite("What must be unique")
struct UniquenessTests {
  @Test("comes from the kernel, and a thousand ids are a thousand")
  func uuids() throws {
    let made = try (0..<1000).map { _ in try KernelRandomness().uuid() }
    #expect(Set(made).count == 1000)
    for uuid in made {
      #expect(uuid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    }
    #expect(try KernelRandomness().machineID().wholeMatch(of: /[0-9a-f]{32}/) != nil)
  }

  @Test("is a key pair that ssh-keygen itself made, of the type and comment asked for")
  func keys() throws {
    let requests: Set<KeyRequest> = [
      KeyRequest(name: "a", type: .ed25519, comment: "nova@compute2"),
      KeyRequest(name: "b", type: .ed25519, comment: "root@compute2"),
      KeyRequest(name: "c", type: .rsa, bits: 2048, comment: "x"),
    ]
    let pairs = try KeyGeneration.pairs(for: requests)
    #expect(pairs.count == 3)
    #expect(Set(pairs.values.map(\.privateKey)).count == 3)
    for (request, pair) in pairs {
      let text = String(decoding: pair.publicKey, as: UTF8.self)
      #expect(text.hasPrefix("ssh-\(request.type.rawValue) "))
      #expect(text.hasSuffix(" \(request.comment)\n"))
      #expect(String(decoding: pair.privateKey, as: UTF8.self).hasPrefix("-----BEGIN OPENSSH PRIVATE KEY-----"))
    }
  }
}
