import Site
import Support
import Testing
import Tree

@testable import Fixups

/// What names a card by its address: a copy of a sealed tree ends as one of a tree that was never sealed.
@Suite("Names of cards in a template")
struct SealedCardTests {
  static let drop = "\(CardNameTests.link).d/card.conf"
  static let others = "/etc/udev/rules.d/80-own.rules"

  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let files: [String: String]
    /// What a seal makes of them, where it does something.
    let sealed: [String: String?]
    var warns = true
  }

  private static let address = "52:54:00:aa:00:01"
  private static let nobodys = "ff:ff:ff:ff:ff:ff"

  static let rows = [
    Row(
      testDescription: "a link",
      files: [
        CardNameTests.link:
          "[Match]\nMACAddress=\(address)\n[Link]\nName=ens33\nMTUBytes=9000\nMACAddress=\(address)\n"
      ],
      sealed: [CardNameTests.link: "[Match]\nMACAddress=\(nobodys)\n[Link]\nName=ens33\nMTUBytes=9000\n"]),
    Row(
      testDescription: "a link with dots in the address",
      files: [CardNameTests.link: "[Match]\nMACAddress=5254.00aa.0001\n[Link]\nName=ens33\n"],
      sealed: [CardNameTests.link: "[Match]\nMACAddress=\(nobodys)\n[Link]\nName=ens33\n"]),
    Row(
      testDescription: "a link that goes by the name that udev makes of the address",
      files: [CardNameTests.link: "[Match]\nProperty=ID_NET_NAME_MAC=enx525400aa0001\n[Link]\nName=ens33\n"],
      sealed: [CardNameTests.link: "[Match]\nProperty=ID_NET_NAME_MAC=enxffffffffffff\n[Link]\nName=ens33\n"]),
    Row(
      testDescription: "a rule that goes by the name that udev makes of the address",
      files: [others: "SUBSYSTEM==\"net\", ENV{ID_NET_NAME_MAC}==\"enx525400aa0001\", NAME=\"ens33\"\n# end\n"],
      sealed: [others: "SUBSYSTEM==\"net\", ENV{ID_NET_NAME_MAC}==\"enxffffffffffff\", NAME=\"ens33\"\n# end\n"]),
    Row(
      testDescription: "a link for any card, but for a drop-in",
      files: [
        CardNameTests.link: "[Match]\nType=ether\n[Link]\nName=ens33\n",
        drop: "[Match]\nPermanentMACAddress=52:54:00:AA:00:01\n",
      ], sealed: [drop: "[Match]\nPermanentMACAddress=\(nobodys)\n"]),
    Row(
      testDescription: "a link that says where the card sits",
      files: [
        CardNameTests.link:
          "[Match]\nPath=pci-0000:02:01.0\nMACAddress=\(address)\n[Link]\nName=ens33\nMTUBytes=9000\n"
      ],
      sealed: [CardNameTests.link: "[Match]\nPath=pci-0000:02:01.0\n[Link]\nName=ens33\nMTUBytes=9000\n"], warns: false),
    Row(
      testDescription: "rules of an installer's",
      files: [
        CardNameTests.rules: "# x\n" + CardNameTests.rule(address, "ens33")
          + CardNameTests.rule("52:54:00:aa:00:02", "o")
      ],
      sealed: [
        CardNameTests.rules: "# x\n" + CardNameTests.rule(nobodys, "ens33") + CardNameTests.rule(nobodys, "o")
      ]),
    Row(
      testDescription: "rules of somebody's own",
      files: [others: CardNameTests.rule(address, "ens33") + "KERNEL==\"kvm\", MODE=\"0666\"\n"],
      sealed: [others: CardNameTests.rule(nobodys, "ens33") + "KERNEL==\"kvm\", MODE=\"0666\"\n"]),
  ]

  private static func site(mac: String?) throws -> Site {
    try Clone.site { site in
      site.networks[0].interface = try InterfaceName("ens33")
      if let mac { site.nodes[2].macs[.management] = try MACAddress(mac) }
    }
  }

  private static func sealed(_ tree: MemoryTree) throws -> (tree: MemoryTree, proposal: Proposal) {
    let platform = try Lab.platform()
    let proposal = try Sealing.propose(for: Template(tree: tree, platform: platform))
    let sealed = Clone.applied(proposal.changes, to: tree)
    let again = Template(tree: sealed, platform: platform)
    #expect(try Sealing.propose(for: again).changes.map(\.path) == [])
    for key in ["network-links", "persistent-net-rules"] {
      let thing = try #require(UniqueThings.table.first { $0.key == key })
      #expect(try thing.values(in: again).isEmpty)
    }
    return (sealed, proposal)
  }

  @Test("a name stays, its card goes, and the apply of a copy ends the same", arguments: rows)
  func sameEnd(_ row: Row) throws {
    var tree = Clone.plain
    for (path, text) in row.files { tree.write(path, text) }
    let (template, proposal) = try Self.sealed(tree)
    for path in row.files.keys { #expect(template[path] == row.sealed[path] ?? row.files[path], "\(path)") }
    #expect(proposal.warns("named ens33, which this tree's interfaces need") == row.warns)
    #expect(!proposal.warns(" named o"))
    for mac in [nil, "52:54:00:bb:00:01"] {
      let plain = try Clone.settle(MachineIdentity(), tree, site: Self.site(mac: mac))
      let copy = try Clone.settle(MachineIdentity(), template, site: Self.site(mac: mac))
      for path in row.files.keys {
        let own = plain.tree[path]?.replacing(Self.address, with: Self.nobodys)
          .replacing("52:54:00:AA:00:01", with: Self.nobodys).replacing("5254.00aa.0001", with: Self.nobodys)
          .replacing("525400aa0001", with: "ffffffffffff")
        // Where the place tells the card, its address is needed no more.
        let isPlaced = mac != nil && !row.warns
        #expect(copy.tree[path] == (isPlaced ? template[path] : own), "\(path), \(mac ?? "no mac")")
      }
      let told = { (run: Proposal) in run.findings.filter { $0.text.contains("ens33") }.map(\.text) }
      #expect(told(copy.proposal) == told(plain.proposal))
    }
  }

  @Test("no card of a copy matches a sealed link")
  func udev() async throws {
    var tree = Clone.plain
    for (path, text) in Self.rows[1].files { tree.write(path, text) }
    let scratch = try Scratch()
    let template = try Self.sealed(tree).tree
    for path in [CardNameTests.link, Self.drop] {
      try scratch.write(template[path] ?? "", to: String(path.dropFirst()))
    }
    try await SystemdOracles(root: scratch.path).udev("52:54:00:bb:00:01", .init(link: nil))
  }

  static let named: [(files: [String: String], path: String?)] = [
    (["/etc/netplan/1.yaml": netplan("match: {macaddress: \(address)}\n      set-name: ens33")], "/etc/netplan/1.yaml"),
    (["/etc/netplan/1.yaml": netplan("match: {name: ens33}\n      set-name: ens33")], nil),
    (["/etc/netplan/1.yaml": netplan("match: {macaddress: \(address)}")], nil),
    (
      [
        "/etc/netplan/1.yaml": netplan("dhcp4: false").replacing("lan:", with: "ens33:"),
        "/etc/systemd/network/10-netplan-ens33.link.d/card.conf": "[Match]\nPermanentMACAddress=\(address)\n",
      ], "/etc/systemd/network/10-netplan-ens33.link.d/card.conf"
    ),
    (
      [
        "/etc/netplan/1.yaml": netplan("dhcp4: false").replacing("lan:", with: "ens33:"),
        CardNameTests.link: "[Match]\nMACAddress=\(address)\n", drop: "[Link]\nName=ens33\n",
      ], CardNameTests.link
    ),
    (
      [
        "/etc/netplan/1.yaml": netplan("dhcp4: false").replacing("lan:", with: "ens33:"),
        "/usr/lib/systemd/network/73-x.link": "[Match]\nType=ether\n[Link]\nName=ens33\n",
        "/etc/systemd/network/73-x.link.d/card.conf": "[Match]\nMACAddress=\(address)\n",
      ], "/etc/systemd/network/73-x.link.d/card.conf"
    ),
  ]

  private static func netplan(_ more: String) -> String {
    "network:\n  ethernets:\n    lan:\n      \(more)\n      addresses: [192.168.10.20/24]\n"
  }

  @Test("a name that netplan or a drop-in gives is told as a rule's or a link's is", arguments: named)
  func lost(_ files: [String: String], _ path: String?) throws {
    var tree = MemoryTree(BackendTests.bare.merging(files) { $1 })
    let platform = try #require(Platform.named("ubuntu2204"))
    for _ in 0..<2 {
      let proposal = try Sealing.propose(for: Template(tree: tree, platform: platform))
      let told = proposal.findings.filter { $0.text.contains("named ens33, which this tree's interfaces need") }
      #expect(told.map { "\($0.text.prefix { $0 != " " })" } == (path.map { [$0] } ?? []))
      #expect(told.allSatisfy { $0.severity == .warning && $0.advice?.contains("mac = {") ?? false })
      // netplan's own file stays as it is, and is told again.
      guard path == "/etc/netplan/1.yaml" else { break }
      #expect(proposal.change("/etc/netplan/1.yaml") == nil)
      tree = Clone.applied(proposal.changes, to: tree)
    }
  }

  @Test("files of interfaces that nobody can read do not keep a seal from its work")
  func unreadable() throws {
    var tree = Clone.plain
    tree.write(CardNameTests.link, Self.rows[0].files[CardNameTests.link] ?? "")
    tree.write("/etc/netplan/1.yaml", "network: [\n")
    let platform = try #require(Platform.named("ubuntu2404"))
    let proposal = try Sealing.propose(for: Template(tree: tree, platform: platform))
    #expect(proposal.change(CardNameTests.link) != nil)
  }

  @Test("a link that a package brought is not a template's to edit, and stays")
  func packaged() throws {
    var tree = Clone.plain
    let path = "/usr/lib/systemd/network/10-x.link"
    tree.write(path, "[Match]\nMACAddress=\(Self.address)\n[Link]\nName=ens33\n")
    #expect(try Self.sealed(tree).proposal.change(path) == nil)
  }
}
