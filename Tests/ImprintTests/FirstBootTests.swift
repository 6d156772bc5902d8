import Foundation
import Support
import Testing

/// A tree as if it were a machine, with a sys and a run of its own: what imprint-boot.service meets.
struct DiskInMachine {
  let node: LabNode
  var root: String { node.root }

  /// What an apply on the original left.
  static let stamp = "NODE=compute\nMACHINE_MACS=\"00:0c:29:00:00:20\"\n"

  static let site =
    LabNode.siteText.replacingOccurrences(
      of: "addresses = { management = \"192.168.10.21\", tunnel = \"192.168.20.21\" }",
      with: "addresses = { management = \"192.168.10.21\", tunnel = \"192.168.20.21\" }\n"
        + "match = { mac = [\"00:0c:29:00:00:21\"] }")

  /// - Parameter stamp: What an apply on the original left; nil for a disk without one.
  init(
    _ scratch: Scratch, card: String, stamp: String? = "NODE=compute\nMACHINE_MACS=\"00:0c:29:00:00:20\"\n",
    site: String? = Self.site
  ) async throws {
    node = try await LabNode(in: scratch)
    if let stamp {
      try LabNode.write(stamp, "\(root)/var/lib/imprint/identity")
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(root)/var/lib/imprint")
    }
    if let site { try LabNode.write(site, "\(root)/etc/imprint/site.toml") }
    try FileManager.default.createDirectory(atPath: "\(root)/run", withIntermediateDirectories: true)
    try LabNode.write("1\n", "\(root)/sys/class/net/ens33/type")
    try LabNode.write("0\n", "\(root)/sys/class/net/ens33/addr_assign_type")
    try LabNode.write("x\n", "\(root)/sys/class/net/ens33/device/vendor")
    try LabNode.write("\(card)\n", "\(root)/sys/class/net/ens33/address")
  }

  @discardableResult
  func boot(_ more: String...) async throws -> RealProgram.Outcome {
    try await Imprint.run(["boot", "--root", root, "--patience", "0"] + more)
  }

  /// What `imprint boot --online` takes away on a machine, once the network is up and all is seen (MachineTests).
  func complete() throws { try FileManager.default.removeItem(atPath: "\(root)/var/lib/imprint/first-boot") }

  /// What goes with the power.
  func powerOff() { try? FileManager.default.removeItem(atPath: "\(root)/run/imprint") }

  func text(_ path: String) -> String? { try? String(contentsOfFile: "\(root)\(path)", encoding: .utf8) }
  var hostname: String? { text("/etc/hostname") }
  var fence: String? { text("/run/imprint/fenced") }
  var stamp: String? { text("/var/lib/imprint/identity") }
}

@Suite struct FirstBootTests {
  @Test func `the machine that the disk was stamped on is left alone, and nothing is opened for writing`() async throws
  {
    let scratch = try Scratch()
    let disk = try await DiskInMachine(scratch, card: "00:0c:29:00:00:20")
    let before = try TreeRecord(of: disk.root)
    let strace = try RealProgram.needed("strace")
    let log = "\(scratch.path)/calls"
    let writing =
      "mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,creat,truncate,ftruncate,"
      + "chmod,fchmod,fchmodat,chown,fchown,fchownat,utimensat,setxattr,fsetxattr,sethostname,connect,fsync,fdatasync,"
      + "sync,syncfs,execve,open,openat"
    let program = try Imprint.program.path
    try await strace.run(
      ["-f", "-qq", "-o", log, "-e", "trace=\(writing)", program, "boot", "--root", disk.root]
    ).succeeded("boot")
    let calls = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").filter { call in
      !call.contains("execve(\"\(program)\"") && !(call.contains("O_RDONLY") || call.contains("O_PATH"))
        && !call.contains("+++")
    }
    #expect(calls.isEmpty)
    #expect(try TreeRecord(of: disk.root).differences(from: before, .untouched).isEmpty)
  }

  @Test func `a clone that the site knows becomes its node, and is left alone from then on`() async throws {
    let scratch = try Scratch()
    let disk = try await DiskInMachine(scratch, card: "00:0c:29:00:00:21")
    let keys = disk.text("/etc/ssh/ssh_host_ed25519_key.pub")
    let boot = try await disk.boot().succeeded("boot")
    #expect(boot.output.contains("this machine is a clone and becomes compute2: the disk was stamped as compute on"))
    #expect(disk.hostname == "compute2\n")
    #expect(disk.fence == nil)
    #expect(disk.stamp?.contains("NODE=compute2\n") == true)
    #expect(disk.stamp?.contains("MACHINE_MACS=\"00:0c:29:00:00:21\"") == true)
    #expect(disk.text("/etc/ssh/ssh_host_ed25519_key.pub") != keys)
    disk.powerOff()
    let resumed = try await disk.boot().succeeded("a boot before all was seen").output
    #expect(resumed == "the first boot of compute2 goes on where it was interrupted\n")
    #expect(disk.text("/run/imprint/first-boot")?.hasPrefix("compute2\tstarting") == true)
    try disk.complete()
    let before = try TreeRecord(of: disk.root)
    #expect(try await disk.boot().succeeded("a second boot").output.isEmpty)
    #expect(try TreeRecord(of: disk.root).differences(from: before, .untouched).isEmpty)
  }

  @Test func `a clone that nobody knows is fenced: nothing but the fence is written, and what to do is said`()
    async throws
  {
    let scratch = try Scratch()
    let disk = try await DiskInMachine(scratch, card: "00:0c:29:00:00:99")
    let before = try disk.node.record()
    let boot = try await disk.boot().succeeded("boot goes on to a login prompt")
    #expect(boot.output.contains("imprint apply NODE"))
    #expect(boot.output.contains("The site has controller, compute, compute2."))
    #expect(boot.output.contains("mac = [\"00:0c:29:00:00:99\"]"))
    #expect(disk.fence?.contains("nobody says which node it shall be") == true)
    let after = try disk.node.record().filter { !$0.hasPrefix("/run") }
    let differences = after.differences(from: before.filter { !$0.hasPrefix("/run") }, .untouched)
    #expect(differences.isEmpty, "\(differences)")
    let status = try await Imprint.run(["status", "--root", disk.root])
    #expect(status.output.contains("held back from the network: the disk was stamped as compute on another machine"))
    let json = try await Imprint.run(["status", "--root", disk.root, "--format", "json"])
    #expect(json.output.contains("\"fenced\""))
  }

  @Test func `where the site wants no fence there is none`() async throws {
    let scratch = try Scratch()
    let disk = try await DiskInMachine(
      scratch, card: "00:0c:29:00:00:99", site: DiskInMachine.site + "[fence]\nmode = \"none\"\n")
    let boot = try await disk.boot().succeeded("boot")
    #expect(boot.error.contains("nothing holds this clone back"))
    #expect(disk.fence == nil)
  }

  /// The site's interfaces are not those that the tree configures: the files can be written, and are not right then.
  private static let wrongInterfaces = DiskInMachine.site
    .replacingOccurrences(of: "\"ens33\"", with: "\"eno1\"").replacingOccurrences(of: "\"ens34\"", with: "\"eno2\"")

  @Test func `a clone that is not its node once all is written is fenced at every boot, until it can be`() async throws
  {
    let scratch = try Scratch()
    let disk = try await DiskInMachine(scratch, card: "00:0c:29:00:00:21", site: Self.wrongInterfaces)
    let before = try disk.node.record().filter { !$0.hasPrefix("/run") && !$0.hasPrefix("/var/lib/imprint") }
    for _ in 1...3 {
      let boot = try await disk.boot().succeeded("boot goes on to a login prompt")
      #expect(boot.output.contains("could not be made into compute2: these are not as they should be: "))
      #expect(disk.fence?.contains("could not be made into compute2") == true)
      #expect(disk.stamp == DiskInMachine.stamp && disk.text("/var/lib/imprint/first-boot") == nil)
      let kept = try? FileManager.default.contentsOfDirectory(atPath: "\(disk.root)/var/lib/imprint/transactions")
      #expect(kept?.isEmpty ?? true, "nothing piles up")
      let after = try disk.node.record().filter { !$0.hasPrefix("/run") && !$0.hasPrefix("/var/lib/imprint") }
      let differences = after.differences(from: before, .restored)
      #expect(differences.isEmpty, "\(differences)")
      disk.powerOff()
    }
    try LabNode.write(DiskInMachine.site, "\(disk.root)/etc/imprint/site.toml")
    try await disk.boot().succeeded("boot")
    #expect(disk.hostname == "compute2\n" && disk.fence == nil)
  }

  @Test func `a machine that went down before its files were seen to be right is a clone until they are`() async throws
  {
    let scratch = try Scratch()
    let disk = try await DiskInMachine(scratch, card: "00:0c:29:00:00:21")
    try await disk.boot().succeeded("boot")
    disk.powerOff()
    // As a kill between the commit and the look leaves it, with something that is not right.
    try LabNode.write("compute2\n", "\(disk.root)/var/lib/imprint/first-boot")
    try LabNode.write(Self.wrongInterfaces, "\(disk.root)/etc/imprint/site.toml")
    let file = "/etc/sysconfig/network-scripts/ifcfg-ens33"
    let right = try #require(disk.text(file))
    try LabNode.write(right.replacingOccurrences(of: "192.168.10.21", with: "192.168.10.20"), "\(disk.root)\(file)")
    for _ in 1...2 {
      let boot = try await disk.boot().succeeded("boot goes on to a login prompt")
      #expect(disk.fence?.contains("it was being made into compute2") == true, "\(boot.output)")
      disk.powerOff()
    }
    try LabNode.write(DiskInMachine.site, "\(disk.root)/etc/imprint/site.toml")
    let resumed = try await disk.boot().succeeded("boot").output
    #expect(resumed.contains("the first boot of compute2 goes on where it was interrupted"))
    #expect(disk.fence == nil && disk.hostname == "compute2\n")
    #expect(disk.text("/run/imprint/first-boot")?.hasPrefix("compute2\tstarting") == true)
  }

  struct Failure: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var card = "00:0c:29:00:00:21"
    var stamp: String? = "NODE=compute\nMACHINE_MACS=\"00:0c:29:00:00:20\"\n"
    var site: String? = DiskInMachine.site
    var breaks: (path: String, text: String)?
    var status = 0
    var isFenced: Bool
    var says: String
  }

  @Test(
    arguments: [
      Failure(
        testDescription: "a clone whose site cannot be read is fenced", site: "[nodes\n", isFenced: true,
        says: "site.toml"),
      Failure(testDescription: "a clone without a site is fenced", site: nil, isFenced: true, says: "nobody says"),
      Failure(
        testDescription: "a clone that cannot be made into its node is fenced",
        breaks: ("/etc/os-release", "ID=plan9\n"), isFenced: true, says: "could not be made into compute2"),
      Failure(
        testDescription: "a clone that two nodes are matched with is fenced",
        site: DiskInMachine.site
          + "[nodes.compute3]\nrole=\"compute\"\naddresses={management=\"192.168.10.22\",tunnel=\"192.168.20.22\"}\n"
          + "match={serial=\"B5QKK12\"}\n", breaks: ("/sys/class/dmi/id/product_serial", "B5QKK12\n"), isFenced: true,
        says: "cannot be both compute2"),
      Failure(
        testDescription: "a machine without a stamp and with a broken site is not, and that is said", stamp: nil,
        site: "[nodes\n", status: 65, isFenced: false, says: "site.toml"),
      Failure(
        testDescription: "a machine without a stamp and a site is left alone", stamp: nil, site: nil, isFenced: false,
        says: ""),
      Failure(
        testDescription: "the original with a broken site is left alone", card: "00:0c:29:00:00:20", site: "[nodes\n",
        isFenced: false, says: ""),
    ])
  func `what fails is answered by what is known`(_ row: Failure) async throws {
    let scratch = try Scratch()
    let disk = try await DiskInMachine(scratch, card: row.card, stamp: row.stamp, site: row.site)
    if let (path, text) = row.breaks { try LabNode.write(text, "\(disk.root)\(path)") }
    let boot = try await disk.boot()
    #expect(boot.status == row.status, "\(boot.error)")
    #expect((disk.fence != nil) == row.isFenced)
    #expect(disk.hostname == "compute\n")
    let said = boot.output + boot.error
    #expect(row.says.isEmpty ? said.isEmpty : said.contains(row.says), "\(said)")
  }

  @Test func `an image without a stamp becomes a node only by the site's own word`() async throws {
    for (card, expected) in [("00:0c:29:00:00:21", "compute2\n"), ("00:0c:29:00:00:20", "compute\n")] {
      let scratch = try Scratch()
      let disk = try await DiskInMachine(scratch, card: card, stamp: nil)
      try await disk.boot().succeeded("boot")
      #expect(disk.hostname == expected)
      #expect(disk.fence == nil)
      #expect((disk.stamp == nil) == (expected == "compute\n"))
    }
  }

  @Test func `a disk that was prepared from outside knows its machine after its first boot, and is a clone elsewhere`()
    async throws
  {
    let scratch = try Scratch()
    let disk = try await DiskInMachine(scratch, card: "00:0c:29:00:00:21", stamp: nil)
    try await disk.node.run("apply").succeeded("apply from outside")
    #expect(disk.stamp?.contains("MACHINE") == false)
    #expect(try await disk.boot().succeeded("boot").output.contains("its stamp knows this machine now"))
    #expect(disk.stamp?.contains("MACHINE_MACS=\"00:0c:29:00:00:21\"") == true)
    #expect(try await disk.boot().succeeded("boot").output.isEmpty)
    try await disk.node.run("verify").succeeded("verify")
    try LabNode.write("00:0c:29:00:00:98\n", "\(disk.root)/sys/class/net/ens33/address")
    try await disk.boot().succeeded("boot")
    #expect(disk.fence?.contains("stamped as compute2 on another machine") == true)
  }

  @Test(
    arguments: [
      ("00:0c:29:00:00:21", "compute2\n"), ("00:0c:29:00:00:99", nil),
      // The very machine that the template was made on, and stamped on before.
      ("00:0c:29:00:00:20", nil),
    ] as [(String, String?)])
  func `a copy of a template is nobody until it is told, and its keys are its own then`(card: String, node: String?)
    async throws
  {
    let scratch = try Scratch()
    let disk = try await DiskInMachine(scratch, card: card)
    let key = disk.text("/etc/ssh/ssh_host_ed25519_key.pub")
    try await Imprint.run(["seal", "--root", disk.root, "--yes"]).succeeded("seal")
    #expect(disk.stamp == nil && disk.text("/etc/ssh/ssh_host_ed25519_key.pub") == nil)
    let boot = try await disk.boot().succeeded("boot")
    #expect(boot.output.contains("the disk is a copy of a sealed template"))
    guard let node else {
      #expect(disk.fence?.contains("nobody says which node it shall be") == true)
      #expect(disk.hostname == "compute\n" && disk.text("/var/lib/imprint/sealed") != nil)
      // Told who it is, it comes out.
      try await disk.node.run("apply").succeeded("apply")
      #expect(disk.text("/var/lib/imprint/sealed") == nil)
      return
    }
    #expect(disk.hostname == node && disk.fence == nil)
    #expect(disk.text("/var/lib/imprint/sealed") == nil)
    #expect(disk.stamp?.contains("MACHINE_MACS=\"\(card)\"") == true)
    let own = try #require(disk.text("/etc/ssh/ssh_host_ed25519_key.pub"))
    #expect(own != key && own.hasSuffix("root@compute2\n"))
    try disk.complete()
    #expect(try await disk.boot().succeeded("a second boot").output.isEmpty)
  }

  @Test func `what a seal kept that was killed before it forgot goes at the first boot`() async throws {
    let scratch = try Scratch()
    let disk = try await DiskInMachine(scratch, card: "00:0c:29:00:00:99", stamp: nil)
    try await disk.node.run("apply").succeeded("apply")
    try LabNode.write("imprint-sealed\t1\n", "\(disk.root)/var/lib/imprint/sealed")
    try await disk.boot().succeeded("boot")
    let left = try TreeRecord(of: "\(disk.root)/var/lib/imprint").entries.keys
    #expect(!left.contains { $0.contains("/before-") })
    #expect(disk.fence != nil)
  }

  /// Each call that writes is once the last one.
  @Test func `killed anywhere, it is never unfenced half way, and the next boot completes it`() async throws {
    let strace = try RealProgram.needed("strace")
    let program = try Imprint.program.path
    let scratch = try Scratch()
    let disk = try await DiskInMachine(scratch, card: "00:0c:29:00:00:21")
    var point = 1
    var completed = 0
    while true {
      let copy = try await disk.node.copy(as: "killed-\(point)")
      defer { copy.remove() }
      let killed = DiskInMachine(node: copy)
      let calls = "mkdirat,renameat,renameat2,unlinkat,linkat,write,fchown,syncfs,fdatasync,pwrite64"
      let run = try await strace.run([
        "-qq", "-o", "\(scratch.path)/calls", "-e", "trace=\(calls)", "-e",
        "inject=\(calls):signal=KILL:when=\(point)", program, "boot", "--root", killed.root, "--patience", "0",
      ])
      guard run.status != 0 else { break }
      if killed.hostname != "compute\n" { #expect(killed.fence != nil || killed.stamp?.contains("21\"") == true) }
      killed.powerOff()
      try await killed.boot().succeeded("the boot after a kill at call \(point)")
      #expect(killed.hostname == "compute2\n", "killed at call \(point)")
      #expect(killed.fence == nil)
      let verify = try await Imprint.run(["verify", "compute2", "--root", killed.root])
      #expect(verify.status == 0, "killed at call \(point): \(verify.output)")
      completed += 1
      point += point < 20 ? 1 : 5
    }
    #expect(completed > 20, "too few of its calls were met")
  }
}

extension DiskInMachine {
  fileprivate init(node: LabNode) { self.node = node }
}
