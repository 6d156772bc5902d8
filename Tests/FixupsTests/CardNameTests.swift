import Site
import Support
import Testing
import Tree

@testable import Fixups

/// Rules and links by which a card has its name.
@Suite("Names of cards")
struct CardNameTests {
  static let rules = "/etc/udev/rules.d/70-persistent-net.rules"
  static let link = "/etc/systemd/network/10-ens33.link"

  static func rule(_ address: String, _ name: String) -> String {
    "SUBSYSTEM==\"net\", ACTION==\"add\", ATTR{address}==\"\(address)\", NAME=\"\(name)\"\n"
  }

  private static func site(mac: String?) throws -> Site {
    try Clone.site { site in
      site.networks[0].interface = try InterfaceName("ens33")
      if let mac { site.nodes[2].macs[.management] = try MACAddress(mac) }
    }
  }

  private static func settle(_ files: [String: String], mac: String? = nil) throws -> (
    tree: MemoryTree, proposal: Proposal
  ) {
    var tree = Clone.plain
    for (path, text) in files { tree.write(path, text) }
    return try Clone.settle(MachineIdentity(), tree, site: site(mac: mac))
  }

  @Test("a rule follows the card that the site says, whatever its case, and one for another card goes")
  func follows() throws {
    let text = "# by hand\n" + Self.rule("52:54:00:AA:00:01", "ens33") + Self.rule("52:54:00:aa:00:02", "other")
    let (after, proposal) = try Self.settle([Self.rules: text], mac: "52:54:00:bb:00:01")
    #expect(after[Self.rules] == "# by hand\n" + Self.rule("52:54:00:bb:00:01", "ens33"))
    #expect(!proposal.warns("named ens33"))
  }

  static let spellings: [(path: String, text: String, old: String, new: String)] = [
    (link, "[Match]\nMACAddress=52:54:00:aa:00:01\n[Link]\nName=ens33\n", "52:54:00:aa:00:01", "52:54:00:bb:00:01"),
    (link, "[Match]\nMACAddress=5254.00AA.0001\n[Link]\nName=ens33\n", "5254.00AA.0001", "52:54:00:bb:00:01"),
    (
      link, "[Match]\nPermanentMACAddress=5254.00aa.0001\n[Link]\nName=ens33\n", "5254.00aa.0001", "52:54:00:bb:00:01"
    ),
    (
      link, "[Match]\nProperty=ID_BUS=pci ID_NET_NAME_MAC=enx525400aa0001\n[Link]\nName=ens33\n", "525400aa0001",
      "525400bb0001"
    ),
    (
      "/etc/udev/rules.d/80-own.rules",
      "SUBSYSTEM==\"net\", ENV{ID_NET_NAME_MAC}==\"enx525400aa0001\", NAME=\"ens33\"\n", "525400aa0001", "525400bb0001"
    ),
  ]

  @Test("a card is known however its address is written", arguments: spellings)
  func spelled(_ path: String, _ text: String, _ old: String, _ new: String) throws {
    let (after, _) = try Self.settle([path: text], mac: "52:54:00:bb:00:01")
    #expect(after[path] == text.replacing(old, with: new))
    #expect(
      try Self.settle([path: text]).proposal.warns("named ens33 by the original's card")
        || Self.settle([path: text]).proposal.warns("names ens33 by the original's card"))
  }

  @Test("a rule that the site says no card for goes with its file, and the lost name is told")
  func goes() throws {
    let (after, proposal) = try Self.settle([Self.rules: "# x\n" + Self.rule("52:54:00:aa:00:01", "ens33")])
    #expect(after[Self.rules] == nil)
    #expect(proposal.warns("\(Self.rules) named ens33 by the original's card"))
    #expect(proposal.findings.contains { $0.advice?.contains("mac = {") ?? false })
  }

  @Test(
    "a rule over several lines follows as one does, and those beside it",
    arguments: [rules, "/etc/udev/rules.d/80-own.rules"])
  func continued(_ path: String) throws {
    func text(_ address: String) -> String {
      "SUBSYSTEM==\"net\", ATTR{address}==\"\(address)\", \\\n# between\n \\\n NAME=\"ens33\"\n"
    }
    let other = "SUBSYSTEM==\"net\", \\\n  ATTR{address}==\"52:54:00:aa:00:02\", NAME=\"other\"\n"
    let (after, _) = try Self.settle(
      [path: "# own\n" + text("52:54:00:aa:00:01") + other + Self.rule("52:54:00:aa:00:03", "third")],
      mac: "52:54:00:bb:00:01")
    #expect(after[path] == "# own\n" + text("52:54:00:bb:00:01"))
  }

  @Test("one of somebody's own that does more is left and told, whatever the others become")
  func continuedOwn() throws {
    let path = "/etc/udev/rules.d/80-own.rules"
    let more = "SUBSYSTEM==\"net\", ATTR{address}==\"52:54:00:aa:00:02\", \\\n  RUN+=\"/bin/true\", NAME=\"other\"\n"
    let (after, proposal) = try Self.settle(
      [path: more + Self.rule("52:54:00:aa:00:01", "ens33")], mac: "52:54:00:bb:00:01")
    #expect(after[path] == more + Self.rule("52:54:00:bb:00:01", "ens33"))
    #expect(proposal.warns("\(path):1 has the address of a card that is the original's"))
  }

  @Test(
    "rules without an address of a card stay",
    arguments: ["KERNEL==\"eth*\", NAME=\"ens33\"\n", "# 52:54:00:aa:00:01\n"])
  func stays(_ text: String) throws {
    #expect(try Self.settle([Self.rules: text]).tree[Self.rules] == text)
  }

  @Test("a link follows the card, in either of its two words", arguments: ["MACAddress", "PermanentMACAddress"])
  func link(_ key: String) throws {
    let text = "[Match]\n\(key)=52:54:00:aa:00:01\n\n[Link]\nName=ens33\nMACAddress=52:54:00:aa:00:01\n# kept\n"
    let (after, proposal) = try Self.settle([Self.link: text], mac: "52:54:00:bb:00:01")
    #expect(after[Self.link] == "[Match]\n\(key)=52:54:00:bb:00:01\n\n[Link]\nName=ens33\n# kept\n")
    #expect(!proposal.warns(Self.link))
  }

  @Test("a link that says where the card sits needs no address of it")
  func path() throws {
    let text = "[Match]\nPath=pci-0000:02:01.0\nMACAddress=52:54:00:aa:00:01\n[Link]\nName=ens33\n"
    #expect(
      try Self.settle([Self.link: text]).tree[Self.link] == "[Match]\nPath=pci-0000:02:01.0\n[Link]\nName=ens33\n")
  }

  @Test(
    "a link that would then match every card is left, and told", arguments: ["", "OriginalName=*\n", "Path=pci-*\n"])
  func told(_ more: String) throws {
    let text = "[Match]\nMACAddress=52:54:00:aa:00:01\n\(more)[Link]\nName=ens33\n"
    var tree = Clone.plain
    tree.write(Self.link, text)
    let proposal = try MachineIdentity().propose(for: Clone.situation(tree, site: Self.site(mac: nil)))
    #expect(proposal.change(Self.link) == nil)
    #expect(proposal.warns("\(Self.link) names ens33 by the original's card"))
  }

  struct DropIn: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Of the link and of its drop-in.
    let before: [String]
    let after: [String]
    var mac: String? = "52:54:00:bb:00:01"
    /// What udev then calls the card.
    var name: String? = "ens33"
  }

  static let dropIns = [
    DropIn(
      testDescription: "which matches the card that the link names",
      before: ["[Link]\nName=ens33\n", "# by hand\n[Match]\nMACAddress = 52:54:00:aa:00:01\n"],
      after: ["[Link]\nName=ens33\n", "# by hand\n[Match]\nMACAddress = 52:54:00:bb:00:01\n"]),
    DropIn(
      testDescription: "which names what the link matches, and gives it the original's address",
      before: [
        "[Match]\nMACAddress=52:54:00:aa:00:01\n[Link]\nName=none\n",
        "[Link]\nMACAddress=52:54:00:aa:00:01\nName=ens33\n",
      ],
      after: ["[Match]\nMACAddress=52:54:00:bb:00:01\n[Link]\nName=none\n", "[Link]\nName=ens33\n"]),
    DropIn(
      testDescription: "which says where the card sits",
      before: ["[Match]\nMACAddress=52:54:00:aa:00:01\n[Link]\nName=ens33\n", "[Match]\nPath=pci-0000:02:01.0\n"],
      after: ["[Match]\n[Link]\nName=ens33\n", "[Match]\nPath=pci-0000:02:01.0\n"], mac: nil, name: nil),
  ]

  @Test("a drop-in of a link belongs to it", arguments: dropIns)
  func dropIn(_ row: DropIn) async throws {
    let paths = [Self.link, "\(Self.link).d/10-card.conf"]
    let (after, proposal) = try Self.settle(
      Dictionary(uniqueKeysWithValues: zip(paths, row.before)), mac: row.mac)
    #expect(paths.map { after[$0] } == row.after)
    #expect(!proposal.findings.contains { $0.text.contains(Self.link) }, "\(proposal.findings)")
    let scratch = try Scratch()
    for path in paths { try scratch.write(after[path] ?? "", to: String(path.dropFirst())) }
    try await SystemdOracles(root: scratch.path).udev("52:54:00:bb:00:01", .init(link: row.name))
  }

  @Test(
    "a drop-in of a link that netplan makes belongs to its definition",
    arguments: [("ens33", "{}"), ("id0", "{match: {name: \"en*33\"}, set-name: ens33}")], [nil, "52:54:00:bb:00:01"])
  func netplan(_ definition: (id: String, text: String), _ mac: String?) async throws {
    let dropIn = "/etc/systemd/network/10-netplan-\(definition.id).link.d/card.conf"
    func text(_ card: String, _ link: String) -> String { "[Match]\nMACAddress=\(card)\n[Link]\n\(link)# kept\n" }
    var tree = Clone.plain
    tree.write("/etc/netplan/a.yaml", "network:\n  ethernets:\n    \(definition.id): \(definition.text)\n")
    tree.write(dropIn, text("52:54:00:aa:00:01", "MACAddress=52:54:00:aa:00:01\n"))
    let situation = try Clone.situation(tree, site: Self.site(mac: mac), platform: Platform.named("ubuntu2404"))
    let proposal = try MachineIdentity().propose(for: situation)
    let after = Clone.applied(proposal.changes, to: tree)
    #expect(after[dropIn] == text(mac ?? "52:54:00:aa:00:01", ""))
    #expect(proposal.warns("\(dropIn) names ens33 by the original's card") == (mac == nil))
    guard let mac else { return }
    let scratch = try Scratch()
    try scratch.write(after[dropIn] ?? "", to: String(dropIn.dropFirst()))
    try scratch.write("[Link]\nName=ens33\n", to: "etc/systemd/network/10-netplan-\(definition.id).link")
    try await SystemdOracles(root: scratch.path).udev(mac, .init(link: "ens33"))
    try await SystemdOracles(root: scratch.path).udev("52:54:00:aa:00:01", .init())
  }

  @Test("a link for another machine is none, and one for the original alone becomes this one's") func host() throws {
    func text(_ host: String, _ card: String) -> String {
      "[Match]\nHost=\(host)\nMACAddress=\(card)\n[Link]\nName=ens33\n"
    }
    let other = "/etc/systemd/network/05-other.link"
    let (after, proposal) = try Self.settle(
      [other: text("controller", "52:54:00:aa:00:09"), Self.link: text("compute", "52:54:00:aa:00:01")],
      mac: "52:54:00:bb:00:01")
    #expect(after[Self.link] == text("compute2", "52:54:00:bb:00:01"))
    #expect(after[other] == text("controller", "52:54:00:aa:00:09"))
    #expect(!proposal.findings.contains { $0.text.contains(".link") }, "\(proposal.findings)")
  }

  @Test("of a drop-in's name the directory that goes first counts, and one that leads to /dev/null hides it")
  func dropInOrder() async throws {
    let text = "[Match]\nMACAddress=52:54:00:bb:00:01\n[Link]\nName=ens33\n"
    var tree = Clone.plain
    tree.write(Self.link, text)
    tree.write("/run/systemd/network/10-ens33.link.d/a.conf", "[Link]\nName=hidden\n")
    tree.makeLink("\(Self.link).d/a.conf", to: "/dev/null")
    tree.write("/usr/lib/systemd/network/10-ens33.link.d/b.conf", "[Link]\nName=hidden\n")
    tree.write("/run/systemd/network/10-ens33.link.d/b.conf", "[Link]\nAlias=b\n")
    tree.write("\(Self.link).d/c.conf", "[Match]\nPermanentMACAddress=52:54:00:aa:00:01\n")
    tree.write("/etc/systemd/network/none.link.d/c.conf", "[Match]\nMACAddress=52:54:00:aa:00:01\n")
    tree.write("/usr/lib/systemd/network/10-ens33.link.d/d.conf", "[Match]\nMACAddress=52:54:00:aa:00:09\n")
    tree.write("/run/systemd/network/10-ens33.link.d/e.conf", "[Match]\nMACAddress=52:54:00:aa:00:08\n")
    let units = try NetworkdFiles.units(".link", in: tree)
    #expect(units.count == 1)
    #expect(
      units.first?.documents.map(\.snapshot.path.description) == [
        Self.link, "/run/systemd/network/10-ens33.link.d/b.conf", "\(Self.link).d/c.conf",
        "/usr/lib/systemd/network/10-ens33.link.d/d.conf", "/run/systemd/network/10-ens33.link.d/e.conf",
      ])
    let (after, proposal) = try Clone.settle(MachineIdentity(), tree, site: Self.site(mac: "52:54:00:bb:00:01"))
    #expect(after["\(Self.link).d/c.conf"] == "[Match]\nPermanentMACAddress=52:54:00:bb:00:01\n")
    #expect(after[Self.link] == text)
    #expect(proposal.warns("/usr/lib/systemd/network/10-ens33.link.d/d.conf names a card by its address"))
    #expect(!proposal.findings.contains { $0.text.contains("e.conf") })
    // Without its link nobody reads it.
    #expect(proposal.change("/etc/systemd/network/none.link.d/c.conf") == nil)
  }

  @Test("a node's own rules and links stay")
  func own() throws {
    var tree = Clone.plain
    tree.write(Self.rules, Self.rule("52:54:00:bb:00:01", "ens33"))
    tree.write(Self.link, "[Match]\nMACAddress=52:54:00:bb:00:01\n[Link]\nName=ens33\n")
    let proposal = try MachineIdentity().propose(for: Clone.situation(tree, site: Self.site(mac: "52:54:00:bb:00:01")))
    #expect(proposal.change(Self.link) == nil && proposal.change(Self.rules) == nil)
  }
}
