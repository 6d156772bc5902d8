import Site
import Testing
import Tree

@testable import Fixups

/// What a reader does with files that seem right: which of two it takes, and what it passes over.
@Suite("What readers choose") struct ReaderChoiceTests {
  static let networkd = "/etc/systemd/network"
  static let tunnel = ["\(networkd)/20-ens34.network": "[Match]\nName=ens34\n[Network]\nAddress=192.168.20.20/24\n"]

  static func keyfile(_ id: String, _ uuid: Character, _ more: String, _ addresses: String) -> String {
    let number = String(repeating: uuid, count: 8)
    return
      "[connection]\nid=\(id)\nuuid=\(number)-1111-4111-8111-111111111111\ntype=ethernet\n\(more)\n[ipv4]\n\(addresses)\n"
  }

  // MARK: systemd-networkd

  @Test(
    "a file that names the interface is its own, whatever else it asks of the machine",
    arguments: ["Driver=virtio_net", "KernelCommandLine=!nosuch", "Firmware=!uefi"])
  func conditions(_ condition: String) throws {
    let path = "\(Self.networkd)/05-ens33.network"
    let text = "[Match]\nName=ens33\n\(condition)\n[Network]\nAddress=ADDRESS/24\nGateway=192.168.10.2\nVLAN=ens33.7\n"
    let files = Self.tunnel.merging([path: text.replacing("ADDRESS", with: "192.168.10.20")]) { $1 }
    let run = try BackendTests.settle(files, profile: "debian12")
    #expect(run.after[path] == text.replacing("ADDRESS", with: "192.168.10.21"))
  }

  @Test func `a file for any interface that may go before is told`() throws {
    let files = Self.tunnel.merging([
      "\(Self.networkd)/00-all.network": "[Match]\nName=*\nDriver=veth\n[Network]\nDHCP=yes\n",
      "\(Self.networkd)/20-ens33.network": "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n",
    ]) { $1 }
    let run = try BackendTests.settle(files, profile: "debian12")
    let told = run.findings.filter { $0.text.contains("00-all.network goes before") }
    #expect(told.map(\.severity) == [.note], "\(run.findings)")
    let both = [
      "before \(Self.networkd)/20-ens33.network for ens33", "before \(Self.networkd)/20-ens34.network for ens34",
    ]
    #expect(told[0].text.contains("\(both.joined(separator: " and ")) where Driver=veth holds"), "\(told)")
  }

  @Test func `only the first sign of a list of names turns it round`() throws {
    let files = Self.tunnel.merging([
      "\(Self.networkd)/10-e.network": "[Match]\nName=!lo !ens34\n[Network]\nAddress=192.168.10.20/24\n"
    ]) { $1 }
    let unit = try #require(NetworkdFiles.units(".network", in: MemoryTree(files)).first)
    #expect(unit.matches("ens33", mac: nil) && unit.matches("ens34", mac: nil) && !unit.matches("lo", mac: nil))
  }

  @Test func `an address comes behind the one that takes back all before it`() throws {
    let dropIn = "\(Self.networkd)/10-ens33.network.d/addr.conf"
    let files = Self.tunnel.merging([
      "\(Self.networkd)/10-ens33.network": "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.99/24\n",
      dropIn: "[Network]\nAddress=\nAddress=192.168.10.20/24\n",
    ]) { $1 }
    let run = try BackendTests.settle(files, profile: "ubuntu2404")
    #expect(run.after[dropIn] == "[Network]\nAddress=\nAddress=192.168.10.21/24\n")
    #expect(run.after["\(Self.networkd)/10-ens33.network"] == "[Match]\nName=ens33\n[Network]\nGateway=192.168.10.2\n")
  }

  @Test func `what it takes back goes at once`() throws {
    let path = "\(Self.networkd)/10-ens33.network"
    let head = "[Match]\nName=ens33\n[Network]\n"
    let end = "Gateway=192.168.10.2\n"
    let files = Self.tunnel.merging([
      path: "\(head)Address=192.168.10.99/24\nAddress=\nAddress=192.168.10.20/24\n\(end)"
    ]) { $1 }
    let run = try BackendTests.settle(files, profile: "debian12")
    #expect(run.after[path] == "\(head)Address=\nAddress=192.168.10.21/24\n\(end)")
  }

  @Test("an interface that is never brought up is", arguments: ["manual", "down", "always-down"])
  func activation(_ policy: String) throws {
    let path = "\(Self.networkd)/10-ens33.network"
    let head = "[Match]\nName=ens33\n[Link]\nMTUBytes=1500\n"
    let files = Self.tunnel.merging([
      path: "\(head)ActivationPolicy=\(policy)\n[Network]\nAddress=192.168.10.20/24\n"
    ]) { $1 }
    let run = try BackendTests.settle(files, profile: "debian12")
    #expect(run.after[path] == "\(head)[Network]\nAddress=192.168.10.21/24\nGateway=192.168.10.2\n")
  }

  // MARK: netplan

  @Test func `netplan's too, and a file that networkd takes before is no`() throws {
    let path = "/etc/netplan/a.yaml"
    func text(_ mode: String, _ number: Int) -> String {
      "network:\n  version: 2\n  ethernets:\n    ens33:\n      addresses: [192.168.10.\(number)/24]\n\(mode)    ens34:\n      addresses: [192.168.20.\(number)/24]\n"
    }
    var site = try Lab.site()
    site.networks[0].gateways = []
    let mended = try BackendTests.settle(
      [path: text("      activation-mode: \"off\"\n", 20)], profile: "ubuntu2404", site: site)
    #expect(mended.after[path] == text("", 21))
    let taken = try BackendTests.twice(
      [
        path: text("", 20),
        "\(Self.networkd)/05-x.network": "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n",
      ],
      profile: "ubuntu2404", site: site)
    #expect(taken.second.claims.contains { $0.subject == "the file of ens33" && !$0.holds })
  }

  @Test(
    "a document may say where it ends",
    arguments: [
      ("---\n", "...\n", true), ("", "... # that is all\n\n# really\n", true), ("", "...\n---\na: b\n", false),
      ("", "...\na: b\n", false),
    ])
  func end(_ start: String, _ end: String, _ isOne: Bool) throws {
    let path = "/etc/netplan/a.yaml"
    func text(_ number: Int, _ gateway: String) -> String {
      "\(start)network:\n  version: 2\n  ethernets:\n    ens34:\n      addresses: [192.168.20.\(number)/24]\n"
        + "    ens33:\n      addresses: [192.168.10.\(number)/24]\n\(gateway)\(end)"
    }
    guard isOne else {
      #expect(throws: FixupError.self) { try BackendTests.twice([path: text(20, "")], profile: "ubuntu2404") }
      return
    }
    let run = try BackendTests.settle([path: text(20, "")], profile: "ubuntu2404")
    let after = try #require(run.after[path])
    #expect(after.hasSuffix(end) && after.hasPrefix(start) && after.contains("via: 192.168.10.2"), "\(after)")
  }

  // MARK: NetworkManager

  @Test func `a connection that hides a package's own goes on hiding it`() throws {
    let own = "\(BackendTests.connections)/m.nmconnection"
    let address = "method=manual\naddress1=192.168.10.20/24,192.168.10.2"
    let files = [
      own: Self.keyfile("m", "1", "interface-name=ens33\n", address),
      "/usr/lib/NetworkManager/system-connections/m.nmconnection": Self.keyfile(
        "m", "1", "interface-name=ens33\n", address),
      "\(BackendTests.connections)/t.nmconnection": Self.keyfile(
        "t", "2", "interface-name=ens34\n", "method=manual\naddress1=192.168.20.20/24"),
    ]
    let run = try BackendTests.settle(files, profile: "el9-rdo")
    #expect(run.after[own]?.contains("uuid=11111111-1111") == true && run.after[own]?.contains("192.168.10.21") == true)
    #expect(run.after["\(BackendTests.connections)/t.nmconnection"]?.contains("uuid=22222222-1111") == false)
  }

  @Test func `of two for one interface the one with the address is edited, and which is taken is not claimed`() throws {
    let own = "\(BackendTests.connections)/ens33.nmconnection"
    let files = [
      "\(BackendTests.connections)/Wired connection 1.nmconnection": Self.keyfile(
        "Wired connection 1", "3", "interface-name=ens33\n", "method=auto"),
      own: Self.keyfile(
        "ens33", "1", "interface-name=ens33\n", "method=manual\naddress1=192.168.10.20/24,192.168.10.2"),
      "\(BackendTests.connections)/t.nmconnection": Self.keyfile(
        "t", "2", "interface-name=ens34\n", "method=manual\naddress1=192.168.20.20/24"),
    ]
    let run = try BackendTests.twice(files, profile: "el9-rdo").second
    #expect(run.after[own]?.contains("192.168.10.21") == true)
    #expect(run.claims.filter { !$0.holds }.map(\.subject) == ["the connection of ens33"])
  }

  @Test(
    "the node's own connections go before one that names no interface, where a priority does it",
    arguments: [
      ("", "0", "1"), ("autoconnect-priority=50\n", "0", "51"), ("autoconnect-priority=-1\n", "0", nil),
      ("autoconnect-priority=998\n", "0", "999"), ("autoconnect-priority=10\n", "11", "11"),
      ("autoconnect-priority=50\nautoconnect=false\n", "0", nil),
      ("permissions=user:x:;\nautoconnect-priority=50\n", "0", nil),
      ("autoconnect-priority=50\n[match]\ninterface-name=en*;\n", "0", "51"),
      ("autoconnect-priority=50\n[match]\ninterface-name=eth*;\n", "0", nil),
      ("autoconnect-priority=50\n[match]\ninterface-name=!ens33;!ens34;\n", "0", nil),
      ("autoconnect-priority=50\n[match]\ninterface-name=|eth0;&en*;\n", "0", nil),
      ("autoconnect-priority=50\n[match]\ndriver=virtio_net;\n", "0", "51"),
      ("autoconnect-priority=50\n[ethernet]\nmac-address=52:54:00:00:00:99\n", "0", nil),
    ] as [(String, String, String?)])
  func generalConnection(_ rival: String, _ own: String, _ wanted: String?) throws {
    let said = own == "0" ? "" : "autoconnect-priority=\(own)\n"
    let path = "\(BackendTests.connections)/m.nmconnection"
    let files = [
      path: Self.keyfile(
        "m", "1", "interface-name=ens33\n\(said)", "method=manual\naddress1=192.168.10.20/24,192.168.10.2"),
      "\(BackendTests.connections)/any.nmconnection": Self.keyfile("any", "3", rival, "method=auto"),
    ]
    let run = try BackendTests.settle(files, profile: "el9-rdo")
    // One that is made goes before it, too.
    for after in [run.after[path], run.after["\(BackendTests.connections)/ens34.nmconnection"]] {
      let lines = after?.split(separator: "\n").filter { $0.hasPrefix("autoconnect-priority=") } ?? []
      let isMade = after != run.after[path]
      let expected = isMade && own != "0" ? "11" : wanted
      #expect(lines == (expected.map { ["autoconnect-priority=\($0)"] } ?? []), "\(after ?? "")")
    }
    #expect(!run.findings.contains { $0.text.contains("any.nmconnection may take") })
  }

  @Test func `the ports below a bridge go before it, too`() throws {
    let port = "\(BackendTests.connections)/p.nmconnection"
    let files = [
      "\(BackendTests.connections)/m.nmconnection": Self.keyfile(
        "m", "1", "interface-name=br0\n", "method=manual\naddress1=192.168.10.20/24,192.168.10.2"
      ).replacing("type=ethernet", with: "type=bridge"),
      port: Self.keyfile("p", "2", "interface-name=eth0\nmaster=br0\nslave-type=bridge\n", ""),
      "\(BackendTests.connections)/any.nmconnection": Self.keyfile("any", "3", "", "method=auto"),
    ]
    let run = try BackendTests.settle(files, profile: "el9-rdo", site: try PortTests.site(bridge: "br0"))
    #expect(run.after[port]?.contains("autoconnect-priority=1\n") == true)
    #expect(run.after["\(BackendTests.connections)/m.nmconnection"]?.contains("autoconnect-priority") == false)
  }

  @Test(
    "netplan's definitions for NetworkManager go before one for a pattern",
    arguments: [
      ("match: {name: \"en*\"}", "NetworkManager", "1"), ("match: {name: \"eth*\"}", "NetworkManager", nil),
      ("match: {driver: virtio_net}", "NetworkManager", "1"), ("match: {name: \"en*\"}", "networkd", nil),
      (
        "match: {name: \"en*\"}\n      networkmanager:\n        passthrough:\n          connection.autoconnect-priority: \"7\"",
        "NetworkManager", "8"
      ),
    ] as [(String, String, String?)], [true, false])
  func generalDefinition(_ rival: (match: String, renderer: String, wanted: String?), _ isThere: Bool) throws {
    let (match, renderer, wanted) = rival
    let own = isThere ? "    ens33:\n      addresses: [192.168.10.20/24]\n" : ""
    let path = "/etc/netplan/50.yaml"
    let text =
      "network:\n  version: 2\n  renderer: \(renderer)\n  ethernets:\n\(own)    zz:\n      \(match)\n      dhcp4: true\n"
    let run = try BackendTests.settle([path: text], profile: "ubuntu2404")
    for file in [isThere ? path : "/etc/netplan/90-ens33.yaml", "/etc/netplan/90-ens34.yaml"] {
      let lines = (run.after[file] ?? "").split(separator: "\n").filter {
        $0.contains("connection.autoconnect-priority") && !$0.contains("\"7\"")
      }.map { $0.filter(\.isNumber) }
      #expect(lines == (wanted.map { [$0] } ?? []), "\(file): \(run.after[file] ?? "")")
    }
  }

  @Test("ifcfg files and netplan's definitions go before a keyfile for any card, and keyfiles before netplan's")
  func generalConnectionOfAnother() throws {
    let any = ["\(BackendTests.connections)/any.nmconnection": Self.keyfile("any", "3", "", "method=auto")]
    let ifcfg = [IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n"]
    let run = try BackendTests.settle(ifcfg.merging(any) { $1 }, profile: "el8-rdo")
    for name in ["ens33", "ens34"] {
      #expect(run.after["\(IfcfgTests.directory)/ifcfg-\(name)"]?.contains("AUTOCONNECT_PRIORITY=1\n") == true)
    }
    let plain = try BackendTests.settle(ifcfg, profile: "el8-rdo")
    #expect(!plain.changes.contains { $0.reasons.contains { $0.contains("autoconnect-priority") } })
    let path = "/etc/netplan/50.yaml"
    let text =
      "network:\n  version: 2\n  renderer: NetworkManager\n  ethernets:\n    ens33:\n      addresses: [192.168.10.20/24]\n"
    let netplan = try BackendTests.settle([path: text].merging(any) { $1 }, profile: "ubuntu2404")
    #expect(netplan.after[path]?.contains("connection.autoconnect-priority") == true)
    let other =
      "network:\n  version: 2\n  renderer: NetworkManager\n  ethernets:\n    all:\n      match: {name: \"en*\"}\n      dhcp4: true\n"
    let keyfile = "\(BackendTests.connections)/m.nmconnection"
    let mixed = try BackendTests.twice(
      [
        path: other,
        keyfile: Self.keyfile(
          "m", "1", "interface-name=ens33\n", "method=manual\naddress1=192.168.10.20/24,192.168.10.2"),
      ], profile: "ubuntu2404")
    #expect(mixed.first.after[keyfile]?.contains("autoconnect-priority=1\n") == true)
  }

  @Test("two connections of one UUID each get their own, and what names it follows the newer")
  func namesakes() throws {
    let names = ["a", "b", "c"].map { "\(BackendTests.connections)/\($0).nmconnection" }
    let files = [
      names[0]: Self.keyfile(
        "a", "1", "interface-name=ens33\n", "method=manual\naddress1=192.168.10.20/24,192.168.10.2"),
      names[1]: Self.keyfile(
        "b", "1", "interface-name=br1\n", "method=manual\naddress1=192.168.20.20/24"
      ).replacing("type=ethernet", with: "type=bridge"),
      names[2]: Self.keyfile(
        "c", "2", "interface-name=ens34\nmaster=11111111-1111-4111-8111-111111111111\nslave-type=bridge\n", ""),
    ]
    var site = try Lab.site()
    site.networks[1].interface = try InterfaceName("br1")
    for isNewer in [true, false] {
      // In the memory tree the one that is written last is the newer.
      var tree = MemoryTree(BackendTests.bare)
      for name in isNewer ? [names[0], names[1], names[2]] : [names[1], names[0], names[2]] {
        tree.write(name, files[name] ?? "", mode: 0o600)
      }
      let platform = try #require(Platform.named("el9-rdo"))
      let first = try Run(tree, site: site, platform: platform, [InterfacesFixup(), StampFixup()])
      let (loser, winner) = isNewer ? (names[0], names[1]) : (names[1], names[0])
      #expect(
        first.claims.contains { $0.subject == "uuid of \(loser)" && $0.seen == "that of \(winner)" && !$0.holds })
      func value(_ path: String, _ key: String) -> Substring? {
        first.after[path]?.split(separator: "\n").first { $0.hasPrefix("\(key)=") }?.dropFirst(key.utf8.count + 1)
      }
      #expect(value(names[0], "uuid") != value(names[1], "uuid"))
      #expect(value(names[2], "master") == value(winner, "uuid"))
      let second = try Run(first.after, site: site, platform: platform, [InterfacesFixup(), StampFixup()])
      #expect(!second.claims.contains { $0.subject.hasPrefix("uuid of ") } && second.changes.isEmpty)
    }
  }

  @Test("a copy of a connection beside it stays out of the way, whichever is newer", arguments: [true, false])
  func spare(_ isNewer: Bool) throws {
    let own = "\(BackendTests.connections)/ens33.nmconnection"
    let spare = "\(BackendTests.connections)/ens33.bak.nmconnection"
    let text = Self.keyfile("m", "1", "interface-name=ens33\n", "method=manual\naddress1=192.168.10.20/24,192.168.10.2")
    let tunnel = Self.keyfile("t", "2", "interface-name=ens34\n", "method=manual\naddress1=192.168.20.20/24")
    var tree = MemoryTree(BackendTests.bare)
    tree.write("\(BackendTests.connections)/ens34.nmconnection", tunnel, mode: 0o600)
    for path in isNewer ? [own, spare] : [spare, own] { tree.write(path, text, mode: 0o600) }
    let platform = try #require(Platform.named("el9-rdo"))
    let first = try Run(tree, site: Lab.site(), platform: platform, [InterfacesFixup(), StampFixup()])
    let kept = first.after[own]?.contains("192.168.10.21") == true ? own : spare
    let other = kept == own ? spare : own
    #expect(first.after[kept]?.contains("address1=192.168.10.21/24") == true)
    #expect(first.after[kept]?.contains("autoconnect=false") == false)
    #expect(first.after[other]?.contains("autoconnect=false\n") == true)
    let second = try Run(first.after, site: Lab.site(), platform: platform, [InterfacesFixup(), StampFixup()])
    #expect(second.changes.isEmpty && !second.claims.contains { !$0.holds }, "\(second.claims.filter { !$0.holds })")
  }

  @Test("an older copy that somebody keeps on a node of its own is no fault")
  func ownSpare() throws {
    let own = "\(BackendTests.connections)/ens33.nmconnection"
    let text = Self.keyfile("m", "1", "interface-name=ens33\n", "method=manual\naddress1=192.168.10.20/24,192.168.10.2")
    let tunnel = Self.keyfile("t", "2", "interface-name=ens34\n", "method=manual\naddress1=192.168.20.20/24")
    var tree = MemoryTree(BackendTests.bare)
    tree.write("\(BackendTests.connections)/ens34.nmconnection", tunnel, mode: 0o600)
    tree.write(own, text, mode: 0o600)
    let platform = try #require(Platform.named("el9-rdo"))
    let applied = try Run(tree, site: Lab.site(), platform: platform, [InterfacesFixup(), StampFixup()]).after
    var kept = applied
    for path in ["\(BackendTests.connections)/ens33.old.nmconnection", own] {
      kept.write(path, applied[own] ?? "", mode: 0o600)
    }
    let later = try Run(kept, site: Lab.site(), platform: platform, [InterfacesFixup(), StampFixup()])
    #expect(later.provenance.origin == .own)
    #expect(!later.claims.contains { !$0.holds }, "\(later.claims.filter { !$0.holds })")
    #expect(later.findings.contains { $0.text.contains("passes over") && $0.text.contains("ens33.old") })
  }

  @Test func `one for any card whose priority none exceeds is told, and what it takes is not claimed`() throws {
    let files = [
      "\(BackendTests.connections)/m.nmconnection": Self.keyfile(
        "m", "1", "interface-name=ens33\n", "method=manual\naddress1=192.168.10.20/24,192.168.10.2"),
      "\(BackendTests.connections)/t.nmconnection": Self.keyfile(
        "t", "2", "interface-name=ens34\n", "method=manual\naddress1=192.168.20.20/24"),
      "\(BackendTests.connections)/any.nmconnection": Self.keyfile(
        "any", "3", "autoconnect-priority=999\n", "method=auto"),
    ]
    let run = try BackendTests.twice(files, profile: "el9-rdo").second
    #expect(run.findings.filter { $0.text.contains("any.nmconnection may take ens3") }.count == 2)
    #expect(run.claims.filter { !$0.holds }.map(\.subject) == ["the connection of ens33", "the connection of ens34"])
  }

  @Test(
    "an interface that NetworkManager leaves alone is told",
    arguments: [
      ("interface-name:ens33", true), ("interface-name:ens*;mac:52:54:00:00:00:01", true), ("*", true),
      ("interface-name:=ens33", true), ("interface-name:=ens*", false), ("interface-name:docker*", false),
      ("*,except:interface-name:ens*", false), ("driver:veth", false),
    ])
  func unmanaged(_ said: String, _ isMeant: Bool) throws {
    let files = [
      "/etc/NetworkManager/conf.d/x.conf": "[keyfile]\nunmanaged-devices=\(said)\n",
      "\(BackendTests.connections)/m.nmconnection": Self.keyfile(
        "m", "1", "interface-name=ens33\n", "method=manual\naddress1=192.168.10.20/24,192.168.10.2"),
      "\(BackendTests.connections)/t.nmconnection": Self.keyfile(
        "t", "2", "interface-name=ens34\n", "method=manual\naddress1=192.168.20.20/24"),
    ]
    let run = try BackendTests.twice(files, profile: "el9-rdo").second
    #expect(run.findings.contains { $0.text.hasPrefix("/etc/NetworkManager/conf.d/x.conf:2") } == isMeant)
    #expect(run.claims.contains { $0.subject == "who brings up ens33" && !$0.holds } == isMeant)
  }

  // MARK: ifcfg

  @Test func `an Open vSwitch bridge asks no DHCP server for the address that the site gives it`() throws {
    let path = "\(IfcfgTests.directory)/ifcfg-br-ex"
    var site = try Lab.site()
    site.networks[1].interface = try InterfaceName("br-ex")
    let tree = Lab.tree([
      path: "DEVICE=br-ex\nDEVICETYPE=ovs\nTYPE=OVSBridge\nOVSBOOTPROTO=dhcp\nOVSDHCPINTERFACES=ens34\nONBOOT=yes\n"
    ])
    let run = try Run(tree, site: site, platform: Lab.platform(), [InterfacesFixup()])
    #expect(
      run.after[path]?.contains("OVSBOOTPROTO=none\n") == true && run.after[path]?.contains("192.168.20.21") == true)
  }

  // MARK: ifupdown

  @Test(
    "what a command adds that the stanza gives now is no command's; a manual stanza gives nothing itself",
    arguments: ["", " || true", " label $IFACE"], ["manual", "dhcp"])
  func commands(_ end: String, _ method: String) throws {
    let path = "/etc/network/interfaces"
    let lo = "auto lo\niface lo inet loopback\nauto ens33\n"
    let ens34 = "auto ens34\niface ens34 inet static\n  address 192.168.20.ADDRESS/24\n"
    let commands =
      "  up ip link set $IFACE up\n  up ip addr add 192.168.10.20/24 dev $IFACE\(end)\n"
      + "  up ip route add default via 192.168.10.2\n  down ip addr del 192.168.10.20/24 dev ens33\n"
      + "  up ip addr add 10.9.9.9/32 dev $IFACE\n"
    let run = try BackendTests.settle(
      [path: "\(lo)iface ens33 inet \(method)\n\(commands)" + ens34.replacing("ADDRESS", with: "20")],
      profile: "debian12")
    let fixed =
      "\(lo)iface ens33 inet static\n  address 192.168.10.21/24\n  up ip link set $IFACE up\n"
      + "  up ip route add default via 192.168.10.2\n  up ip addr add 10.9.9.9/32 dev $IFACE\n"
    let manual = "\(lo)iface ens33 inet manual\n\(commands.replacing("10.20/24", with: "10.21/24"))"
    #expect(run.after[path] == (method == "manual" ? manual : fixed) + ens34.replacing("ADDRESS", with: "21"))
  }

  @Test func `the address of a peer goes where the site gives a subnet`() throws {
    let path = "/etc/network/interfaces"
    func text(_ number: Int, _ prefix: Int, _ more: String) -> String {
      "auto ens33\niface ens33 inet static\n  address 192.168.10.\(number)/\(prefix)\n\(more)  gateway 192.168.10.2\n"
        + "auto ens34\niface ens34 inet static\n  address 192.168.20.\(number)/24\n"
    }
    let run = try BackendTests.settle(
      [path: text(20, 32, "  pointopoint 192.168.10.2\n")], profile: "debian12")
    #expect(run.after[path] == text(21, 24, ""))
  }

  // MARK: the site

  @Test func `an address that the site has moved to another interface is told where it stays`() throws {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName("ens192")
    let old = "DEVICE=ens33\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.168.10.21\nPREFIX=24\n"
    let run = try Run(Lab.tree([IfcfgTests.path: old]), site: site, platform: Lab.platform(), [InterfacesFixup()])
    let said = "ens33 has 192.168.10.21 too, which the site gives ens192"
    #expect(run.findings.contains { $0.text.contains(said) })
    let others = [
      (
        "ubuntu2404", "/etc/netplan/a.yaml",
        "network:\n  ethernets:\n    ens33:\n      addresses: [192.168.10.21/24]\n    ens34:\n      addresses: [192.168.20.20/24]\n"
      ),
      (
        "debian12", "/etc/network/interfaces",
        "auto ens33\niface ens33 inet static\n  address 192.168.10.21/24\nauto ens34\niface ens34 inet static\n  address 192.168.20.20/24\n"
      ),
    ]
    for (profile, path, text) in others {
      let runs = try BackendTests.twice([path: text], profile: profile, site: site)
      #expect(runs.second.findings.contains { $0.text.contains(said) }, "\(profile)")
    }
  }

  @Test func `a definition that goes by the card is no other interface`() throws {
    var site = try Lab.site()
    site.nodes[2].macs[.management] = try MACAddress("52:54:00:00:00:21")
    let text =
      "network:\n  ethernets:\n    id0:\n      match: {macaddress: \"52:54:00:00:00:20\"}\n      set-name: ens33\n      addresses: [192.168.10.20/24]\n    ens34:\n      addresses: [192.168.20.20/24]\n"
    let runs = try BackendTests.twice(["/etc/netplan/a.yaml": text], profile: "ubuntu2404", site: site)
    #expect(runs.second.findings.allSatisfy { !$0.text.contains("too, which the site gives") })
  }

  @Test func `in a copy an address of a family that the site has none of is the original's`() throws {
    var site = try Lab.site()
    site.networks[0].subnets = [try Subnet("2001:db8::/64")]
    site.networks[0].gateways = []
    for (index, number) in ["10", "20", "21"].enumerated() {
      site.nodes[index].addresses[.management] = [try IPAddress("2001:db8::\(number)")]
    }
    let run = try Run(Lab.tree(), site: site, platform: Lab.platform(), [InterfacesFixup(), NovaFixup()])
    let former = run.provenance.formerAddresses[.management] ?? []
    #expect(try former.contains(IPAddress("192.168.10.20")))
  }

  @Test func `a peer's full name comes along out of the networks that the disk was in`() throws {
    var site = try Lab.site()
    site.networks[0].subnets = [try Subnet("10.9.10.0/24")]
    site.networks[0].gateways = []
    for (index, number) in ["10", "20", "21"].enumerated() {
      site.nodes[index].addresses[.management] = [try IPAddress("10.9.10.\(number)")]
    }
    let elsewhere = "203.0.113.9 controller.public.example\n"
    let table = "127.0.0.1 localhost\n192.168.10.10 controller.cloud.example controller\n\(elsewhere)"
    let run = try Run(Lab.tree(["/etc/hosts": table]), site: site, platform: Lab.platform(), [HostsFixup()])
    let after = try #require(run.after["/etc/hosts"])
    #expect(after.contains("10.9.10.10 controller.cloud.example controller\n") && after.contains(elsewhere), "\(after)")
  }
}
