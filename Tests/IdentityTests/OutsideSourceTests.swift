import Foundation
import Metadata
import Site
import Support
import Testing

@testable import Identity

@Suite("Others who know who this machine is")
struct OutsideSourceTests {
  static func ask(_ source: any OutsideSource, _ machine: FakeMachine) -> (claims: [IdentityClaim], failure: String?) {
    switch source.ask(IdentityQuestion(machine: machine.facts, root: machine.root)) {
    case .silent: ([], nil)
    case .failed(let reason): ([], reason)
    case .says(let claims): (claims, nil)
    }
  }

  static func drive(_ machine: FakeMachine, _ name: String, _ tree: MetadataTree) async throws {
    try machine.put("131072\n", "sys/class/block/\(name)/size")
    try FileManager.default.createDirectory(atPath: "\(machine.root)/dev", withIntermediateDirectories: true)
    _ = try await tree.image(.rockRidgeAndJoliet, at: "\(machine.root)/dev/\(name)")
  }

  @Test("the kernel command line: the last one counts") func commandLine() throws {
    let machine = try FakeMachine()
    try machine.put(
      "BOOT_IMAGE=/vmlinuz imprint.node=compute ro ximprint.node=no imprint.node=compute3 quiet\n", "proc/cmdline")
    let claims = Self.ask(KernelCommandLineSource(), machine).claims
    #expect(claims.map(\.name) == ["compute3"])
    #expect(claims.first?.evidence == "the kernel command line says so in imprint.node")
    #expect(claims.first?.isCopied == true)
    try machine.put("quiet imprint.node=\n", "proc/cmdline")
    #expect(Self.ask(KernelCommandLineSource(), machine).claims.isEmpty)
  }

  @Test("systemd's credentials of the machine, the site file also as base64") func credentials() throws {
    let machine = try FakeMachine()
    try machine.put("compute3\n", "run/credentials/@system/imprint.node")
    try machine.put(Data("[nodes]\n".utf8).base64EncodedString() + "\n", "run/credentials/@system/imprint.site")
    let claims = Self.ask(CredentialSource(), machine).claims
    #expect(claims.map(\.name) == ["compute3"])
    #expect(claims.first?.site == Array("[nodes]\n".utf8))
    #expect(claims.first?.isCopied == false)
  }

  @Test(
    "the firmware's OEM strings, in both spellings",
    arguments: ["imprint.node=", "io.systemd.credential:imprint.node="])
  func oemStrings(_ start: String) throws {
    let machine = try FakeMachine()
    let raw = "\u{0B}\u{05}\u{01}\u{02}\u{02}" + "first\u{0}\(start)compute3\u{0}\u{0}"
    try machine.put(raw, "sys/firmware/dmi/entries/11-0/raw")
    #expect(Self.ask(OEMStringSource(), machine).claims.map(\.name) == ["compute3"])
    for broken in ["", "\u{0B}", "\u{0B}\u{7F}\u{01}\u{02}\u{02}x\u{0}\u{0}", "\u{0B}\u{05}\u{01}\u{02}\u{02}"] {
      try machine.put(broken, "sys/firmware/dmi/entries/11-0/raw")
      #expect(Self.ask(OEMStringSource(), machine).claims.isEmpty)
    }
  }

  @Test("VMware's guestinfo, by either of its programs, on VMware only", arguments: ["vmware-rpctool", "vmtoolsd"])
  func guestinfo(_ program: String) throws {
    let machine = try FakeMachine()
    // VMware's own programs need a hypervisor behind them. This one answers as they do.
    let script = """
      #!/bin/sh
      for word; do last=$word; done
      case $last in
        "info-get guestinfo.imprint.node") echo compute3 ;;
        *) echo "No value found" >&2; exit 1 ;;
      esac
      """
    try machine.scratch.write(script, to: "usr/bin/\(program)", mode: 0o755)
    #expect(Self.ask(GuestInfoSource(), machine).claims.isEmpty)
    try machine.put("VMware, Inc.\n", "sys/class/dmi/id/sys_vendor")
    let claims = Self.ask(GuestInfoSource(), machine).claims
    #expect(claims.map(\.name) == ["compute3"])
    #expect(claims.first?.isCopied == true)
  }

  @Test("VMware's program that hangs is ended, and that is said") func hangs() throws {
    let machine = try FakeMachine()
    try machine.put("VMware, Inc.\n", "sys/class/dmi/id/sys_vendor")
    try machine.scratch.write("#!/bin/sh\nexec sleep 60\n", to: "usr/bin/vmware-rpctool", mode: 0o755)
    let began = ContinuousClock.now
    #expect(Self.ask(GuestInfoSource(), machine).failure == "VMware's tools did not answer within 3.0 seconds")
    #expect(began.duration(to: .now) < .seconds(30))
  }

  @Test("a config drive: property, hostname, vendor data and user data, each with its place") func drive() async throws
  {
    let machine = try FakeMachine()
    let tree = try MetadataTree(
      in: machine.scratch, property: #""imprint-node": "compute3""#,
      vendorData: #"{"imprint": {"node": "compute4", "site": "[nodes]\n"}}"#,
      userData: Array("#imprint-site\n[networks]\n".utf8))
    try await Self.drive(machine, "sr0", tree)
    let (claims, failure) = Self.ask(ConfigDriveSource(), machine)
    #expect(failure == nil)
    #expect(
      claims.map(\.place) == [
        "its property imprint-node", "its hostname compute2.novalocal", "its vendor_data.json", "its user_data",
      ])
    #expect(claims.map(\.name) == ["compute3", "compute2", "compute4", nil])
    #expect(claims.map(\.isExplicit) == [true, false, true, true])
    #expect(claims[2].site == Array("[nodes]\n".utf8))
    #expect(claims[3].site == Array("#imprint-site\n[networks]\n".utf8))
    #expect(claims[0].network?.placements.count == 3)
    #expect(claims.allSatisfy { $0.isCopied }, "nothing shows that it is this machine's")
  }

  @Test("of two drives the one with this machine's UUID counts, and without one neither does") func twoDrives()
    async throws
  {
    let machine = try FakeMachine()
    let other = "11111111-2222-3333-4444-555555555555"
    try await Self.drive(
      machine, "sr0", try MetadataTree(in: machine.scratch, name: "a", hostname: "compute.x", uuid: other))
    try await Self.drive(machine, "vdb", try MetadataTree(in: machine.scratch, name: "b", hostname: "compute2.x"))
    #expect(
      Self.ask(ConfigDriveSource(), machine).failure
        == "there are 2 config drives, and nothing tells which is this machine's")
    try machine.put(MetadataTree.uuid + "\n", "sys/class/dmi/id/product_uuid")
    let claims = Self.ask(ConfigDriveSource(), machine).claims
    #expect(claims.map(\.name) == ["compute2"])
    #expect(claims.allSatisfy { !$0.isCopied })
  }

  @Test("a drive that was copied to another guest of OpenStack is not believed") func stale() async throws {
    let machine = try FakeMachine()
    try machine.put("11111111-2222-3333-4444-555555555555\n", "sys/class/dmi/id/product_uuid")
    try await Self.drive(machine, "sr0", try MetadataTree(in: machine.scratch))
    #expect(Self.ask(ConfigDriveSource(), machine).claims.count == 1)
    try machine.put("OpenStack Nova\n", "sys/class/dmi/id/product_name")
    #expect(Self.ask(ConfigDriveSource(), machine).failure?.contains("which this is not: it was copied") == true)
  }

  @Test("the service is asked on OpenStack only, and only where the network may be") func service() throws {
    let machine = try FakeMachine()
    func isSilent(_ patience: ServicePatience?) -> Bool {
      if case .silent = MetadataServiceSource().ask(
        IdentityQuestion(machine: machine.facts, root: machine.root, patience: patience))
      {
        true
      } else {
        false
      }
    }
    #expect(isSilent(.asked))
    try machine.put("OpenStack Nova\n", "sys/class/dmi/id/product_name")
    #expect(isSilent(nil))
    #expect(isSilent(.asked), "no link is up")
  }

  @Test("elsewhere it is asked where the site or the kernel's command line wants it, of which the latter goes first")
  func wanted() throws {
    let machine = try FakeMachine()
    func isWanted(_ site: Site.Identity.MetadataService?) -> Bool {
      MetadataServiceSource.isWanted(IdentityQuestion(machine: machine.facts, root: machine.root, service: site))
    }
    #expect([nil, .openstack, .ask, .never].map(isWanted) == [false, false, true, false])
    try machine.put("ro imprint.metadata-service=ask\n", "proc/cmdline")
    #expect([nil, .openstack, .ask, .never].map(isWanted) == [true, true, true, true])
    try machine.put("ro imprint.metadata-service=nonsense\n", "proc/cmdline")
    try machine.put("OpenStack Nova\n", "sys/class/dmi/id/product_name")
    #expect([nil, .openstack, .ask, .never].map(isWanted) == [true, true, true, false])
  }

  @Test("an asset tag that only this machine has") func assetTag() throws {
    let machine = try FakeMachine()
    try machine.put(" RACK7-U12 \n", "sys/class/dmi/id/chassis_asset_tag")
    try machine.put("No Asset Tag\n", "sys/class/dmi/id/board_asset_tag")
    #expect(machine.facts.assetTags == ["RACK7-U12"])
    let site = try IdentificationTests.site(Node.Match(), Node.Match(assetTag: "rack7-u12"))
    let answer = try Identification.node(of: machine.facts, in: site)
    #expect(answer?.evidence == "the site's match of compute2 has its asset tag rack7-u12")
  }

  // MARK: What their words stand for

  static func claim(_ name: String, isExplicit: Bool = true, isCopied: Bool = false) -> IdentityClaim {
    IdentityClaim("a source", name: name, place: "its word", isExplicit: isExplicit, isCopied: isCopied)
  }

  static func nodes(_ claims: [IdentityClaim], former: String? = nil, onlyExplicit: Bool = false) throws -> [String] {
    let site = try IdentificationTests.site(Node.Match())
    return SaidNode(claims, former: former, onlyExplicit: onlyExplicit).answers(for: MachineFacts(), in: site)
      .map(\.node.description)
  }

  @Test("a name is a node's or nobody's") func names() throws {
    #expect(try Self.nodes([Self.claim("Compute2"), Self.claim("web1"), Self.claim("../etc")]) == ["compute2"])
    let site = try IdentificationTests.site(Node.Match())
    let said = SaidNode([Self.claim("web1"), Self.claim("web2", isExplicit: false)])
    #expect(
      said.unknownNames(in: site) == ["a source says in its word that this is \"web1\", and the site has no such node"])
    #expect(try Self.nodes([Self.claim("compute", isExplicit: false)], onlyExplicit: true).isEmpty)
  }

  @Test("what a copy carries along and names the original is not believed") func copied() throws {
    #expect(try Self.nodes([Self.claim("compute", isCopied: true)], former: "compute").isEmpty)
    #expect(try Self.nodes([Self.claim("compute2", isCopied: true)], former: "compute") == ["compute2"])
    #expect(try Self.nodes([Self.claim("compute")], former: "compute") == ["compute"])
  }

  @Test("two that disagree stop, with both quoted") func conflict() throws {
    let site = try IdentificationTests.site(Node.Match())
    let said = SaidNode([
      IdentityClaim("the config drive /dev/sr0", name: "compute", place: "its hostname compute.x", isExplicit: false),
      IdentityClaim("VMware's guestinfo", name: "compute2", place: "imprint.node"),
    ])
    let error = try #require(throws: IdentityConflict.self) {
      try Identification.node(of: MachineFacts(), in: site, sources: [said])
    }
    #expect(
      error.description == """
        this machine cannot be both compute, since the config drive /dev/sr0 says so in its hostname compute.x, and compute2, \
        since VMware's guestinfo says so in imprint.node
        """)
  }

  @Test(
    "base64 is taken for what it is, and a site file is none",
    arguments: [
      ("W25vZGVzXQo=", "[nodes]\n"), ("W25v ZGVz\nXQo=", "[nodes]\n"), ("[nodes]\n", "[nodes]\n"),
      ("a = 1\n", "a = 1\n"),
      ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("Y===", "Y==="), ("", ""),
    ])
  func base64(_ text: String, _ plain: String) {
    #expect(String(decoding: SaidText.plain(Array(text.utf8)), as: UTF8.self) == plain)
  }
}
