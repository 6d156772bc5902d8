import Foundation
import Support
import Testing

/// The packages in roots that have nothing: no /proc, /sys or /dev, no library, and a static shell for the package's scripts.
@Suite(.enabled(if: Packages.arePossible)) struct BareRootTests {
  @Test func `each package is smaller than 20 MB`() async throws {
    let packages = try await Packages.made
    for file in [packages.tar, packages.deb, packages.rpm] {
      let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? .max
      // A program that is built for debugging is some three times as large.
      #expect(size < (Packages.areForDebugging ? 40_000_000 : 20_000_000), "\(file)")
    }
  }

  @Test(arguments: Kind.allCases)
  func `it says its version, commit and libraries, and loads nothing but its own`(kind: Kind) async throws {
    let scratch = try Scratch()
    let root = try await kind.installed(at: scratch)
    // A host whose caches would lead elsewhere.
    for name in ["cache", "preload"] { try scratch.write("/lib/evil.so\n", to: "root/etc/ld.so.\(name)") }
    let (said, trace) = try await root.traced(["-e", "trace=execve,open,openat"], ["--version"])
    #expect(said.output.hasPrefix("imprint \(try Self.version)\ncommit "), "\(said.said)")
    for library in ["libc6 2.", "libsystemd0 2", "swift 6.", "libselinux1 "] {
      #expect(said.output.contains("\n  \(library)"), "\(said.output)")
    }
    let opened = trace.compactMap { $0.split(separator: "\"").dropFirst().first }
    #expect(opened.contains("/opt/imprint/lib/libc.so.6"))
    #expect(opened.allSatisfy { !$0.contains(".so") || $0.hasPrefix("/opt/imprint/lib/") }, "\(opened)")
  }

  @Test(arguments: Kind.allCases)
  func `it plans, applies, verifies and rolls back, and a host's library path is nothing to it`(kind: Kind) async throws
  {
    let scratch = try Scratch()
    let root = try await kind.installed(at: scratch)
    let node = try await root.nodeWithKeys(scratch)
    try scratch.write("no library\n", to: "root/evil/libc.so.6")
    let evil = ["LD_LIBRARY_PATH": "/evil", "LANG": "xx_XX.UTF-8", "TZ": "Nowhere/Land"]
    let before = try TreeRecord(of: "\(root.path)/node").without(["/var/lib/imprint"])
    let arguments = ["compute2", "--root", "/node", "--site", "/site.toml"]
    let planned = try await root.run(["/usr/bin/imprint", "plan"] + arguments, environment: evil).succeeded("plan")
    #expect(planned.output.contains("+my_ip = 192.168.10.22"), "\(planned.output)")
    try await root.run(["/usr/bin/imprint", "apply", "--yes"] + arguments, environment: evil).succeeded("apply")
    try await root.run(["/usr/bin/imprint", "verify"] + arguments, environment: evil).succeeded("verify")
    // The plain program agrees.
    try await Imprint.run(
      ["verify", "compute2", "--root", "\(root.path)/node", "--site", "\(root.path)/site.toml"]
    ).succeeded("verify from outside")
    try await root.imprint("rollback", "--root", "/node").succeeded("rollback")
    let after = try TreeRecord(of: "\(root.path)/node").without(["/var/lib/imprint"])
    #expect(after.differences(from: before, .restored) == [])
    _ = node
  }

  @Test(arguments: Kind.allCases)
  func `on a kernel that has none of the newer system calls and no random device, the same`(kind: Kind) async throws {
    let scratch = try Scratch()
    let root = try await kind.installed(at: scratch)
    _ = try await root.nodeWithKeys(scratch)
    let arguments = ["compute2", "--root", "/node", "--site", "/site.toml"]
    for command in [["plan"], ["apply", "--yes"], ["verify"]] {
      let (outcome, trace) = try await root.traced(BareRoot.oldKernel, command + arguments)
      try outcome.succeeded(command[0])
      #expect(trace.contains { $0.contains("ENOSYS") })
    }
  }

  @Test func `on a kernel without getrandom, too, with the device or without`() async throws {
    let scratch = try Scratch()
    let root = try await Kind.deb.installed(at: scratch)
    _ = try await root.nodeWithKeys(scratch)
    let calls = "getrandom,\(BareRoot.newerCalls)"
    let kernel = ["-e", "inject=\(calls):error=ENOSYS", "-e", "trace=\(calls),execve"]
    // Where Swift's runtime is a library, it wants a seed before anything of the program has begun.
    if Packages.areForDebugging {
      let script = "mkdir '\(root.path)/dev' && mknod '\(root.path)/dev/urandom' c 1 9"
      try await RealProgram.needed("sh").run(["-c", script]).succeeded("a random device")
    }
    for command in [["plan"], ["apply", "--yes"], ["verify"]] {
      let (outcome, trace) = try await root.traced(
        kernel, command + ["compute2", "--root", "/node", "--site", "/site.toml"])
      try outcome.succeeded(command[0])
      #expect(trace.contains { $0.contains("getrandom") && $0.contains("ENOSYS") })
    }
  }

  @Test(arguments: Kind.allCases)
  func `what stands in etc/imprint outlives install, upgrade and removal, and so does the node's state`(kind: Kind)
    async throws
  {
    let scratch = try Scratch()
    try scratch.write("# mine\n", to: "root/etc/imprint/site.toml")
    try scratch.write("# mine, too\n", to: "root/etc/imprint/profiles/centos7-rdo.toml")
    try scratch.write("NODE=compute\n", to: "root/var/lib/imprint/identity")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o700], ofItemAtPath: "\(scratch.path)/root/var/lib/imprint")
    let root = try await kind.installed(at: scratch)
    try await kind.upgrade(root)
    #expect(root.exists("/usr/bin/imprint"))
    try await kind.remove(root)
    #expect(!root.exists("/usr/bin/imprint") && !root.exists("/opt/imprint"))
    #expect(!root.exists("/usr/lib/systemd/system/imprint-boot.service"))
    #expect(!root.exists("/usr/share/doc/imprint"))
    #expect(try root.text("/etc/imprint/site.toml") == "# mine\n")
    #expect(try root.text("/etc/imprint/profiles/centos7-rdo.toml") == "# mine, too\n")
    #expect(try root.text("/var/lib/imprint/identity") == "NODE=compute\n")
  }

  @Test(arguments: [Kind.deb, .rpm])
  func `a machine that is held back keeps it, and is told why`(kind: Kind) async throws {
    let scratch = try Scratch()
    let root = try await kind.installed(at: scratch)
    try scratch.write("nobody knows this machine\n", to: "root/run/imprint/fenced")
    let refused = try await kind.tryToRemove(root)
    #expect(refused.status != 0)
    #expect(refused.said.contains("held back from the network: nobody knows this machine"), "\(refused.said)")
    #expect(root.exists("/opt/imprint/bin/imprint"))
  }

  @Test func `the bundle runs from wherever it was unpacked, once it is told`() async throws {
    let scratch = try Scratch()
    let root = try BareRoot(at: "\(scratch.path)/root")
    try await RealProgram.needed("tar").run(["-C", root.path, "-xzf", Packages.made.tar]).succeeded("tar")
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: root.path).first { $0.hasPrefix("imprint-") })
    let long = "/" + String(repeating: "long/", count: 30)
    try FileManager.default.createDirectory(atPath: root.path + long, withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: "\(root.path)/\(name)", toPath: "\(root.path)\(long)\(name)")
    let relocate = RealProgram(path: "\(root.path)\(long)\(name)/relocate")
    #expect(try await root.run(["\(long)\(name)/bin/imprint", "--version"]).status != 0)
    try await relocate.run([long + name]).succeeded("relocate")
    let said = try await root.run(["\(long)\(name)/bin/imprint", "--version"]).succeeded("--version")
    #expect(said.output.contains("\n  libc6 "))
    #expect(try await relocate.run([long + long + name]).error.contains("too long"))
    try await root.run(["\(long)\(name)/bin/imprint", "--version"]).succeeded("after a refusal")
  }

  private static var version: String {
    get throws {
      let text = try String(contentsOfFile: "\(Repository.path)/Sources/imprint/Version.swift", encoding: .utf8)
      return try #require(text.firstMatch(of: /number = "(.*)"/)).1.description
    }
  }
}

extension BareRoot {
  /// A node that has its keys, so that what is left to do needs no ssh-keygen, which a bare root has none of: another address.
  func nodeWithKeys(_ scratch: Scratch) async throws -> LabNode {
    let node = try await LabNode(in: scratch)
    try await node.run("apply").succeeded("apply from outside")
    try FileManager.default.moveItem(atPath: node.root, toPath: "\(path)/node")
    let site = try String(contentsOfFile: node.site, encoding: .utf8)
    try LabNode.write(site.replacingOccurrences(of: "192.168.10.21", with: "192.168.10.22"), "\(path)/site.toml")
    return node
  }
}
