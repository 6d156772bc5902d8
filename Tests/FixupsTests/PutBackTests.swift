import Site
import Support
import Testing
import Tree

@testable import Fixups

@Suite("What an apply took out of a copy's network, and somebody puts back")
struct PutBackTests {
  private static let card = "52:54:00:aa:00:01"
  private static let uuid = "6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00"

  struct Row: CustomTestStringConvertible, Sendable {
    let profile: String
    let path: String
    let text: String
    /// What is put back, and behind which line; several files may have it.
    let line: String
    let after: String
    var more: [String: String] = [:]
    var testDescription: String { "\(profile) \(path): \(line)" }
  }

  private static let ifcfg = "/etc/sysconfig/network-scripts/ifcfg-ens33"
  private static let script =
    "DEVICE=ens33\nONBOOT=yes\nBOOTPROTO=none\nUUID=\(uuid)\nHWADDR=52:54:00:AA:00:01\nMACADDR=\(card)\n"
    + "IPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n"
  private static let keyfile = "\(BackendTests.connections)/ens33.nmconnection"
  private static let connection = BackendTests.connection(
    "ens33", "192.168.10.20/24,192.168.10.2", "[ethernet]\nmac-address=\(card)\ncloned-mac-address=\(card)")
  private static let network = "/etc/systemd/network/10-ens33.network"
  private static let netplan = "/etc/netplan/1.yaml"

  static let rows: [Row] = [
    Row(profile: "el9-rdo", path: ifcfg, text: script, line: "HWADDR=52:54:00:AA:00:01", after: "DEVICE=ens33"),
    Row(profile: "el9-rdo", path: ifcfg, text: script, line: "MACADDR=\"\(card)\"", after: "DEVICE=ens33"),
    Row(
      profile: "el9-rdo", path: keyfile, text: connection, line: "mac-address=52:54:00:AA:00:01", after: "[ethernet]"),
    Row(profile: "el9-rdo", path: keyfile, text: connection, line: "cloned-mac-address=\(card)", after: "[ethernet]"),
    Row(
      profile: "debian12", path: network,
      text: "[Match]\nName=ens33\nMACAddress=\(card)\n[Link]\nMACAddress=\(card)\n[Network]\nAddress=192.168.10.20/24\n"
        + "Gateway=192.168.10.2\n", line: "PermanentMACAddress=\(card)", after: "[Match]"),
    Row(
      profile: "debian12", path: network,
      text:
        "[Match]\nName=ens33\n[Link]\nMACAddress=\(card)\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n",
      line: "MACAddress=\(card)", after: "[Link]"),
    Row(
      profile: "debian12", path: "/etc/systemd/network/20-br0.netdev",
      text: "[NetDev]\nName=br0\nKind=bridge\nMACAddress=\(card)\n", line: "MACAddress=\(card)", after: "Kind=bridge",
      more: [network: "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n"]),
    Row(
      profile: "ubuntu2404", path: netplan,
      text: "network:\n  ethernets:\n    ens33:\n      macaddress: \(card)\n      addresses: [192.168.10.20/24]\n"
        + "      routes: [{to: default, via: 192.168.10.2}]\n",
      line: "      macaddress: \(card)", after: "    ens33:"),
    Row(
      profile: "debian12", path: IfupdownTests.path,
      text: "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n  gateway 192.168.10.2\n"
        + "  hwaddress ether \(card)\n",
      line: "  hwaddress ether \(card)", after: "iface ens33 inet static"),
    Row(
      profile: "opensuse15", path: WickedTests.path,
      text: "STARTMODE=auto\nBOOTPROTO=static\nIPADDR='192.168.10.20/24'\nLLADDR='\(card)'\n", line: "LLADDR='\(card)'",
      after: "STARTMODE=auto", more: ["\(WickedTests.directory)/routes": "default 192.168.10.2 - -\n"]),
    Row(
      profile: "el9-rdo", path: CardNameTests.rules, text: CardNameTests.rule(card, "ens33"),
      line: String(CardNameTests.rule(card, "ens33").dropLast()), after: "", more: [ifcfg: script]),
    Row(
      profile: "el9-rdo", path: CardNameTests.link,
      text: "[Match]\nPath=pci-0000:02:01.0\nMACAddress=\(card)\n[Link]\nName=ens33\n", line: "MACAddress=\(card)",
      after: "[Match]", more: [ifcfg: script]),
  ]

  private static func run(_ tree: MemoryTree, _ profile: String, machine: StampedMachine? = nil) throws -> Run {
    let site = try Clone.site { $0.networks[0].interface = try InterfaceName("ens33") }
    let platform = try #require(Platform.named(profile))
    return try Run(
      tree, site: site, platform: platform, [MachineIdentity(), InterfacesFixup(), StampFixup()], machine: machine)
  }

  private static func tree(_ row: Row) -> MemoryTree {
    var tree = MemoryTree(["/etc/hostname": "compute\n"].merging(row.more) { $1 })
    tree.write(row.path, row.text, mode: row.path.hasSuffix(".nmconnection") ? 0o600 : 0o644)
    tree.makeDirectory("/var/lib")
    return tree
  }

  private static func putBack(_ row: Row, into tree: MemoryTree) -> MemoryTree {
    var (tree, text) = (tree, tree[row.path] ?? "")
    text =
      row.after.isEmpty
      ? text + "\(row.line)\n"
      : text.replacing("\(row.after)\n", with: "\(row.after)\n\(row.line)\n", maxReplacements: 1)
    tree.write(row.path, text, mode: row.path.hasSuffix(".nmconnection") ? 0o600 : 0o644)
    return tree
  }

  @Test("fails verify, and goes with the next apply", arguments: rows)
  func goes(_ row: Row) throws {
    let first = try Self.run(Self.tree(row), row.profile)
    #expect(first.provenance.isCopy && first.after[row.path]?.lowercased().contains(Self.card) != true)
    let quiet = try Self.run(first.after, row.profile)
    #expect(!quiet.provenance.isCopy && quiet.changes.isEmpty && quiet.claims.allSatisfy(\.holds))
    let again = Self.putBack(row, into: first.after)
    #expect(again[row.path]?.lowercased().contains(Self.card) == true)
    let second = try Self.run(again, row.profile)
    #expect(!second.provenance.isCopy)
    #expect(second.claims.contains { !$0.holds && $0.subject.contains(row.path) }, "\(second.claims)")
    #expect(second.after[row.path]?.lowercased().contains(Self.card) != true, "\(second.after[row.path] ?? "-")")
    let third = try Self.run(second.after, row.profile)
    #expect(third.changes.map(\.path) == [] && third.claims.filter { !$0.holds } == [])
  }

  @Test("a UUID, too, and the node's own stay")
  func uuids() throws {
    for (profile, path, text, key) in [
      ("el9-rdo", Self.ifcfg, Self.script, "UUID="),
      ("el9-rdo", Self.keyfile, Self.connection, "uuid="),
    ] {
      let row = Row(profile: profile, path: path, text: text, line: "", after: "")
      let old = try #require(text.split(separator: "\n").first { $0.hasPrefix(key) })
      let first = try Self.run(Self.tree(row), profile)
      let new = try #require(first.after[path]?.split(separator: "\n").first { $0.hasPrefix(key) })
      #expect(old != new)
      var again = first.after
      again.write(
        path, (first.after[path] ?? "").replacing(new, with: old.uppercased().replacing(key.uppercased(), with: key)),
        mode: 0o600)
      let second = try Self.run(again, profile)
      #expect(second.claims.contains { !$0.holds && $0.subject.contains(path) })
      #expect(second.after[path]?.lowercased().contains(old.dropFirst(key.count).lowercased()) == false)
      // What somebody else writes is his.
      again.write(
        path, (first.after[path] ?? "").replacing(new, with: "\(key)0d0c0b0a-0000-4000-8000-000000000001"), mode: 0o600)
      let other = try Self.run(again, profile)
      #expect(other.changes.map(\.path) == [] && other.claims.allSatisfy(\.holds))
    }
  }

  @Test("a card that the machine has is its own, and a rule for another beside one that came back stays")
  func own() throws {
    let row = Self.rows[0]
    let first = try Self.run(Self.tree(row), row.profile)
    let again = Self.putBack(row, into: first.after)
    let machine = StampedMachine(macs: [try MACAddress(Self.card)])
    let here = try Self.run(again, row.profile, machine: machine)
    #expect(here.claims.allSatisfy(\.holds) && here.after[row.path] == again[row.path])

    let rule = Self.rows[Self.rows.count - 2]
    var tree = try Self.run(Self.tree(rule), rule.profile).after
    let mine = CardNameTests.rule("52:54:00:cc:00:09", "ens35")
    tree.write(rule.path, mine)
    #expect(try Self.run(tree, rule.profile).changes.map(\.path) == [])
    let second = try Self.run(Self.putBack(rule, into: tree), rule.profile)
    #expect(second.after[rule.path] == mine)
  }

  @Test("what stays in a file that nobody reads is not looked for")
  func passedOver() throws {
    let row = Self.rows[0]
    var tree = Self.tree(row)
    tree.write("\(Self.ifcfg).bak", Self.script)
    tree.write("/etc/sysconfig/network-scripts/ifcfg-ens40", "DEVICE=ens40\nHWADDR=52:54:00:aa:00:40\nONBOOT=no\n")
    let first = try Self.run(tree, row.profile)
    let words = try #require(try Stamp.read(from: first.after)).formerTies
    #expect(words == [Self.card, Self.uuid])
    #expect(try Self.run(first.after, row.profile).claims.allSatisfy(\.holds))
    #expect(try !Self.run(Self.putBack(row, into: first.after), row.profile).claims.allSatisfy(\.holds))
  }

  @Test(
    "words are found in what tools write",
    arguments: [
      ("UUID=\"6B2C6D1E-3F3A-4C58-9E37-0A4C5B1E9F00\"", [uuid]), ("    NM-\(uuid):", [uuid]),
      ("uuid=\(uuid)0", []), ("# HWADDR=\(card)", []), ("mac-address=52-54-00-AA-00-01", [card]),
      ("MACAddress=\(card) 52:54:00:aa:00:02", [card, "52:54:00:aa:00:02"]), ("addresses: fe80::1:2:3", []),
    ])
  func words(_ line: String, _ words: [String]) {
    #expect(Ties.words(in: Array(line.utf8)) == Set(words))
  }
}
