import Foundation
import Glibc
import Support
import Testing

/// A template, a site of nine nodes, and a folder to bake them into.
struct Bakery {
  struct Answer: Decodable {
    struct Failure: Decodable {
      let status: Int
      let reason: String
    }
    struct Node: Decodable {
      let node: String
      let path: String
      let state: String
      let changes: Int?
      let shared: Int?
      let written: Int?
      let remarks: [String]
      let failure: Failure?
      let mount: String?
    }
    let schema: String
    let form: String
    let done: Bool
    let stopped: String?
    let nodes: [Node]
    func node(_ name: String) -> Node? { nodes.first { $0.node == name } }
  }

  let scratch: Scratch
  let template: LabNode
  let site: String
  var into: String { "\(scratch.path)/nodes" }

  init(isSealed: Bool = true, more: String = "") async throws {
    scratch = try Scratch()
    template = try await LabNode(in: scratch, name: "template")
    let nodes = (3...9).map { number in
      """

      [nodes.compute\(number)]
      role      = "compute"
      addresses = { management = "192.168.10.\(19 + number)", tunnel = "192.168.20.\(19 + number)" }
      """
    }
    site = try scratch.write(LabNode.siteText + nodes.joined(separator: "\n") + "\n" + more, to: "site.toml")
    try Self.furnish(template.root)
    if isSealed { try await template.run("seal").succeeded("seal") }
  }

  /// Files of every kind, with all that a file can have.
  private static func furnish(_ root: String) throws {
    try LabNode.write("one file\n", "\(root)/usr/share/first")
    guard link("\(root)/usr/share/first", "\(root)/usr/share/second") == 0,
      symlink("/nowhere/at all", "\(root)/usr/share/dangling") == 0, mkfifo("\(root)/usr/share/fifo", 0o640) == 0
    else { throw TestTrouble("cannot furnish \(root): \(errno)") }
    // 64 MiB, of which one page is there.
    let sparse = open("\(root)/usr/share/sparse", O_RDWR | O_CREAT, 0o600)
    defer { close(sparse) }
    guard ftruncate(sparse, 64 << 20) == 0, pwrite(sparse, "x", 1, 32 << 20) == 1 else { throw TestTrouble("sparse") }
    var times = [
      timespec(tv_sec: 1_000_000_000, tv_nsec: 123_456_789), timespec(tv_sec: 1_100_000_000, tv_nsec: 987_654_321),
    ]
    guard utimensat(AT_FDCWD, "\(root)/usr/share/first", &times, 0) == 0,
      utimensat(AT_FDCWD, "\(root)/usr/share/dangling", &times, AT_SYMLINK_NOFOLLOW) == 0
    else { throw TestTrouble("times") }
    if LabNode.isRoot {
      guard mknod("\(root)/usr/share/null", S_IFCHR | 0o666, 0x103) == 0, chown("\(root)/usr/share/first", 7, 8) == 0
      else {
        throw TestTrouble("device")
      }
    }
  }

  func arguments(_ nodes: String, _ form: String = "tree", _ more: [String] = []) -> [String] {
    ["bake", "--from", template.root, "--site", site, "--nodes", nodes, "--into", into, "--form", form] + more
  }

  func bake(_ nodes: String, _ form: String = "tree", _ more: [String] = []) async throws -> (
    answer: Answer, status: Int
  ) {
    let outcome = try await Imprint.run(arguments(nodes, form, more + ["--format", "json"]), seconds: 300)
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8)) else {
      throw TestTrouble("bake: \(outcome.said)")
    }
    return (answer, outcome.status)
  }

  /// What `cp -a` and an apply make of the template, and which files are another each time.
  func applied(_ node: String) async throws -> (record: TreeRecord, fresh: Set<String>) {
    var records: [TreeRecord] = []
    for name in ["reference-1", "reference-2"] {
      let root = try await scratch.copy(template.root, as: name)
      try await Imprint.run(["apply", node, "--root", root, "--site", site, "--yes"]).succeeded("apply")
      records.append(try TreeRecord(of: root))
      try FileManager.default.removeItem(atPath: root)
    }
    let fresh = records[0].entries.filter { records[1][$0.key]?.bytes != $0.value.bytes }.keys
    return (records[0].without(ExpectedTree.own), Set(fresh))
  }

  /// Where a tree is not what an apply on a copy makes, but for what is fresh each time.
  func differences(_ root: String, _ wanted: (record: TreeRecord, fresh: Set<String>)) throws -> [String] {
    var (now, expected) = (try TreeRecord(of: root).without(ExpectedTree.own), wanted.record)
    for path in wanted.fresh {
      if now[path]?.kind == .file, expected[path]?.kind == .file, now[path]?.bytes != expected[path]?.bytes {
        now.entries[path]?.bytes = []
        expected.entries[path]?.bytes = []
      }
    }
    return now.differences(from: expected, .restored)
  }

  /// What two of several trees have in common.
  static func twins(_ trees: [String]) async throws -> RealProgram.Outcome { try await Imprint.run(["twins"] + trees) }

  func exists(_ name: String) -> Bool {
    var status = stat()
    return lstat("\(into)/\(name)", &status) == 0
  }

  func inode(_ name: String) throws -> UInt64 {
    var status = stat()
    guard lstat("\(into)/\(name)", &status) == 0 else { throw TestTrouble("no \(name)") }
    return UInt64(status.st_ino)
  }

  /// What is being made, and what is left of it.
  var parts: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(into)/.imprint-bake")) ?? [])
      .filter { !$0.hasSuffix(".done") }.sorted()
  }

  /// A script that has the words of a bake as its own.
  func script(_ text: String, _ nodes: String, _ more: [String] = [], seconds: Int = 300) async throws
    -> RealProgram.Outcome
  {
    let words = [try Imprint.program.path] + arguments(nodes, "tree", more)
    return try await RealProgram.needed("bash").run(["-uc", text, into] + words, seconds: seconds)
  }
}
