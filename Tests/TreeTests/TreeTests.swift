import Foundation
import Testing
import Tree

/// A directory of the test's own with a tree inside and something beside it that must never be touched.
final class Outside {
  let path: String
  init(_ setup: String) throws {
    path = NSTemporaryDirectory() + "imprint-tree-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path + "/tree", withIntermediateDirectories: true)
    try "secret".write(toFile: path + "/outside", atomically: false, encoding: .utf8)
    try shell(setup)
  }
  deinit { _ = try? shell("chmod -R u+rwx . 2>/dev/null; rm -rf '\(path)'") }

  @discardableResult func shell(_ command: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = URL(fileURLWithPath: path + "/tree")
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }

  func tree() throws -> Tree { try Tree(root: path + "/tree") }
}

@Suite("The door to the tree")
struct TreeTests {
  @Test(
    "resolves links inside the tree as if it were the root",
    arguments: [
      ("ln -s /etc/real etc/link", "/etc/link", "/etc/real"),
      ("ln -s real etc/link", "/etc/link", "/etc/real"),
      ("ln -s ../../../../../../etc/real etc/link", "/etc/link", "/etc/real"),
      ("mkdir a && ln -s /etc a/b && ln -s a/b c", "/c/real", "/etc/real"),
      ("ln -s .. etc/up", "/etc/up/etc/up/etc/real", "/etc/real"),
      ("ln -s /missing/x etc/link", "/etc/link", "/missing/x"),
      ("ln -s ./././real etc/link", "/etc/link", "/etc/real"),
      ("ln -s missing/../../../../../outside etc/link", "/etc/link", "/outside"),
      ("ln -s missing/a/../b etc/link", "/etc/link/c", "/etc/missing/b/c"),
      ("true", "/a/b/c", "/a/b/c"),
    ])
  func resolution(_ setup: String, _ path: String, _ expected: String) throws {
    let place = try Outside("mkdir etc && echo inside >etc/real; \(setup)")
    #expect(try place.tree().resolve(#require(TreePath(path))).description == expected)
  }

  @Test(
    "never reads what lies outside",
    arguments: [
      "ln -s ../../outside etc/x", "ln -s $PWD/../outside etc/x", "ln -s /../../outside etc/x",
      "ln -s /proc/self/cwd/../outside etc/x", "ln -s /proc/self/root/etc/passwd etc/x",
    ])
  func confinement(_ setup: String) throws {
    let place = try Outside("mkdir etc; \(setup)")
    #expect(try place.tree().file("/etc/x") == nil)
  }

  @Test(
    "refuses what is no regular file, and does not hang on it",
    arguments: [
      ("mkfifo x", "FIFO"), ("mkdir x", "directory"),
      ("python3 -c 'import socket as s; s.socket(s.AF_UNIX).bind(\"x\")'", "socket"),
    ])
  func kinds(_ setup: String, _ kind: String) throws {
    let place = try Outside(setup)
    let error = #expect(throws: TreeError.self) { try place.tree().file("/x") }
    #expect(error?.code == .wrongKind)
    #expect(error?.description.contains(kind) == true)
  }

  @Test("names the link that leads to it")
  func link() throws {
    let place = try Outside("mkfifo x; ln -s x y")
    for tree in [try place.tree(), try CachedTree(place.tree())] as [any TreeReading] {
      let error = #expect(throws: TreeError.self) { try tree.file("/y") }
      #expect(error?.code == .wrongKind)
      #expect(
        error?.description
          == "cannot read /y: it leads to /x, and it is a FIFO, not a regular file (put a regular file in the link's place)"
      )
    }
  }

  @Test("names the link that leads to it where that is a directory on the way")
  func linkOnTheWay() throws {
    let place = try Outside(
      "mkdir -p opt/a/b etc; mkfifo opt/a/b/x; ln -s ../opt/a etc/a; ln -s b opt/a/c; ln -s etc f")
    for tree in [try place.tree(), try CachedTree(place.tree())] as [any TreeReading] {
      for (path, link) in [("/etc/a/b/x", "/etc/a"), ("/f/a/c/x", "/f/a/c"), ("/f/a/b/x", "/f/a")] {
        let asked = try #require(TreePath(path))
        let error = #expect(throws: TreeError.self) { try tree.file(asked) }
        #expect(
          error?.description
            == "cannot read \(path): it is /opt/a/b/x over the link \(link), and it is a FIFO, not a regular file (put a regular file there, or correct the link)"
        )
      }
    }
  }

  @Test(
    "names the link, and not what it leads to, where that should be a directory",
    arguments: [
      ("touch hosts; ln -s /hosts net", "/net: it leads to /hosts, and"),
      ("mkdir d; touch d/x; ln -s d/x/y net", "/net: it leads to /d/x, and"),
      ("touch hosts; ln -s hosts b; ln -s b net", "/b: it leads to /hosts, and"), ("touch net", "/net:"),
      ("mkdir d; touch d/x; ln -s d e; ln -s e/x net", "/net: it leads to /d/x, and"),
    ])
  func fileOnTheWay(_ setup: String, _ said: String) throws {
    let place = try Outside(setup)
    let error = #expect(throws: TreeError.self) { try place.tree().file("/net/interfaces") }
    #expect(error?.code == .wrongKind)
    #expect(
      error?.description.hasPrefix("cannot reach /net/interfaces through \(said) it is a regular file, not a directory")
        == true,
      "\(String(describing: error))")
    #expect(error?.advice?.contains("move it away") == !said.contains("leads"))
  }

  @Test("a link before a file that is in the way is not at fault")
  func innocentLink() throws {
    let place = try Outside("mkdir usr; touch usr/x; ln -s usr lib")
    let error = #expect(throws: TreeError.self) { try place.tree().file("/lib/x/y") }
    #expect(error?.description.contains("through /usr/x: it is a regular file") == true)
  }

  @Test("ends a loop of links with an error that names the first")
  func loop() throws {
    let place = try Outside("ln -s b a; ln -s a b")
    for path in ["/a", "/a/x"] as [TreePath] {
      let error = #expect(throws: TreeError.self) { try place.tree().file(path) }
      #expect(error?.code == .symbolicLinkLoop)
      #expect(
        error?.description == "cannot reach \(path): Too many levels of symbolic links (correct the link /a)")
    }
  }

  @Test("refuses a file that is far too large without reading it")
  func size() throws {
    let place = try Outside("truncate -s 100M x")
    let error = #expect(throws: TreeError.self) { try place.tree().file("/x") }
    #expect(error?.code == .tooLarge)
  }

  @Test("replaces one name of a hard link and leaves the other name's file alone")
  func hardLinks() throws {
    let place = try Outside("ln ../outside x")
    let tree = try place.tree()
    let file = try #require(try tree.file("/x"))
    try tree.create("/.new", Array("new".utf8), file.attributes, like: "/x")
    try tree.rename("/.new", to: "/x")
    #expect(try place.shell("cat x ../outside") == "newsecret")
  }

  @Test("rewrites no file in place that has a second name")
  func overwriting() throws {
    let place = try Outside("ln ../outside x")
    let tree = try place.tree()
    let file = try #require(try tree.file("/x"))
    let error = #expect(throws: TreeError.self) { try tree.overwrite("/x", [], file.attributes) }
    #expect(error?.code == .busy)
    #expect(try place.shell("cat ../outside") == "secret")
  }

  @Test("does not follow a directory that became a link after it was looked at")
  func swapped() throws {
    let place = try Outside("mkdir etc elsewhere ../victim; echo 1 >etc/a")
    let tree = try place.tree()
    let attributes = try #require(try tree.status("/etc/a")).attributes
    try place.shell("mv etc old; ln -s ../victim etc")
    try tree.create("/etc/b", [1], attributes)
    #expect(try place.shell("ls ../victim") == "")
  }

  @Test("keeps extended attributes on what it creates in a file's place")
  func attributes() throws {
    let place = try Outside("echo 1 >x; setfattr -n user.note -v kept x 2>/dev/null || true")
    guard try place.shell("getfattr --only-values -n user.note x 2>/dev/null") == "kept" else { return }
    let tree = try place.tree()
    try tree.create("/y", [1], #require(try tree.file("/x")).attributes, like: "/x")
    #expect(try place.shell("getfattr --only-values -n user.note y") == "kept")
  }

  @Test("gives a new file the label that the tree's own policy has for its final path")
  func labels() throws {
    let place = try Outside(
      """
      mkdir -p etc/selinux/targeted/contexts/files var/lib/nova/.ssh
      printf 'SELINUX=enforcing\nSELINUXTYPE=targeted\n' >etc/selinux/config
      printf '/.*\tsystem_u:object_r:default_t:s0\n/var/lib/nova/\\.ssh(/.*)?\tsystem_u:object_r:ssh_home_t:s0\n' \
        >etc/selinux/targeted/contexts/files/file_contexts
      """)
    let tree = try place.tree()
    #expect(tree.label(for: "/var/lib/nova/.ssh/config", kind: .regular) == "system_u:object_r:ssh_home_t:s0")
    #expect(tree.label(for: "/etc/hosts", kind: .regular) == "system_u:object_r:default_t:s0")
    guard geteuid() == 0 else { return }
    let attributes = FileAttributes(owner: 0, group: 0, mode: FileMode(0o600))
    try tree.create("/var/lib/nova/.ssh/.new", [1], attributes, labelledFor: "/var/lib/nova/.ssh/config")
    let label = try place.shell("getfattr --only-values -n security.selinux var/lib/nova/.ssh/.new | tr -d '\\0'")
    #expect(label == "system_u:object_r:ssh_home_t:s0")
  }

  @Test(
    "asks no policy that is disabled, absent, or reached outside the tree",
    arguments: [
      "true", "mkdir -p etc/selinux; printf 'SELINUX=disabled\nSELINUXTYPE=targeted\n' >etc/selinux/config",
      "mkdir -p etc/selinux; printf 'SELINUX=enforcing\nSELINUXTYPE=../../../outside\n' >etc/selinux/config",
    ])
  func noLabels(_ setup: String) throws {
    #expect(try Outside(setup).tree().label(for: "/etc/hosts", kind: .regular) == nil)
  }

  @Test(
    "parses paths and refuses those that climb",
    arguments: [
      ("/etc//hosts/", "/etc/hosts"), ("etc/./hosts", "/etc/hosts"), ("/", "/"), ("a/../b", nil), ("a\0b", nil),
    ])
  func paths(_ text: String, _ expected: String?) { #expect(TreePath(text)?.description == expected) }

  @Test("takes names for the same where all their bytes are, and not where they only look alike")
  func names() throws {
    let place = try Outside("printf one >$'\\xc3\\xa9'; printf two >$'e\\xcc\\x81'")
    let tree = try CachedTree(place.tree())
    let paths = try ["/\u{E9}", "/e\u{301}"].map { try #require(TreePath($0)) }
    #expect(paths[0] != paths[1] && Set(paths).count == 2)
    #expect(try paths.map { try tree.file($0)?.bytes } == [Array("one".utf8), Array("two".utf8)])
    // Longer and shorter than what is hashed of it.
    let more = ["/", "/a", "/etc/hosts", "/etc/sysconfig/network-scripts/ifcfg-ens33"].compactMap(TreePath.init)
    #expect(Set(more + more.map { $0.appending("x") }).count == 8)
    #expect(more.allSatisfy { $0.appending("x").parent == $0 })
  }

  @Test("lists a directory sorted, without . and ..")
  func listing() throws {
    let place = try Outside("touch b a; mkdir c")
    #expect(try place.tree().entries("/")?.map(\.name) == ["a", "b", "c"])
    #expect(try place.tree().entries("/none") == nil)
  }

  @Test("a file that replaces one without an ACL has none either, whatever its directory hands down")
  func inheritedACL() throws {
    let place = try Outside("mkdir etc && echo old >etc/secret && chmod 640 etc/secret && setfacl -d -m u:1000:rwx etc")
    let tree = try place.tree()
    let old = try #require(try tree.file("/etc/secret"))
    try tree.create("/etc/.new", Array("new".utf8), old.attributes, like: "/etc/secret")
    let said = try place.shell("getfacl -cpn etc/.new")
    #expect(said.contains("user::rw-") && said.contains("group::r--") && !said.contains("1000"), "\(said)")
    #expect(try place.shell("getfacl -cpn etc").contains("default:user:1000:rwx"), "the directory keeps its own")
  }

  @Test(
    "a tree that is read once says what the tree says, also of what a crowded directory lacks",
    arguments: [
      "true", "rmdir etc", "mv etc elsewhere && ln -s elsewhere etc", "rmdir etc && : >etc",
      "touch etc/hosts etc/host etc/hostnames", "mkdir -p etc/a/b && : >etc/a/b/c && ln -s a etc/link",
      "for ((i = 0; i < 3000; i++)); do : >etc/a-name-that-is-not-short-$i; done; : >etc/hosts",
      "mkdir -p var/lib/nova && : >var/lib/nova/compute_id && ln -s ../etc var/lib/etc && : >etc/hosts",
      "ln -s nowhere etc/link", "ln -s ../var etc/a && mkdir -p var/b && : >var/b/c", "printf x >$'etc/a\\xff'",
    ])
  func readOnce(_ setup: String) throws {
    let place = try Outside("mkdir etc; \(setup)")
    let (tree, once) = (try place.tree(), try CachedTree(place.tree()))
    let paths: [TreePath] = [
      "/etc", "/etc/hosts", "/etc/host", "/etc/hostname", "/etc/h", "/etc/hosts/x", "/etc/a", "/etc/a/b", "/etc/a/b/c",
      "/etc/link", "/etc/link/b/c", "/etc/missing/b/c", "/etc/a-name-that-is-not-short-2999",
      "/etc/a-name-that-is-not-short-3000", "/etc2", "/var/lib", "/var/lib/nova", "/var/lib/nova/compute_id",
      "/var/lib/x/y",
      "/var/lib/etc/hosts", "/", "/e",
    ]
    func answer<Answer>(_ ask: () throws -> Answer) -> String {
      do { return "\(try ask())" } catch { return "\(error)" }
    }
    for path in paths {
      for _ in 0..<2 {
        #expect(answer { try once.status(path) } == answer { try tree.status(path) }, "status of \(path)")
        #expect(answer { try once.resolve(path) } == answer { try tree.resolve(path) }, "resolving \(path)")
        #expect(answer { try once.entries(path) } == answer { try tree.entries(path) }, "entries of \(path)")
        #expect(answer { try once.file(path) } == answer { try tree.file(path) }, "file at \(path)")
      }
    }
  }
}
