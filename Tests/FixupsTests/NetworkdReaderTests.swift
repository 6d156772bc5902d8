import Site
import Support
import Testing
import Tree

@testable import Fixups

/// What systemd-networkd makes of files that look like others.
@Suite("What systemd-networkd reads") struct NetworkdReaderTests {
  static let networkd = ReaderChoiceTests.networkd
  static let path = "\(networkd)/20-ens33.network"
  static let own = ReaderChoiceTests.tunnel.merging([
    path: "[Match]\nName=ens33\n\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n"
  ]) { $1 }

  @Test(
    "the address of a peer goes where the site gives a subnet",
    arguments: [("192.168.10.20/32", "192.168.10.2/32"), ("192.168.10.21/24", "192.168.10.2")])
  func peer(_ address: String, _ peer: String) throws {
    func text(_ address: String, _ more: String) -> String {
      "[Match]\nName=ens33\n\n[Network]\nGateway=192.168.10.2\n\n[Address]\nAddress=\(address)\n\(more)"
    }
    let files = ReaderChoiceTests.tunnel.merging([Self.path: text(address, "Peer=\(peer)\n")]) { $1 }
    let runs = try BackendTests.twice(files, profile: "debian12")
    #expect(runs.first.after[Self.path] == text("192.168.10.21/24", ""))
    #expect(runs.first.claims.contains { $0.subject == "addresses of ens33" && !$0.holds })
    #expect(runs.second.claims.allSatisfy(\.holds) && runs.second.changes.isEmpty)
  }

  /// The subjects of what does not hold after the apply, with what is there.
  static func failing(_ run: Run) -> [String] { run.claims.filter { !$0.holds }.map { "\($0.subject): \($0.seen)" } }

  @Test(
    "a file that systemd-network may not read fails",
    arguments: [
      (0o600, 0, false), (0o640, 0, false), (0o640, 990, true), (0o604, 0, true), (0o600, 990, false), (0o644, 0, true),
    ] as [(UInt32, UInt32, Bool)])
  func closed(_ mode: UInt32, _ group: UInt32, _ isRead: Bool) throws {
    for hasAccount in [true, false] {
      let account = hasAccount ? "systemd-network:x:990:990::/:/sbin/nologin\n" : ""
      var tree = MemoryTree(Self.own.merging(["/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n" + account]) { $1 })
      tree.write(Self.path, Self.own[Self.path] ?? "", group: group, mode: mode)
      let run = try Run(
        tree, site: Lab.site(), platform: #require(Platform.named("debian12")), [HostnameFixup(), InterfacesFixup()])
      #expect(Self.failing(run).contains { $0.hasPrefix("who may read \(Self.path)") } == (hasAccount && !isRead))
    }
  }

  @Test(
    "an earlier file that takes the interface is no",
    arguments: [
      ("Name=ens[0-9]*", true), ("Type=ether", true), ("Type=!wlan !loopback", true), ("Type=ether\nKind=!*", true),
      ("Type=e*\nName=!ens34", true), ("Name=ens[!3]*", false), ("Type=wlan", false), ("Kind=veth", false),
      ("Type=!ether", false), ("", false), ("Type=ether\nDriver=virtio_net", false), ("Host=compute2", true),
      ("Host=controller", false), ("Name=*\nPath=pci-0000:00:03.0", false), ("Virtualization=vm", false),
      ("Name=ens33*\nPermanentMACAddress=52:54:00:00:00:99", false),
    ])
  func earlier(_ match: String, _ isTaken: Bool) throws {
    let files = Self.own.merging(["\(Self.networkd)/10-dhcp.network": "[Match]\n\(match)\n[Network]\nDHCP=yes\n"]) {
      $1
    }
    let run = try BackendTests.twice(files, profile: "debian12").second
    let wanted = "the file of ens33: \(Self.networkd)/10-dhcp.network"
    #expect(Self.failing(run).contains(wanted) == isTaken, "\(Self.failing(run))")
    #expect(isTaken || Self.failing(run).isEmpty)
    // What only the machine can tell is told once, and of cards as a note: most are not meant.
    let (isOfMachine, isOfCard) = (
      match.contains("Virt"), ["Driver", "Path", "MAC"].contains { match.contains($0) }
    )
    let told = run.findings.filter { $0.text.contains("10-dhcp.network goes before \(Self.path) for ens33") }
    #expect(told.map(\.severity) == (isOfMachine ? [.warning] : isOfCard ? [.note] : []))
  }

  @Test("beside a pattern a card counts as well", arguments: ["MACAddress", "PermanentMACAddress"])
  func card(_ key: String) throws {
    let other = "\(Self.networkd)/10-card.network"
    for (card, isTaken) in [("52:54:00:00:00:99", false), ("52:54:00:00:00:21", true)] {
      let files = Self.own.merging([other: "[Match]\nName=ens33*\n\(key)=\(card)\n[Network]\nDHCP=yes\n"]) { $1 }
      let run = try BackendTests.twice(files, mac: "52:54:00:00:00:21", profile: "debian12").second
      #expect(Self.failing(run) == (isTaken ? ["the file of ens33: \(other)"] : []))
      #expect(run.findings.contains { $0.text.contains("goes before") } == isTaken, "\(run.findings)")
    }
  }

  @Test(
    "what a radio alone has is no other card's",
    arguments: [
      ("SSID=home", false), ("SSID=!home", true), ("BSSID=00:11:22:33:44:55", false), ("WLANInterfaceType=ap", false),
      ("WLANInterfaceType=!ap", true),
    ])
  func radio(_ match: String, _ isTaken: Bool) async throws {
    let other = "\(Self.networkd)/10-radio.network"
    let address = "[Network]\nAddress=192.168.10.21/24\n"
    let files = Self.own.merging([other: "[Match]\nName=ens33*\n\(match)\n\(address)"]) { $1 }
    let run = try BackendTests.twice(files, profile: "debian12").second
    #expect(Self.failing(run) == (isTaken ? ["the file of ens33: \(other)"] : []))
    #expect(run.findings.contains { $0.text.contains("10-radio") } == isTaken)
    let scratch = try Scratch()
    for path in files.keys { try scratch.write(run.after[path] ?? "", to: String(path.dropFirst())) }
    try await SystemdOracles(root: scratch.path).networkd(
      .init(
        cards: ["ens33": "52:54:00:00:00:02"], addresses: ["ens33": ["192.168.10.21/24"]],
        files: ["ens33": isTaken ? other : Self.path]))
  }

  struct Condition: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// By the file's name: what [Match] says besides the interface, and what [Network] says.
    let before: [String: (match: String, network: String)]
    /// Those that have the node's address.
    let after: Set<String>
    let told: [String]
  }

  private static let fixed = "Address=192.168.10.20/24\nGateway=192.168.10.2\n"
  private static let open = "holds, which only the machine can tell"

  @Test(
    "which of the interface's files counts may be the machine's to tell",
    arguments: [
      Condition(
        testDescription: "of one that is alone", before: ["10": ("Virtualization=vm", fixed)], after: ["10"],
        told: ["10.network is for ens33 where Virtualization=vm \(open)"]),
      Condition(
        testDescription: "of two with addresses both are the node's, and what is behind them is left",
        before: [
          "10": ("Virtualization=vm", fixed), "20": ("KernelVersion=>5", fixed), "30": ("", "DHCP=yes\n"),
        ], after: ["10", "20"],
        told: ["10.network is for ens33 where Virtualization=vm \(open); else \(networkd)/20.network is"]),
      Condition(
        testDescription: "of one for a rescue, and the usual one",
        before: ["10": ("KernelCommandLine=rescue", "DHCP=yes\n"), "20": ("", fixed)], after: ["20"],
        told: [
          "10.network goes before \(networkd)/20.network for ens33 where KernelCommandLine=rescue \(open)"
        ]),
    ])
  func condition(_ row: Condition) throws {
    let files = Dictionary(
      uniqueKeysWithValues: row.before.map { name, said in
        ("\(Self.networkd)/\(name).network", "[Match]\nName=ens33\n\(said.match)\n[Network]\n\(said.network)")
      })
    let runs = try BackendTests.twice(ReaderChoiceTests.tunnel.merging(files) { $1 }, profile: "debian12")
    for (path, text) in files {
      let isOwn = row.after.contains { path.hasSuffix("/\($0).network") }
      #expect(runs.first.after[path] == (isOwn ? text.replacing(".20/", with: ".21/") : text))
    }
    #expect(runs.first.findings.map(\.text) == row.told.map { "\(Self.networkd)/\($0)" })
    #expect(runs.second.changes.isEmpty && Self.failing(runs.second) == [])
  }

  @Test("a new file takes the place of none") func created() throws {
    let taken = "\(Self.networkd)/05-ens33.network"
    let files = ReaderChoiceTests.tunnel.merging([taken: "[Match]\nName=ens35\n[Network]\nDHCP=yes\n"]) { $1 }
    let run = try BackendTests.settle(files, profile: "debian12")
    #expect(run.after[taken] == files[taken])
    #expect(run.after["\(Self.networkd)/05-imprint-ens33.network"]?.contains("Address=192.168.10.21/24\n") == true)
  }

  @Test("what somebody makes is of another type than a card")
  func made() throws {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName("br0")
    let files = ReaderChoiceTests.tunnel.merging([
      "\(Self.networkd)/br0.netdev": "[NetDev]\nName=br0\nKind=bridge\n",
      "\(Self.networkd)/20-br0.network": "[Match]\nName=br0\n[Network]\nAddress=192.168.10.20/24\n",
      "\(Self.networkd)/10-cards.network": "[Match]\nType=ether\nName=!ens34\n[Network]\nBridge=br0\n",
    ]) { $1 }
    try BackendTests.settle(files, profile: "debian12", site: site)
  }

  // MARK: Beside netplan

  static let netplan = [
    NetplanReaderTests.path: NetplanReaderTests.text(NetplanReaderTests.addresses)
  ]
  static let dropIn = "\(networkd)/10-netplan-ens33.network.d/local.conf"

  @Test(
    "a drop-in of the file that netplan makes loses what is the original's",
    arguments: [
      (
        "[Link]\nMACAddress=52:54:00:1c:0f:20\n\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.9\nLLDP=yes\n",
        "[Link]\n\n[Network]\nGateway=192.168.10.2\nLLDP=yes\n"
      ),
      (
        "[RoutingPolicyRule]\nFrom=192.168.10.20\nTable=9\n", "[RoutingPolicyRule]\nFrom=192.168.10.21\nTable=9\n"
      ),
      ("[Link]\nUnmanaged=yes\nMTUBytes=1400\n", "[Link]\nMTUBytes=1400\n"),
      ("[Link]\nActivationPolicy=down\n", "[Link]\n"),
      ("[Network]\nAddress=\nAddress=192.168.10.20/24\n", "[Network]\nAddress=\nAddress=192.168.10.21/24\n"),
      ("[Network]\nAddress=192.168.10.21/24\nDHCP=yes\n", "[Network]\nAddress=192.168.10.21/24\nDHCP=ipv6\n"),
    ])
  func dropIn(_ before: String, _ after: String) throws {
    for generated in [[:], ["/run/systemd/network/10-netplan-ens33.network": "[Match]\nName=ens33\n"]] {
      let files = Self.netplan.merging(generated) { $1 }.merging([Self.dropIn: before]) { $1 }
      let run = try BackendTests.settle(files, profile: "ubuntu2404")
      #expect(run.after[Self.dropIn] == after)
      #expect(run.findings.isEmpty, "\(run.findings)")
    }
  }

  @Test("addresses of neighbours and of others' leases are not the interface's own")
  func others() throws {
    let path = "\(Self.networkd)/5.network"
    let text =
      "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\nDHCPServer=yes\n"
      + "[Neighbor]\nAddress=192.168.10.99\nLinkLayerAddress=52:54:00:00:00:09\n"
      + "[DHCPServerStaticLease]\nAddress=192.168.10.10\nMACAddress=52:54:00:00:00:08\n"
    let run = try BackendTests.settle([path: text], profile: "debian12")
    #expect(run.after[path] == text.replacing("192.168.10.20", with: "192.168.10.21"))
    #expect(run.findings.isEmpty, "\(run.findings)")
  }

  @Test("one that nobody edits is no, and with NetworkManager nobody reads any")
  func dropInOfOthers() throws {
    let own = "/usr/lib/systemd/network/10-netplan-ens33.network.d/a.conf"
    for text in ["[Link]\nUnmanaged=yes\n", "[Network]\nAddress=192.168.10.20/24\n"] {
      let files = Self.netplan.merging([own: text]) { $1 }
      #expect(try Self.failing(BackendTests.twice(files, profile: "ubuntu2404").second).count == 1)
      let others = files.mapValues { $0.replacing("version: 2\n", with: "version: 2\n  renderer: NetworkManager\n") }
      #expect(try Self.failing(BackendTests.twice(others, profile: "ubuntu2404").second) == [])
    }
    let other = "\(Self.networkd)/10-netplan-ens35.network.d/a.conf"
    let files = Self.netplan.merging([other: "[Network]\nAddress=192.168.10.20/24\n"]) { $1 }
    let run = try BackendTests.settle(files, profile: "ubuntu2404")
    #expect(run.findings.contains { $0.text.hasPrefix("\(other):2 gives a link 192.168.10.20") }, "\(run.findings)")
  }

  @Test(
    "a file in the place of netplan's own is no", arguments: ["", "[Match]\nName=ens35\n", "/dev/null"])
  func namesake(_ text: String) throws {
    let name = "\(Self.networkd)/10-netplan-ens33.network"
    var tree = MemoryTree(BackendTests.bare.merging(Self.netplan) { $1 })
    if text.hasPrefix("/") { tree.makeLink(name, to: text) } else { tree.write(name, text) }
    let platform = try #require(Platform.named("ubuntu2404"))
    let fixups: [any Fixup] = [InterfacesFixup(), StampFixup()]
    let first = try Run(tree, site: try Lab.site(), platform: platform, fixups)
    let second = try Run(first.after, site: try Lab.site(), platform: platform, fixups)
    #expect(Self.failing(second) == ["the file of ens33: \(name)"])
    #expect(second.findings.contains { $0.text.hasPrefix("\(name) hides") } == !text.contains("["))
  }
}
