import Foundation
import Support
import Testing

/// A clone that the site's match does not know, and others who do.
@Suite struct ToldByOthersTests {
  /// On which the disk was stamped as compute.
  static let stranger = "00:0c:29:00:00:21"
  static let site = LabNode.siteText

  static func disk(
    _ scratch: Scratch, site: String? = Self.site, stamp: String? = DiskInMachine.stamp
  ) async throws -> DiskInMachine {
    let disk = try await DiskInMachine(scratch, card: stranger, stamp: stamp, site: site)
    try LabNode.write("x\n", "\(disk.root)/sys/class/net/ens34/device/vendor")
    try LabNode.write("1\n", "\(disk.root)/sys/class/net/ens34/type")
    try LabNode.write("0\n", "\(disk.root)/sys/class/net/ens34/addr_assign_type")
    try LabNode.write("00:0c:29:00:00:22\n", "\(disk.root)/sys/class/net/ens34/address")
    return disk
  }

  static func insert(_ tree: MetadataTree, into disk: DiskInMachine, as device: String = "sr0") async throws {
    try LabNode.write("131072\n", "\(disk.root)/sys/class/block/\(device)/size")
    try FileManager.default.createDirectory(atPath: "\(disk.root)/dev", withIntermediateDirectories: true)
    _ = try await tree.image(.rockRidgeAndJoliet, at: "\(disk.root)/dev/\(device)")
  }

  @Test func `a config drive names the node, and status shows who said so`() async throws {
    let scratch = try Scratch()
    let disk = try await Self.disk(scratch)
    try await Self.insert(try MetadataTree(in: scratch), into: disk)
    let boot = try await disk.boot().succeeded("boot")
    #expect(boot.output.contains("this machine is a clone and becomes compute2"), "\(boot.said)")
    #expect(
      boot.output.contains(
        "the config image \(disk.root)/dev/sr0 (ISO 9660) says so in its hostname compute2.novalocal"))
    #expect(disk.hostname == "compute2\n")
    #expect(disk.fence == nil)
    let status = try await Imprint.run(["status", "--root", disk.root]).succeeded("status")
    #expect(status.output.contains("this machine is compute2: the config image"), "\(status.said)")
    let json = try await Imprint.run(["status", "--root", disk.root, "--format", "json"])
    #expect(json.output.contains(#""evidence" : "the config image"#))
    try disk.complete()
    #expect(try await disk.boot().succeeded("a second boot").output.isEmpty)
  }

  @Test func `two who disagree fence it, with both quoted`() async throws {
    let scratch = try Scratch()
    let disk = try await Self.disk(scratch)
    try await Self.insert(try MetadataTree(in: scratch), into: disk)
    try LabNode.write("ro imprint.node=controller\n", "\(disk.root)/proc/cmdline")
    let boot = try await disk.boot().succeeded("boot")
    #expect(boot.output.contains("HELD BACK"))
    #expect(
      disk.fence?.contains("its hostname compute2.novalocal, and controller, since the kernel command line") == true,
      "\(disk.fence ?? "")")
    let status = try await Imprint.run(["status", "--root", disk.root])
    #expect(status.output.contains("in doubt: this machine cannot be both compute2"))
  }

  @Test func `what came along with the copy and names the original does not make it a second one`() async throws {
    let scratch = try Scratch()
    let disk = try await Self.disk(scratch)
    try LabNode.write("ro imprint.node=compute\n", "\(disk.root)/proc/cmdline")
    let boot = try await disk.boot().succeeded("boot")
    #expect(boot.output.contains("HELD BACK"))
    #expect(disk.fence?.contains("which a copy of compute would also say") == true)
    #expect(disk.hostname == "compute\n")
  }

  @Test func `a name that the site does not have fences it`() async throws {
    let scratch = try Scratch()
    let disk = try await Self.disk(scratch)
    try LabNode.write("imprint.node=../../etc/passwd\n", "\(disk.root)/proc/cmdline")
    _ = try await disk.boot().succeeded("boot")
    #expect(disk.fence?.contains("the site has no such node") == true)
  }

  @Test func `a disk without a stamp is not renamed after a guest's hostname, and is where imprint was told`()
    async throws
  {
    let scratch = try Scratch()
    let disk = try await Self.disk(scratch, stamp: nil)
    try await Self.insert(try MetadataTree(in: scratch, name: "plain"), into: disk)
    #expect(try await disk.boot().succeeded("boot").output.isEmpty)
    #expect(disk.hostname == "compute\n")
    try FileManager.default.removeItem(atPath: "\(disk.root)/dev/sr0")
    let told = try MetadataTree(in: scratch, name: "told", property: #""imprint-node": "compute2""#)
    try await Self.insert(told, into: disk)
    #expect(try await disk.boot().succeeded("boot").output.contains("becomes compute2"))
  }

  @Test func `a whole site comes with the drive, is read strictly, and is kept`() async throws {
    let scratch = try Scratch()
    let disk = try await Self.disk(scratch, site: nil)
    let text = "#imprint-site\n" + Self.site
    try await Self.insert(try MetadataTree(in: scratch, userData: Array(text.utf8)), into: disk)
    _ = try await disk.boot().succeeded("boot")
    #expect(disk.hostname == "compute2\n")
    #expect(disk.text("/etc/imprint/site.toml") == text)
    let mode = try FileManager.default.attributesOfItem(atPath: "\(disk.root)/etc/imprint/site.toml")[.posixPermissions]
    #expect(mode as? Int == 0o600)

    let other = try Scratch()
    let broken = try await Self.disk(other, site: nil)
    let wrong = text.replacingOccurrences(of: "192.168.10.21", with: "10.9.9.9")
    try await Self.insert(try MetadataTree(in: other, userData: Array(wrong.utf8)), into: broken)
    _ = try await broken.boot().succeeded("boot")
    #expect(broken.fence?.contains("10.9.9.9 is outside") == true, "\(broken.fence ?? "")")
    #expect(broken.text("/etc/imprint/site.toml") == nil)
  }

  @Test func `addresses that the site leaves to the cloud come from the drive, and stay`() async throws {
    let scratch = try Scratch()
    let site = Self.site.replacingOccurrences(
      of: "addresses = { management = \"192.168.10.21\", tunnel = \"192.168.20.21\" }",
      with: "addresses = \"from-metadata\"  # the cloud's")
    let disk = try await Self.disk(scratch, site: site)
    try await Self.insert(try MetadataTree(in: scratch), into: disk)
    let boot = try await disk.boot().succeeded("boot")
    #expect(disk.fence == nil, "\(boot.said)")
    #expect(disk.hostname == "compute2\n")
    // The site has a gateway on that network, and the cloud's is the same; what it leaves open it has from the cloud.
    let told = "dns = \"192.168.10.3\"\nmtu = 1450\nroutes = [{ to = \"10.0.0.0/8\", via = \"192.168.10.3\" }]\n"
    #expect(
      disk.text("/etc/imprint/site.toml")
        == site.replacingOccurrences(
          of: "\"from-metadata\"", with: "{ management = \"192.168.10.21\", tunnel = \"192.168.20.21\" }"
        ).replacingOccurrences(of: "subnet    = \"192.168.10", with: told + "subnet    = \"192.168.10"))
    let ifcfg = disk.text("/etc/sysconfig/network-scripts/ifcfg-ens33") ?? ""
    #expect(ifcfg.contains("DNS1=\"192.168.10.3\"\n") && ifcfg.contains("MTU=1450\n"), "\(ifcfg)")
    #expect(disk.text("/etc/sysconfig/network-scripts/route-ens33") == "10.0.0.0/8 via 192.168.10.3 dev ens33\n")
    try FileManager.default.removeItem(atPath: "\(disk.root)/dev/sr0")
    try disk.complete()
    #expect(try await disk.boot().succeeded("a second boot, without the drive").output.isEmpty)
  }

  struct Mismatch: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var was: String
    var now: String
    var says: String
  }

  @Test(arguments: [
    Mismatch(
      testDescription: "on a card that this machine does not have", was: "00:0C:29:00:00:21", now: "00:0c:29:00:00:77",
      says: "this machine has none with that address"),
    Mismatch(
      testDescription: "on the card that the site has for another network", was: "192.168.10.21", now: "192.168.20.22",
      says: "the site calls the interface to tunnel ens34"),
    Mismatch(
      testDescription: "another node's", was: "192.168.10.21", now: "192.168.10.20", says: "is node \"compute\"'s too"),
    Mismatch(
      testDescription: "with another prefix", was: #""192.168.10.21", "netmask": "255.255.255.0""#,
      now: #""192.168.10.21", "netmask": "255.255.0.0""#, says: "the site's network management has /24"),
    Mismatch(
      testDescription: "beside a gateway that is not the site's", was: #""gateway": "192.168.10.2""#,
      now: #""gateway": "192.168.10.254""#, says: "is 192.168.10.2 here, and the config image"),
    Mismatch(
      testDescription: "beside a route through nobody", was: #""gateway": "192.168.10.3""#, now: #""gateway": null"#,
      says: "tells a route to 10.0.0.0/8 that goes through no router"),
    Mismatch(
      testDescription: "on a link without a card", was: #""mtu": 1450, "ethernet_mac_address": "00:0C:29:00:00:21""#,
      now: #""mtu": 1450"#, says: "nothing tells which card it is"),
    Mismatch(
      testDescription: "on a VLAN where the tree has none", was: #"{"id": "tap1", "type": "ovs", "vif_id": "v1","#,
      now:
        #"{"id": "tap1", "type": "vlan", "vlan_id": 101, "vlan_link": "tap3", "vlan_mac_address": "00:0c:29:00:00:21"}, {"id": "tap3", "type": "phy","#,
      says:
        "on VLAN 101 on card 00:0c:29:00:00:21 (ens33), and the interface to management, ens33, is a card in this tree"),
    Mismatch(
      testDescription: "on a bond where the tree has none", was: #"{"id": "tap1", "type": "ovs", "vif_id": "v1","#,
      now: #"{"id": "tap1", "type": "bond", "bond_links": ["tap3", "tap2"]}, {"id": "tap3", "type": "phy","#,
      says: "and the interface to management, ens33, is a card in this tree"),
    Mismatch(
      testDescription: "on a link that is not described", was: #""link": "tap1", "ip_address""#,
      now: #""link": "gone", "ip_address""#, says: "on the link \"gone\", and does not describe that link"),
    Mismatch(
      testDescription: "by DHCP", was: #""type": "ipv4", "link": "tap1", "ip_address": "192.168.10.21""#,
      now: #""type": "ipv4_dhcp", "link": "tap1", "x": "192.168.10.21""#, says: "has no address on \"management\""),
  ])
  func `an address is refused`(_ mismatch: Mismatch) async throws {
    let scratch = try Scratch()
    let site = Self.site.replacingOccurrences(
      of: "addresses = { management = \"192.168.10.21\", tunnel = \"192.168.20.21\" }",
      with: "addresses = \"from-metadata\"")
    let disk = try await Self.disk(scratch, site: site)
    let network = MetadataTree.network.replacingOccurrences(of: mismatch.was, with: mismatch.now)
    try #require(network != MetadataTree.network)
    try await Self.insert(try MetadataTree(in: scratch, network: network), into: disk)
    _ = try await disk.boot().succeeded("boot")
    #expect(disk.fence?.contains(mismatch.says) == true, "\(disk.fence ?? "no fence")")
    #expect(disk.hostname == "compute\n")
  }
}

/// The same, where only the network knows.
@Suite struct ToldByTheServiceTests {
  /// Why the service is asked, and whether it is.
  enum Reason: String, CaseIterable { case firmware, site, kernel, nothing, never }

  static func disk(_ scratch: Scratch, since reason: Reason = .firmware) async throws -> DiskInMachine {
    let word = [.site: "ask", .never: "never"][reason].map { "[identity]\nmetadata-service = \"\($0)\"\n" } ?? ""
    let disk = try await ToldByOthersTests.disk(scratch, site: ToldByOthersTests.site + word)
    if [.firmware, .never].contains(reason) {
      try LabNode.write("OpenStack Nova\n", "\(disk.root)/sys/class/dmi/id/product_name")
    }
    if reason == .kernel { try LabNode.write("ro imprint.metadata-service=ask quiet\n", "\(disk.root)/proc/cmdline") }
    try LabNode.write("up\n", "\(disk.root)/sys/class/net/ens33/operstate")
    return disk
  }

  @Test(arguments: Reason.allCases)
  func `the metadata service names the node, over IPv6 before there is any other address`(_ reason: Reason) async throws
  {
    try await NetworkNamespace.pair { node, peer in
      let scratch = try Scratch()
      let disk = try await Self.disk(scratch, since: reason)
      let isAsked = ![.nothing, .never].contains(reason)
      let index = try await node.ip("-o link show ens33").prefix { $0 != ":" }
      try LabNode.write("\(index)\n", "\(disk.root)/sys/class/net/ens33/ifindex")
      try await peer.ip("addr add fe80::a9fe:a9fe/64 dev ens33 nodad")
      let tree = try MetadataTree(in: scratch)
      let server = try await LoopbackServer(
        "MetadataTests/Servers/service.py", [tree.root, "--bind", "fe80::a9fe:a9fe%ens33", "--port", "80"],
        in: scratch, namespace: peer)
      #expect(server.port == 80)
      let boot = try await node.run(
        Imprint.program.path, ["boot", "--root", disk.root, "--patience", isAsked ? "20" : "1"], seconds: 120)
      guard isAsked else { return #expect(boot.output.contains("HELD BACK"), "\(boot.said)") }
      #expect(boot.output.contains("becomes compute2"), "\(boot.said)")
      #expect(boot.output.contains("the metadata service http://[fe80::a9fe:a9fe] on ens33 says so in its hostname"))
      #expect(disk.hostname == "compute2\n")
    }
  }

  @Test(arguments: [Reason.firmware, .site])
  func `where nobody answers, the machine is held back as if nobody had been asked`(_ reason: Reason) async throws {
    try await NetworkNamespace.pair { node, _ in
      let scratch = try Scratch()
      let disk = try await Self.disk(scratch, since: reason)
      try LabNode.write("2\n", "\(disk.root)/sys/class/net/ens33/ifindex")
      let began = ContinuousClock.now
      let boot = try await node.run(
        Imprint.program.path, ["boot", "--root", disk.root, "--patience", "1"], seconds: 120)
      #expect(boot.output.contains("HELD BACK"), "\(boot.said)")
      #expect(disk.fence?.contains("nobody says which node it shall be") == true)
      #expect(began.duration(to: .now) < .seconds(30), "a second for cards, a second for the service")
    }
  }
}
