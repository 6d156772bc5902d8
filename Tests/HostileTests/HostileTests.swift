import Foundation
import Support
import Synchronization
import Testing

/// Trees that were made to lead a program astray. Nothing outside is ever touched, nothing hangs, nothing crashes, and
/// an apply that refuses has changed nothing.
@Suite("Hostile trees: confined, all or none, and a message that says why", .serialized)
struct HostileTests {
  /// What imprint reads or writes of the lab's node.
  static let files = [
    "/etc/os-release", "/etc/hostname", "/etc/hosts", "/etc/sysconfig/network",
    "/etc/sysconfig/network-scripts/ifcfg-ens33", "/etc/sysconfig/network-scripts/ifcfg-lo", "/etc/passwd",
    "/etc/group",
    "/etc/shadow", "/etc/shells", "/etc/nova/nova.conf", "/usr/share/nova/nova-dist.conf", "/etc/neutron/neutron.conf",
    "/etc/neutron/plugins/ml2/linuxbridge_agent.ini", "/etc/machine-id", "/var/lib/dbus/machine-id",
    "/var/lib/systemd/random-seed", "/var/lib/nova/compute_id", "/var/lib/nova/.ssh/id_ed25519",
    "/var/lib/nova/.ssh/id_ed25519.pub", "/var/lib/nova/.ssh/authorized_keys", "/var/lib/dhclient/dhclient-ens33.lease",
    "/etc/iscsi/initiatorname.iscsi", "/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_ed25519_key.pub",
    "/etc/ssh/sshd_config", "/usr/bin/bash",
  ]

  @Test("A tree without anything in /var, or without /var, is done at the first try", arguments: [true, false])
  func noVar(_ isThere: Bool) async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let place = "\(node.root)/var"
    try FileManager.default.removeItem(atPath: place)
    if isThere { try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false) }
    let outcome = try await node.run("apply")
    #expect(outcome.status == 0, "\(outcome.said)")
    #expect(try await node.run("verify").status == 0)
  }

  @Test("Anything that can stand where a file should is taken for what it is", arguments: Impostor.allCases)
  func impostors(_ impostor: Impostor) async throws {
    let scratch = try Scratch()
    let lab = try await LabNode(in: scratch)
    for (index, path) in Self.files.enumerated() {
      let node = try await lab.copy(as: "case-\(index)")
      defer { node.remove() }
      guard try impostor.replace(path, in: node, seed: UInt64(index + 1)) else { continue }
      // Of a link that leads nowhere in the tree, where it leads is named.
      let name = impostor.isLink ? nil : (path as NSString).lastPathComponent
      let (_, problems) = try await Attack(node, names: name).carryOut()
      #expect(problems.isEmpty, "\(impostor.rawValue) at \(path):\n  \(problems.joined(separator: "\n  "))")
    }
  }

  static let directories = [
    "/etc", "/etc/nova", "/etc/ssh", "/etc/sysconfig/network-scripts", "/var", "/var/lib", "/var/lib/nova",
    "/var/lib/nova/.ssh", "/var/lib/imprint", "/var/lib/imprint/transactions", "/var/lib/systemd",
  ]

  @Test("A directory that is a link out, a loop or a file leads nowhere outside", arguments: directories)
  func directoryLinks(_ path: String) async throws {
    let scratch = try Scratch()
    let lab = try await LabNode(in: scratch)
    let up = String(repeating: "../", count: 12)
    let targets = [
      lab.outside, up + lab.outside.dropFirst(), "/proc/self/root\(lab.outside)", "/proc/self/cwd", "/", ".",
      (path as NSString).lastPathComponent, "/etc", "",
    ]
    for (index, target) in targets.enumerated() {
      let node = try await lab.copy(as: "case-\(index)")
      defer { node.remove() }
      let place = "\(node.root)\(path)"
      let parent = (place as NSString).deletingLastPathComponent
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      if path.hasPrefix("/var/lib/imprint/") { chmod(parent, 0o700) }
      if FileManager.default.fileExists(atPath: place) { try FileManager.default.removeItem(atPath: place) }
      if target.isEmpty {
        try LabNode.write("a file\n", place)
      } else {
        let text = target.replacingOccurrences(of: lab.folder, with: node.folder)
        guard symlink(text, place) == 0 else { throw TestTrouble("symlink: \(errno)") }
      }
      let link = try TreeRecord(of: parent)
      let (status, problems) = try await Attack(node).carryOut()
      #expect(problems.isEmpty, "\(path) → \(target):\n  \(problems.joined(separator: "\n  "))")
      if path.hasPrefix("/var/lib/imprint") {
        #expect(status == 65, "\(path) → \(target)")
        #expect(try TreeRecord(of: parent).differences(from: link, .restored).isEmpty)
      }
    }
  }

  @Test("A file that would be made below a link to nowhere is named by plan already, and nothing is made")
  func danglingLink() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let keys = "\(node.root)/var/lib/nova/.ssh/authorized_keys"
    unlink(keys)
    guard symlink("/nowhere/keys", keys) == 0 else { throw TestTrouble("symlink: \(errno)") }
    let before = try TreeRecord(of: node.root)
    for command in ["plan", "apply", "verify"] {
      let outcome = try await node.run(command)
      #expect(
        outcome.status == 65 && outcome.error.contains("leads to /nowhere/keys, which is outside of nova's home"),
        "\(outcome.said)")
    }
    #expect(try TreeRecord(of: node.root).differences(from: before, .untouched) == [])
  }

  @Test("Two names of one file, both to be changed, are changed and come back")
  func hardLinkedPair() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let id = "\(node.root)/var/lib/dbus/machine-id"
    unlink(id)
    guard link("\(node.root)/etc/machine-id", id) == 0 else { throw TestTrouble("link: \(errno)") }
    let (status, problems) = try await Attack(node).carryOut(andSeal: false)
    #expect(status == 0)
    #expect(problems.isEmpty, "\(problems)")
    #expect(
      try TreeRecord(of: node.root)["/etc/machine-id"]?.inode
        == TreeRecord(of: node.root)["/var/lib/dbus/machine-id"]?.inode)
  }

  @Test("Files of 100 MB and sparse ones of 10 GB are refused by name, in no time and no memory")
  func largeFiles() async throws {
    let scratch = try Scratch()
    let lab = try await LabNode(in: scratch)
    for (index, path) in Self.files.enumerated() {
      for size in [100 << 20, 10 << 30] {
        let node = try await lab.copy(as: "case-\(index)-\(size)")
        defer { node.remove() }
        guard truncate("\(node.root)\(path)", off_t(size)) == 0 else { throw TestTrouble("truncate: \(errno)") }
        let (_, problems) = try await Attack(
          node, names: (path as NSString).lastPathComponent, large: path
        ).carryOut()
        #expect(problems.isEmpty, "\(size) bytes at \(path):\n  \(problems.joined(separator: "\n  "))")
      }
    }
  }

  @Test("Immutable files and directories stop it before anything is changed, by name")
  func immutable() async throws {
    guard LabNode.isRoot, let chattr = RealProgram.find("chattr") else { return }
    let scratch = try Scratch()
    let lab = try await LabNode(in: scratch)
    let places = [
      "/etc/hosts", "/etc/passwd", "/etc/nova/nova.conf", "/etc/machine-id", "/var/lib/dhclient/dhclient-ens33.lease",
      "/etc", "/etc/nova", "/var/lib", "/var/lib/nova/.ssh", "/etc/sysconfig/network-scripts",
    ]
    for (index, path) in places.enumerated() {
      for flag in ["i", "a"] {
        let node = try await lab.copy(as: "case-\(index)-\(flag)")
        defer { node.remove() }
        guard try await chattr.run(["+\(flag)", "\(node.root)\(path)"]).status == 0 else {
          return RealProgram.missing("a file system with chattr +\(flag)")
        }
        let result: Result<(status: Int, problems: [String]), any Error>
        do { result = .success(try await Attack(node, names: path).carryOut()) } catch { result = .failure(error) }
        try await chattr.run(["-\(flag)", "\(node.root)\(path)"]).succeeded("chattr -\(flag)")
        let (status, problems) = try result.get()
        #expect(problems.isEmpty, "+\(flag) \(path):\n  \(problems.joined(separator: "\n  "))")
        // What only takes new names takes the state directory.
        #expect(status == (flag == "a" && path == "/var/lib" ? 0 : 74), "+\(flag) \(path)")
      }
    }
  }

  @Test("A read-only mount in the way stops it before anything is changed, and a plan says so")
  func readOnly() async throws {
    guard LabNode.isRoot, let unshare = RealProgram.find("unshare") else { return }
    let scratch = try Scratch()
    let lab = try await LabNode(in: scratch)
    let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\""
    for (index, path) in ["", "/etc/nova", "/etc/hosts", "/var/lib", "/usr"].enumerated() {
      let node = try await lab.copy(as: "case-\(index)")
      defer { node.remove() }
      let before = try node.record()
      let (plan, apply) = try await (run("plan"), run("apply"))
      func run(_ command: String) async throws -> RealProgram.Outcome {
        try await unshare.run(
          ["--mount", "--propagation", "private", "sh", "-c", script, node.root + path, Imprint.program.path]
            + node.arguments(command))
      }
      #expect(plan.status == (path == "/usr" ? 0 : 74), "\(path): \(plan.said)")
      #expect(plan.status == apply.status, "\(path): \(apply.said)")
      if path != "/usr" { #expect(try node.record().differences(from: before, .restored) == []) }
    }
  }

  // MARK: ordinary users

  private static let nobody = 65534

  /// Whether this machine lets us be somebody else who can reach the program and the trees.
  private func canBeNobody(_ scratch: Scratch) async throws -> Bool {
    guard LabNode.isRoot, let setpriv = RealProgram.find("setpriv") else { return false }
    chmod(scratch.path, 0o755)
    let trial = try await setpriv.run([
      "--reuid=\(Self.nobody)", "--regid=\(Self.nobody)", "--clear-groups", Imprint.program.path, "--version",
    ])
    if trial.status != 0 { RealProgram.missing("a build folder that an ordinary user can reach") }
    return trial.status == 0
  }

  private func give(_ node: LabNode, to user: Int) async throws {
    try await RealProgram.needed("chown").run(["-hR", "\(user):\(user)", node.root]).succeeded("chown")
  }

  @Test("A stranger changes nothing of a tree that is not theirs, and is told so")
  func stranger() async throws {
    let scratch = try Scratch()
    guard try await canBeNobody(scratch) else { return }
    let node = try await LabNode(in: scratch)
    let (status, problems) = try await Attack(node, user: Self.nobody).carryOut()
    #expect(status == 77)
    #expect(problems.isEmpty, "\(problems)")
  }

  @Test("The owner of a tree does the whole job without being root")
  func owner() async throws {
    let scratch = try Scratch()
    guard try await canBeNobody(scratch) else { return }
    let node = try await LabNode(in: scratch)
    try await give(node, to: Self.nobody)
    let attack = Attack(node, user: Self.nobody)
    let (status, problems) = try await attack.carryOut()
    #expect(status == 0)
    #expect(problems.isEmpty, "\(problems)")
    #expect(try await attack.run("apply").status == 0)
    #expect(try await attack.run("verify").status == 0)
  }

  @Test("What the owner may not read or write stops the whole of it, by name")
  func unreadable() async throws {
    let scratch = try Scratch()
    guard try await canBeNobody(scratch) else { return }
    let lab = try await LabNode(in: scratch)
    try await give(lab, to: Self.nobody)
    let closed: [(String, mode_t)] = [
      ("/etc/hosts", 0), ("/etc/passwd", 0), ("/etc/nova/nova.conf", 0o200), ("/etc/ssh/ssh_host_ed25519_key", 0),
      ("/etc", 0o555), ("/etc/nova", 0o555), ("/etc/nova", 0), ("/var/lib", 0o555), ("/var/lib/nova/.ssh", 0o555),
    ]
    for (index, (path, mode)) in closed.enumerated() {
      let node = try await lab.copy(as: "case-\(index)")
      defer { node.remove() }
      chmod("\(node.root)\(path)", mode)
      let (status, problems) = try await Attack(node, names: path, user: Self.nobody).carryOut()
      let what = "\(String(mode, radix: 8)) \(path): exit \(status)"
      #expect(problems.isEmpty, "\(what):\n  \(problems.joined(separator: "\n  "))")
      // Its own file may be replaced without being read; its own closed .ssh is given the right mode.
      #expect(status == 77 || path.hasPrefix("/etc/ssh/") || path.hasSuffix(".ssh"), "\(what)")
    }
  }

  @Test("What somebody else's is in one's own tree stops the whole of it, by name")
  func foreign() async throws {
    let scratch = try Scratch()
    guard try await canBeNobody(scratch) else { return }
    let lab = try await LabNode(in: scratch)
    try await give(lab, to: Self.nobody)
    let foreign: [(String, uid_t, gid_t)] = [
      ("/etc/hosts", 0, 65534), ("/etc/hosts", 65534, 7), ("/var/lib/dhclient/dhclient-ens33.lease", 0, 0),
      ("/etc/ssh/ssh_host_ed25519_key", 0, 0), ("/etc/nova", 0, 0), ("/var/lib/nova/.ssh", 0, 0),
    ]
    for (index, (path, owner, group)) in foreign.enumerated() {
      let node = try await lab.copy(as: "case-\(index)")
      defer { node.remove() }
      chown("\(node.root)\(path)", owner, group)
      let (status, problems) = try await Attack(node, user: Self.nobody).carryOut()
      #expect(status == 77 && problems.isEmpty, "\(owner):\(group) \(path):\n  \(problems.joined(separator: "\n  "))")
    }
  }

  // MARK: while it runs

  /// Runs `applies` applies while `body` goes on in a thread of its own.
  private func during(
    _ applies: Int, _ node: LabNode, _ body: @escaping @Sendable () -> Void
  ) async throws -> [RealProgram.Outcome] {
    // A thread and not a task: it would hold one of the few on which all tests run.
    let isOver = Atomic(false)
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      while !isOver.load(ordering: .relaxed) { body() }
      ended.signal()
    }
    defer {
      isOver.store(true, ordering: .relaxed)
      ended.wait()
    }
    var outcomes: [RealProgram.Outcome] = []
    for _ in 0..<applies {
      outcomes.append(try await node.run("apply", seconds: 20))
      _ = try await node.run("rollback", seconds: 20)
    }
    return outcomes
  }

  @Test(
    "A directory that is swapped for a link out and back, all the while, never leads outside",
    arguments: [
      "/etc", "/var/lib/nova", "/etc/nova", "/var/lib",
    ])
  func swapper(_ path: String) async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let outside = try TreeRecord(of: node.outside)
    let place = "\(node.root)\(path)"
    // Outside there is all that could be written over.
    let outcomes = try await during(40, node) {
      rename(place, place + ".real")
      symlink(node.outside, place)
      usleep(UInt32.random(in: 0...300))
      unlink(place)
      rename(place + ".real", place)
      usleep(UInt32.random(in: 0...3000))
    }
    for outcome in outcomes where !Attack.refusals.union([0, 2, 75]).contains(outcome.status) {
      Issue.record("\(outcome.said)")
    }
    #expect(try TreeRecord(of: node.outside).differences(from: outside, .untouched) == [])
    let recovery = try await node.run("recover")
    #expect(recovery.status == 0, "\(recovery.said)")
    #expect(try TreeRecord(of: node.root).entries.keys.filter { $0.contains("/.imprint-") } == [])
  }

  @Test("A file that somebody keeps editing is not overwritten with what it was")
  func writer() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let hosts = "\(node.root)/etc/hosts"
    let outcomes = try await during(40, node) {
      let descriptor = open(hosts, O_WRONLY | O_APPEND | O_CLOEXEC)
      if descriptor >= 0 {
        _ = write(descriptor, "#\n", 2)
        close(descriptor)
      }
      usleep(UInt32.random(in: 2000...40000))
    }
    for outcome in outcomes where ![0, 2, 65].contains(outcome.status) { Issue.record("\(outcome.said)") }
    for outcome in outcomes where outcome.status == 65 { #expect(outcome.error.contains("/etc/hosts")) }
    #expect(try TreeRecord(of: node.root).entries.keys.filter { $0.contains("/.imprint-") } == [])
  }

  @Test("A damaged, foreign or hostile journal is named and nothing else is lost")
  func journals() async throws {
    let scratch = try Scratch()
    let lab = try await LabNode(in: scratch)
    try await lab.run("apply").succeeded("apply")
    let store = "\(lab.root)/var/lib/imprint/transactions"
    let id = try #require(try FileManager.default.contentsOfDirectory(atPath: store).first)
    let journal = try Data(contentsOf: URL(fileURLWithPath: "\(store)/\(id)/journal"))
    var numbers = SeededNumbers(seed: 9)
    for index in 0..<60 {
      let node = try await lab.copy(as: "case-\(index)")
      defer { node.remove() }
      let file = "\(node.root)/var/lib/imprint/transactions/\(id)/journal"
      var bytes = journal
      switch index % 4 {
      case 0: bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &numbers))
      case 1: bytes[Int.random(in: 0..<bytes.count, using: &numbers)] ^= UInt8.random(in: 1...255, using: &numbers)
      case 2: bytes = numbers.data(500)
      default: bytes += Data("\naborti".utf8)
      }
      try bytes.write(to: URL(fileURLWithPath: file))
      let images = try TreeRecord(of: "\(node.root)/var/lib/imprint").entries.count
      let before = try node.record()
      for command in ["recover", "history", "status", "rollback"] {
        let outcome = try await node.run(command, seconds: 20)
        #expect([0, 64, 65].contains(outcome.status), "\(index) \(command): \(outcome.said)")
        if outcome.status == 65 { #expect(outcome.error.contains(id)) }
        guard command != "rollback" else { continue }
        #expect(try TreeRecord(of: "\(node.root)/var/lib/imprint").entries.count == images, "\(index) \(command)")
        #expect(try node.record().differences(from: before, .restored) == [])
      }
    }
  }
}
