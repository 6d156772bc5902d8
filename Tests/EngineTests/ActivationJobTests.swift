import Fixups
import Glibc
import Live
import Site
import Support
import Synchronization
import Testing
import Transaction
import Tree

@testable import Engine

/// A running system that does what it is told and remembers it. Real ones run on booted machines; here it is the failures
/// that count, at the moments that a test chooses.
final class PaperSystem: RunningSystem {
  struct Memory: Sendable {
    var live: LiveState
    var done: [String] = []
    var links: [LinkChange] = []
    var failing: Set<String> = []
    /// Done, and down again a moment later.
    var falling: Set<String> = []
  }
  let memory: Mutex<Memory>

  init(_ live: LiveState, failing: Set<String> = []) { memory = Mutex(Memory(live: live, failing: failing)) }

  @LiveActor func state(of units: [UnitName]) async throws -> LiveState { memory.withLock(\.live) }

  @LiveActor func perform(_ step: ActivationStep) async throws {
    try memory.withLock { memory in
      let words = step.consequence.action.words
      if memory.failing.contains(words) { throw EngineError(.unavailable, "\(words) does not work today") }
      memory.done.append(words)
      if let link = step.link {
        memory.links.append(link)
        memory.live.links[link.interface] = link.expected
      }
      if case .restart(let unit) = step.consequence.action { memory.live.units[unit] = .init(.running, started: .max) }
      if case .setHostname(let name) = step.consequence.action { memory.live.hostname = name }
    }
  }

  @LiveActor func watch(_ step: ActivationStep) async throws {
    let words = step.consequence.action.words
    if memory.withLock({ $0.falling.contains(words) }) { throw EngineError(.unavailable, "\(words) did not last") }
  }

  @LiveActor func startHeldBack(_ units: [UnitName]) async throws {
    memory.withLock { $0.done.append("start what was held back") }
  }

  var done: [String] { memory.withLock(\.done) }
}

/// One activation on a directory of its own.
@Suite final class ActivationJobTests {
  let root: String
  let tree: Tree
  let platform: Platform

  init() throws {
    var template = Array("/tmp/imprint-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    tree = try Tree(root: root)
    platform = try #require(Platform.named("debian12"))
    try put("etc/hostname", "compute\n")
    try put("etc/network/interfaces", Self.interfaces("192.168.10.20"))
    try put("etc/nova/nova.conf", "[DEFAULT]\nmy_ip = 192.168.10.20\n")
    for directory in ["var/lib", "run"] { try #require(system("mkdir -p \(root)/\(directory)") == 0) }
  }

  deinit { _ = system("rm -rf \(root)") }

  static func interfaces(_ address: String) -> String {
    """
    auto ens33
    iface ens33 inet static
      address \(address)/24
    iface ens34 inet static
      address 192.168.20.20/24

    """
  }

  private func put(_ path: String, _ text: String) throws {
    try #require(system("mkdir -p $(dirname \(root)/\(path))") == 0)
    let file = try #require(fopen("\(root)/\(path)", "w"))
    fputs(text, file)
    fclose(file)
  }

  private func text(_ path: TreePath) throws -> String {
    String(decoding: try #require(try tree.file(path)).bytes, as: UTF8.self)
  }

  /// What an apply for compute2 would commit.
  private func commit(confirmWithin: Int? = nil) throws -> String {
    let store = try Store(tree: tree).lock(wait: true)
    try Backlog(tree).begin(holding: store)
    let operations = try [
      ("/etc/hostname" as TreePath, "compute2\n"), ("/etc/network/interfaces", Self.interfaces("192.168.10.21")),
      ("/etc/nova/nova.conf", "[DEFAULT]\nmy_ip = 192.168.10.21\n"),
    ].map { path, text in
      let file = try #require(try tree.file(path))
      return Operation(
        path, .write(Array(text.utf8), file.attributes),
        before: .file(file.identity, file.attributes, Digest(of: file.bytes)), label: "test")
    }
    return try store.commit(operations, title: "apply compute2", confirmWithin: confirmWithin)
  }

  /// What a site with another gateway and an MTU would change.
  private func commitGateway() throws -> String {
    let store = try Store(tree: tree).lock(wait: true)
    try Backlog(tree).begin(holding: store)
    let file = try #require(try tree.file("/etc/network/interfaces"))
    let text = String(decoding: file.bytes, as: UTF8.self)
      .replacing("iface ens34", with: "  gateway 192.168.10.2\n  mtu 1400\niface ens34")
    let change = Operation(
      file.path, .write(Array(text.utf8), file.attributes),
      before: .file(file.identity, file.attributes, Digest(of: file.bytes)), label: "test")
    return try store.commit([change], title: "apply compute")
  }

  private func commit(_ files: [TreePath: String], removing gone: [TreePath] = []) throws -> String {
    let store = try Store(tree: tree).lock(wait: true)
    try Backlog(tree).begin(holding: store)
    func operation(_ path: TreePath, _ action: (FileSnapshot) -> Operation.Action) throws -> Operation {
      let file = try #require(try tree.file(path))
      return Operation(
        file.path, action(file), before: .file(file.identity, file.attributes, Digest(of: file.bytes)), label: "test")
    }
    let operations =
      try files.sorted { $0.key.description < $1.key.description }.map { path, text in
        try operation(path) { .write(Array(text.utf8), $0.attributes) }
      } + gone.map { try operation($0) { _ in .remove } }
    return try store.commit(operations, title: "apply compute2")
  }

  private func rollBack(_ id: String) throws -> String {
    let store = try Store(tree: tree).lock(wait: true)
    try Backlog(tree).begin(holding: store)
    return try store.rollback(id).by
  }

  private static func original(failing: Set<String> = []) throws -> PaperSystem {
    let running = LiveState.Unit(.running, started: 1)
    return PaperSystem(
      LiveState(
        hostname: "compute",
        links: [
          try InterfaceName("ens33"): [try InterfaceAddress("192.168.10.20/24")],
          try InterfaceName("ens34"): [try InterfaceAddress("192.168.20.20/24")],
        ], units: ["nova-compute.service": running, "libvirtd.service": running]), failing: failing)
  }

  private func run(_ id: String?, _ system: PaperSystem, _ onFailure: OnFailure = .auto) async throws
    -> ActivationOutcome
  {
    let job = ActivationJob(
      tree: tree, platform: platform, id: id, options: .init(onFailure: onFailure), system: system)
    return try await onThread { try LiveActor.run { try await job.run() } }
  }

  private static let name = "set the host name to compute2"
  private static let link = "bring ens33 up again"
  private static let libvirt = "restart libvirtd.service"
  private static let nova = "restart nova-compute.service"

  @Test func `the name, the link whose configuration changed, and who reads what changed`() async throws {
    let system = try Self.original()
    #expect(try await run(commit(), system) == .done)
    #expect(system.done == [Self.name, Self.link, Self.libvirt, Self.nova])
  }

  private static let systemdReads = "have systemd read its units again"
  private static let unitFiles: TreePath = "/etc/systemd/system"

  private func putUnits() throws {
    try put("etc/systemd/system/nova-compute.service.d/e.conf", "[Service]\nEnvironment=OS_DEFAULT__HOST=compute\n")
    try put("etc/systemd/system/nova-site.service", "[Service]\nEnvironmentFile=/etc/nova/site.env\n")
    try put("etc/nova/site.env", "OS_DEFAULT__HOST=compute\n")
    try put("etc/systemd/system/libvirtd-tcp.socket", "[Socket]\nListenStream=192.168.10.20:16509\n")
    try put("opt/cinder-volume.service", "[Service]\nEnvironment=OS_DEFAULT__HOST=compute\n")
    try #require(system("ln -s /opt/cinder-volume.service \(root)/etc/systemd/system/cinder-volume.service") == 0)
  }

  @Test(arguments: [
    (Self.unitFiles.appending("nova-compute.service.d").appending("e.conf"), true, ["nova-compute.service"]),
    ("/etc/nova/site.env", false, ["nova-site.service"]),
    (Self.unitFiles.appending("libvirtd-tcp.socket"), true, ["libvirtd-tcp.socket"]),
    ("/opt/cinder-volume.service", true, ["cinder-volume.service"]),
  ])
  func `systemd reads its units again before what they start is started`(
    path: TreePath, isConfiguration: Bool, units: [String]
  ) async throws {
    try putUnits()
    let id = try commit([path: "[Service]\n"])
    let intentions = try Intentions.read(from: tree, platform, occasion: Occasion(Backlog(tree).journals()))
    #expect(intentions.configuration == (isConfiguration ? [path] : []))
    let due = intentions.units.filter { $0.files.contains { $0.path == path } }
    #expect(due.map(\.unit.name.description) == units && due.allSatisfy { $0.unit.action == .restart })
    let system = try Self.original()
    for unit in units { system.memory.withLock { $0.live.units[unit] = .init(.running, started: 1) } }
    #expect(try await run(id, system) == .done)
    #expect(system.done.contains(Self.systemdReads) == isConfiguration)
    if isConfiguration { #expect(system.done.first == Self.systemdReads) }
    #expect(system.done.contains("restart \(units[0])"))
  }

  @Test func `a drop-in that goes is news to its unit too, and so is one that comes back`() async throws {
    try putUnits()
    let path = Self.unitFiles.appending("nova-compute.service.d").appending("e.conf")
    let id = try commit([:], removing: [path])
    let system = try Self.original()
    #expect(try await run(id, system) == .done)
    #expect(system.done == [Self.systemdReads, Self.libvirt, Self.nova])
    let by = try rollBack(id)
    system.memory.withLock { $0.done = [] }
    #expect(try await run(by, system) == .done)
    #expect(system.done.first == Self.systemdReads)
  }

  @Test func `where systemd does not read them nothing is started from what they were, and it stays to be done`()
    async throws
  {
    try putUnits()
    let path = Self.unitFiles.appending("nova-compute.service.d").appending("e.conf")
    let id = try commit([path: "[Service]\n"])
    let system = try Self.original(failing: [Self.systemdReads])
    #expect(try await run(id, system, .keep) == .incomplete)
    #expect(system.done == [])
    #expect(try Backlog(tree).journals().count == 1)
    system.memory.withLock { $0.failing = [] }
    #expect(try await run(nil, system) == .done)
    #expect(system.done == [Self.systemdReads, Self.libvirt, Self.nova])
    #expect(try Backlog(tree).journals().isEmpty)
  }

  @Test func `killed behind it, systemd is not told twice`() async throws {
    try putUnits()
    let id = try commit([Self.unitFiles.appending("nova-compute.service.d").appending("e.conf"): "[Service]\n"])
    try ActivationLog(of: id).begin(in: tree)
    try ActivationLog(of: id).append(.finished(Self.systemdReads, milliseconds: 1), in: tree)
    let system = try Self.original()
    #expect(try await run(id, system) == .done)
    #expect(system.done == [Self.libvirt, Self.nova])
  }

  @Test func `what nobody has put in effect yet is done by the next, and told until then`() async throws {
    let system = try Self.original()
    _ = try commitGateway()
    func seen() async throws -> [String] {
      let intentions = try Intentions.read(from: tree, platform, occasion: Occasion(Backlog(tree).journals()))
      return intentions.claims(of: system.memory.withLock(\.live)).filter { !$0.holds }.map(\.subject)
    }
    #expect(try await seen().contains("the configuration of ens33"))
    #expect(try Status(root: root).ineffective.count == 1)
    // Another transaction on top: the first one's link is not forgotten.
    let second = try commit()
    #expect(try Backlog(tree).journals().map(\.id).count == 2)
    #expect(try await run(second, system) == .done)
    #expect(system.done == [Self.name, Self.link, Self.libvirt, Self.nova])
    #expect(try Backlog(tree).journals().isEmpty && Status(root: root).ineffective.isEmpty)
    let again = try Self.original()
    #expect(try await run(nil, again) == .done)
    #expect(again.done.filter { $0 == Self.link }.isEmpty)
  }

  @Test func `what was undone before it was in effect leaves nothing to do`() async throws {
    let id = try commitGateway()
    _ = try Store(tree: tree).lock(wait: true).rollback(id)
    #expect(try Backlog(tree).journals().isEmpty)
    let system = try Self.original()
    #expect(try await run(nil, system) == .done)
    #expect(!system.done.contains(Self.link))
  }

  @Test func `what was undone after its activation had begun is brought back`() async throws {
    let id = try commitGateway()
    try ActivationLog(of: id).begin(in: tree)
    try ActivationLog(of: id).append(.started(Self.link), in: tree)
    _ = try Store(tree: tree).lock(wait: true).rollback(id)
    let system = try Self.original()
    #expect(try await run(nil, system) == .done)
    #expect(system.done.first == Self.link)
    let change = try #require(system.memory.withLock(\.links).last)
    #expect(change.losesMTU, "ifup leaves the MTU that it set before")
  }

  @Test func `a link that fails stays to be done`() async throws {
    let system = try Self.original(failing: [Self.link])
    #expect(try await run(commitGateway(), system, .keep) == .incomplete)
    #expect(try Backlog(tree).journals().count == 1)
    system.memory.withLock { $0.failing = [] }
    #expect(try await run(nil, system) == .done)
    #expect(try system.done.first == Self.link && Backlog(tree).journals().isEmpty)
  }

  @Test func `where a unit fails the time runs all the same`() async throws {
    let id = try commit(confirmWithin: 1)
    let system = try Self.original(failing: [Self.nova])
    let outcome = try await run(id, system)
    #expect(outcome == .stuck(reason: "\(Self.nova) does not work today"))
    #expect(try text("/etc/hostname") == "compute\n")
    #expect(try !Status(root: root).isCountedDown)
  }

  @Test func `killed in its own rollback, it finishes that first`() async throws {
    let id = try commit()
    try ActivationLog(of: id).begin(in: tree)
    try ActivationLog(of: id).append(.undoing(reason: "because"), in: tree)
    let by = try #require(try Store(tree: tree).lock(wait: true).rollback(id) as (undone: Journal, by: String)?).by
    // As if the last line had not been written: committed, and maybe not all in place.
    let journal = "\(root)/var/lib/imprint/transactions/\(by)/journal"
    try #require(system("sed -i '/^applied$/d' \(journal)") == 0)
    let running = try Self.original()
    running.memory.withLock { $0.live.hostname = "compute2" }
    #expect(try await run(id, running) == .undone(reason: "because"))
    #expect(running.done.first == "set the host name to compute")
    #expect(try text("/etc/hostname") == "compute\n")
  }

  @Test func `a clock that goes back keeps transactions in their order`() throws {
    let first = try Store(tree: Tree(root: root)).lock(wait: true).commit([], title: "one")
    let transactions = "\(root)/var/lib/imprint/transactions"
    try #require(rename("\(transactions)/\(first)", "\(transactions)/29991231T000000Z") == 0)
    let store = try Store(tree: tree).lock(wait: true)
    let ids = try (0..<12).map { try store.commit([], title: "\($0)") }
    #expect(ids == ids.sorted() && ids.allSatisfy { $0 > "29991231T000000Z" })
    #expect(try Store(tree: tree).history().map(\.title) == ["one"] + (0..<12).map { "\($0)" })
  }

  @Test func `what cannot be undone yet is tried again`() async throws {
    let id = try commit(confirmWithin: 1)
    let system = try Self.original()
    var options = ActivationJob.Options()
    options.undoPause = .milliseconds(20)
    let job = ActivationJob(tree: tree, platform: platform, id: id, options: options, system: system)
    let images = "\(root)/var/lib/imprint/transactions/\(id)"
    try #require(rename("\(images)/before-0", "\(images)/away") == 0)
    let tree = tree
    let outcome = try await onThread {
      try LiveActor.run {
        async let outcome = job.run()
        while try ActivationLog(of: id).events(in: tree).filter({ if case .undoing = $0 { true } else { false } }).count
          < 2
        {
          try await LiveActor.sleep(for: .milliseconds(10))
        }
        rename("\(images)/away", "\(images)/before-0")
        return try await outcome
      }
    }
    #expect(outcome == .undone(reason: "nobody confirmed it within 1 seconds"))
    #expect(try text("/etc/hostname") == "compute\n")
  }

  @Test func `what was interrupted is not done twice`() async throws {
    let id = try commit()
    let system = try Self.original()
    try ActivationLog(of: id).begin(in: tree)
    for step in [Self.name, Self.link] {
      try ActivationLog(of: id).append(.finished(step, milliseconds: 1), in: tree)
    }
    #expect(try await run(id, system) == .done)
    #expect(system.done == [Self.libvirt, Self.nova])
    // And what has ended is over.
    #expect(try await run(id, system) == .done)
    #expect(system.done == [Self.libvirt, Self.nova])
  }

  @Test func `a link that does not come up undoes it all, and nothing is restarted for it`() async throws {
    let system = try Self.original(failing: [Self.link])
    let outcome = try await run(commit(), system)
    #expect(outcome == .stuck(reason: "\(Self.link) does not work today"))
    #expect(try text("/etc/hostname") == "compute\n")
    #expect(try text("/etc/nova/nova.conf") == "[DEFAULT]\nmy_ip = 192.168.10.20\n")
    #expect(system.done == [Self.name, "set the host name to compute"])
  }

  @Test(arguments: [OnFailure.auto, .keep])
  func `a unit that does not become well leaves the rest as it is`(onFailure: OnFailure) async throws {
    let system = try Self.original(failing: [Self.libvirt])
    #expect(try await run(commit(), system, onFailure) == .incomplete)
    #expect(system.done == [Self.name, Self.link, Self.nova])
    #expect(try text("/etc/hostname") == "compute2\n")
  }

  @Test func `a unit that comes up and falls again is told after the others have been restarted`() async throws {
    let system = try Self.original()
    system.memory.withLock { $0.falling = [Self.libvirt] }
    let id = try commit()
    #expect(try await run(id, system) == .incomplete)
    #expect(system.done == [Self.name, Self.link, Self.libvirt, Self.nova])
    let events = try ActivationLog(of: id).events(in: tree)
    #expect(events.contains(.failed(Self.libvirt, reason: "\(Self.libvirt) did not last")))
  }

  @Test func `or undoes it all, where that is asked for`() async throws {
    let system = try Self.original(failing: [Self.nova])
    let outcome = try await run(commit(), system, .rollBack)
    #expect(try text("/etc/hostname") == "compute\n")
    #expect(outcome == .stuck(reason: "\(Self.nova) does not work today"))
    let back = ["set the host name to compute", Self.link, Self.libvirt]
    #expect(system.done == [Self.name, Self.link, Self.libvirt] + back)
  }

  @Test func `what nobody confirms is undone, files, name, link and units`() async throws {
    let id = try commit(confirmWithin: 1)
    let system = try Self.original()
    #expect(try await run(id, system) == .undone(reason: "nobody confirmed it within 1 seconds"))
    #expect(try text("/etc/network/interfaces") == Self.interfaces("192.168.10.20"))
    let back = ["set the host name to compute", Self.link, Self.libvirt, Self.nova]
    #expect(system.done == [Self.name, Self.link, Self.libvirt, Self.nova] + back)
    let live = system.memory.withLock(\.live)
    #expect(live.links[try InterfaceName("ens33")] == [try InterfaceAddress("192.168.10.20/24")])
    #expect(try Store(tree: tree).history().first?.state == .undone)
  }

  @Test func `what is confirmed stays`() async throws {
    let id = try commit(confirmWithin: 60)
    let system = try Self.original()
    let job = ActivationJob(tree: tree, platform: platform, id: id, options: .init(), system: system)
    let tree = tree
    let outcome = try await onThread {
      try LiveActor.run {
        async let outcome = job.run()
        while try !ActivationLog(of: id).events(in: tree).contains(.awaiting(seconds: 60)) {
          try await LiveActor.sleep(for: .milliseconds(10))
        }
        _ = try Store(tree: tree).lock(wait: true).confirm(id)
        return try await outcome
      }
    }
    #expect(outcome == .done)
    #expect(try text("/etc/hostname") == "compute2\n")
  }

  @Test func `killed while it was being undone, it is undone to the end`() async throws {
    let id = try commit(confirmWithin: 1)
    let system = try Self.original()
    _ = try Store(tree: tree).lock(wait: true).rollback(id)
    try ActivationLog(of: id).begin(in: tree)
    try ActivationLog(of: id).append(.finished(Self.link, milliseconds: 1), in: tree)
    try ActivationLog(of: id).append(.undoing(reason: "because"), in: tree)
    system.memory.withLock { $0.live.hostname = "compute2" }
    #expect(try await run(id, system) == .undone(reason: "because"))
    #expect(system.done == ["set the host name to compute", Self.link, Self.libvirt, Self.nova])
  }

  // MARK: the fence

  private func machine(_ card: String, stampedOn former: String) throws {
    try put("sys/class/net/ens33/type", "1\n")
    try put("sys/class/net/ens33/device/vendor", "x\n")
    try put("sys/class/net/ens33/address", "\(card)\n")
    try put("var/lib/imprint/identity", "NODE=compute2\nMACHINE_MACS=\"\(former)\"\n")
    try #require(system("chmod 700 \(root)/var/lib/imprint") == 0)
  }

  @Test func `when all is in effect the fence is lifted, and what it held back starts`() async throws {
    try machine("52:54:00:00:00:21", stampedOn: "52:54:00:00:00:21")
    try Fence(of: tree).raise(because: "a test")
    let system = try Self.original()
    #expect(try await run(commit(), system) == .done)
    #expect(system.done == [Self.name, Self.link, Self.libvirt, Self.nova, "start what was held back"])
    #expect(try !Fence(of: tree).isRaised)
  }

  @Test func `interrupted right after it was lifted, what was held back starts all the same`() async throws {
    try machine("52:54:00:00:00:21", stampedOn: "52:54:00:00:00:21")
    let id = try commit()
    let system = try Self.original()
    try ActivationLog(of: id).begin(in: tree)
    for step in [Self.name, Self.link, Self.libvirt, Self.nova] {
      try ActivationLog(of: id).append(.finished(step, milliseconds: 1), in: tree)
    }
    try ActivationLog(of: id).append(.noted(ActivationJob.lifted), in: tree)
    #expect(try await run(id, system) == .done)
    #expect(system.done == ["start what was held back"])
  }

  @Test func `behind the fence another machine's files do not come to life`() async throws {
    try machine("52:54:00:00:00:21", stampedOn: "52:54:00:00:00:20")
    try Fence(of: tree).raise(because: "a test")
    let system = try Self.original()
    #expect(try await run(commit(), system) == .done)
    #expect(system.done.isEmpty)
    #expect(try Fence(of: tree).isRaised)
  }

  @Test func `undone behind the fence, the original's addresses stay away`() async throws {
    try machine("52:54:00:00:00:21", stampedOn: "52:54:00:00:00:20")
    let stamp = try #require(try tree.file("/var/lib/imprint/identity"))
    let operation = Operation(
      "/var/lib/imprint/identity",
      .write(Array("NODE=compute2\nMACHINE_MACS=\"52:54:00:00:00:21\"\n".utf8), stamp.attributes),
      before: .file(stamp.identity, stamp.attributes, Digest(of: stamp.bytes)), label: "test")
    let file = try #require(try tree.file("/etc/network/interfaces"))
    let interfaces = Operation(
      "/etc/network/interfaces", .write(Array(Self.interfaces("192.168.10.21").utf8), file.attributes),
      before: .file(file.identity, file.attributes, Digest(of: file.bytes)), label: "test")
    let id = try Store(tree: tree).lock(wait: true).commit([interfaces, operation], title: "test")
    try Fence(of: tree).raise(because: "a test")
    let system = try Self.original(failing: [Self.link])
    #expect(try await run(id, system) == .undone(reason: "\(Self.link) does not work today"))
    #expect(system.done.isEmpty)
    #expect(try text("/etc/network/interfaces") == Self.interfaces("192.168.10.20"))
    #expect(try Fence(of: tree).isRaised)
  }
}
