import Site
import Support
import Testing

@testable import Fixups

@Suite("/etc/network/interfaces")
struct IfupdownTests {
  static let path = "/etc/network/interfaces"

  @Test("the tutorial's, on Debian") func lab() throws {
    let run = try Lab.settle(Lab.tree(debian: true), debian: true, [InterfacesFixup()])
    let expected = Lab.debianCompute[Self.path]?.split(separator: "192.168.10.20/24").joined(
      separator: "192.168.10.21/24"
    )
    .split(separator: "192.168.20.20").joined(separator: "192.168.20.21")
    #expect(run.after[Self.path] == expected)
    #expect(
      run.reasons(Self.path) == [
        "address of ens33 said 192.168.10.20, which is the address of compute",
        "address of ens34 said 192.168.20.20, which is the address of compute",
      ])
  }

  @Test("an interface in a sourced file is edited there") func sourced() throws {
    let sourced = "/etc/network/interfaces.d/ens33"
    let tree = Lab.tree(
      debian: true,
      [
        Self.path: "source-directory interfaces.d\nauto lo\niface lo inet loopback\n",
        sourced: "auto ens33\niface ens33 inet dhcp\n",
        "/etc/network/interfaces.d/ens34.bak": "iface ens34 inet static\n  address 192.168.20.20/24\n",
      ])
    let run = try Lab.settle(tree, debian: true, [InterfacesFixup()])
    #expect(run.after[sourced]?.contains("inet static") == true)
    #expect(run.after[sourced]?.contains("192.168.10.21") == true)
    #expect(run.after[Self.path]?.contains("iface ens34 inet static") == true)
  }

  @Test(
    "a pattern of source is what wordexp(3) makes of it",
    arguments: [
      ("source interfaces.d/[0-9]*", true), ("source /etc/network/interfaces.d/[!a-z]?-ens3[0-3]", true),
      ("source 'interfaces.d'/\"5\"0-ens33", true), ("source interfaces.d/50\\-ens33", true),
      ("source ../network/interfaces.d/[[:digit:]]*", true), ("source-directory interfaces.[c-e]", true),
      ("source /nowhere interfaces.d/*", true),
      ("source interfaces.d/[a-z]*", false), ("source interfaces.d/\\*", false), ("source interfaces.d/*;", false),
      ("source interfaces.d/{50-ens33,other}", false),
    ])
  func sourcePattern(_ line: String, _ isRead: Bool) async throws {
    let sourced = "/etc/network/interfaces.d/50-ens33"
    let stanza = "auto ens33\niface ens33 inet static\n    address 192.168.10.20/24\n    gateway 192.168.10.2\n"
    let files = [Self.path: "auto lo\niface lo inet loopback\n\(line)\n", sourced: stanza]
    let run = try Lab.settle(Lab.tree(debian: true, files), debian: true, [InterfacesFixup()])
    #expect(run.after[sourced]?.contains("192.168.10.21/24") == isRead)
    #expect(run.after[Self.path]?.contains("iface ens33") == !isRead)
    guard let ifquery = RealProgram.find("ifquery"), !line.contains("/nowhere") else { return }
    let scratch = try Scratch()
    try scratch.write(stanza, to: "network/interfaces.d/50-ens33")
    let own = line.replacing("/etc/network", with: "\(scratch.path)/network")
    let main = try scratch.write("\(own)\n", to: "network/interfaces")
    #expect(try await ifquery.run(["-i", main, "ens33"]).output.contains("192.168.10.20") == isRead)
  }

  @Test func `what a variable decides is told`() throws {
    let text = (Lab.debianCompute[Self.path] ?? "") + "source /etc/network/$WHERE/*\n"
    let run = try Lab.settle(Lab.tree(debian: true, [Self.path: text]), debian: true, [InterfacesFixup()])
    #expect(run.findings.contains { $0.text.contains("sources /etc/network/$WHERE/*, which a variable decides") })
  }

  @Test("of two files with the interface, the one with the original's address is edited, and keeps its commands")
  func twoHomes()
    throws
  {
    let mine = "/etc/network/interfaces.d/mgmt"
    let stray = "/etc/network/interfaces.d/README.bak~"
    let tree = Lab.tree(
      debian: true,
      [
        Self.path: "source interfaces.d/*\nauto lo\niface lo inet loopback\n",
        stray: "iface ens33 inet dhcp\n",
        mine: "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n  up /usr/local/bin/mine\n",
      ])
    let run = try Run(tree, site: Lab.site(), platform: Lab.platform(debian: true), [InterfacesFixup()])
    #expect(run.after[mine]?.contains("address 192.168.10.21/24") == true)
    #expect(run.after[mine]?.contains("  up /usr/local/bin/mine") == true)
    // One of dhcp would be an address more: it sets nothing up any more, and is told.
    #expect(run.after[stray] == "iface ens33 inet manual\n")

    #expect(run.claims.first { $0.subject == "addresses of ens33" }?.seen == "dhcp 192.168.10.20/24")
    #expect(run.findings.contains { $0.text.contains("has stanzas of ens33 too") })
  }

  @Test("a copy loses the IPv6 address that is the original's and that the site does not know") func foreignIPv6()
    throws
  {
    let text = """
      auto lo ens33 ens34
      iface lo inet loopback
      iface ens33 inet static
        address 192.168.10.20/24
        gateway 192.168.10.2
      iface ens33 inet6 static
        address 2001:db8::20/64
        gateway 2001:db8::1
      iface ens34 inet static
        address 192.168.20.20/24

      """
    let run = try Lab.settle(Lab.tree(debian: true, [Self.path: text]), debian: true, [InterfacesFixup()])
    #expect(run.after[Self.path]?.contains("2001:db8") == false)
    #expect(run.after[Self.path]?.contains("192.168.10.21/24\n  gateway 192.168.10.2\niface ens34") == true)
  }

  static let commands =
    [
      ("up ip route add 10.0.0.0/8 via 192.168.10.1 src 192.168.10.20", nil),
      ("pre-up ip addr add 192.168.10.20/24   dev ens35 || true", nil),
      ("post-up ip rule add from '192.168.10.20' table 10; ip rule add to \"192.168.10.20/32\" table 11", nil),
      ("down ip rule del from 192.168.10.20/32 table 10 >/dev/null 2>&1 && logger -- gone", nil),
      ("pre-down LC_ALL=C notify \"$IFACE\" 192.168.10.20\t${MODE}", nil),
      (
        "post-down ip addr del 192.168.10.\\\n20/24 dev\\\n   ens34",
        "post-down ip addr del 192.168.10.\\\n21/24 dev\\\n   ens34"
      ),
      // Another node's, the beginning of another word, a part of one.
      ("up arping 192.168.10.10 192.168.10.210 192.168.10.20x", ""),
      ("up notify --source=192.168.10.20", ""),
      ("up A=192.168.10.20; ip addr add $A/24 dev ens34", ""),
      ("up echo 192.168.10.20 | notify", nil),
      ("up echo 192.168.10.20 > /var/tmp/own", nil),
      ("up ip addr add $(cat /etc/own || echo 192.168.10.20) dev ens34", ""),
      ("up if true; then notify 192.168.10.20; fi", nil),
      ("up notify 192.168.10.20 'a", ""),
      ("up notify # 192.168.10.20", ""),
      ("dns-search 192.168.10.20", ""),
    ] as [(String, String?)]

  @Test(
    "the original's address as a word of a command is the node's then; where it is more than a word, that is told",
    arguments: commands)
  func command(_ before: String, _ after: String?) async throws {
    let text = "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n  gateway 192.168.10.2\n\t\(before)\n"
    // What may give it fails verify, too.
    let failing: Set = before.contains("addr add $") ? ["addresses of ens33", "addresses of ens34"] : []
    let run = try Lab.settle(
      Lab.tree(debian: true, [Self.path: text]), debian: true, [InterfacesFixup()], failing: failing)
    let wanted = after == "" ? before : after ?? before.replacing("192.168.10.20", with: "192.168.10.21")
    let new = try #require(run.after[Self.path])
    #expect(new.contains("  address 192.168.10.21/24\n  gateway 192.168.10.2\n\t\(wanted)\n"), "\(new)")
    let isTold = run.findings.contains { $0.text.contains("ens33 has 192.168.10.20 in it") }
    #expect(isTold == (after == "" && !before.contains("arping")), "\(run.findings)")
    #expect(run.claims.contains { $0.subject == "commands in \(Self.path)" && !$0.holds } == (after != ""))
    guard let ifquery = RealProgram.find("ifquery") else { return }
    let scratch = try Scratch()
    let read = { (text: String, name: String) in
      try await ifquery.run(["-i", scratch.write(text, to: name), "ens33"]).succeeded("ifquery").output
    }
    let (old, seen) = (try await read(text, "before"), try await read(new, "after"))
    let isWord = after == nil || after?.isEmpty == false
    let expected = old.split(separator: "\n").map(String.init).map { line in
      line.hasPrefix("address: ") || isWord ? line.replacing("192.168.10.20", with: "192.168.10.21") : line
    }
    #expect(seen.split(separator: "\n").map(String.init) == expected, "\(seen)")
  }

  @Test(
    "a file that ifupdown refuses is refused with its place",
    arguments: [
      ("\u{FEFF}# mine\niface ens33 inet static\n", 1), ("auto lo\naddress 192.168.10.20\n", 2),
      ("# a\niface ens33 inet STATIC\n  address 192.168.10.20/24\n", 2), ("iface ens33 inet\n", 1),
      ("iface ens33 inet static\n  address 192.168.10.20/24\n  up\n", 3),
      ("mapping ens33\n  script /x\nauto lo\n  map y\n", 4),
      ("auto lo\niface\n", 2), ("iface ens35\n", 1), ("auto lo\niface ens35\n  mtu 9000\n", 2),
      ("iface ens99 inet9 static\n", 1), ("template x\n", 1), ("iface ens35 static\n", 1),
      ("iface ens35 inherits\n", 1), ("auto lo\niface ens35 inherits base\niface base inet static\n", 2),
      ("iface base inet static\niface ens35 inet6 inherits base\n", 2),
    ]) func refused(_ text: String, _ line: Int) async throws
  {
    let error = #expect(throws: FixupError.self) {
      try Run(
        Lab.tree(debian: true, [Self.path: text]), site: try Lab.site(), platform: try Lab.platform(debian: true),
        [InterfacesFixup()])
    }
    #expect(error?.description.hasPrefix("\(Self.path):\(line): ") == true)
    guard let ifquery = RealProgram.find("ifquery") else { return }
    let scratch = try Scratch()
    let said = try await ifquery.run(["-i", scratch.write(text, to: "interfaces"), "ens33"]).error
    #expect(said.contains("interfaces:\(line): ") && said.contains("couldn't read"), "\(said)")
  }

  @Test(
    "a stanza has its family and its method from whom it inherits",
    arguments: [
      ("iface base inet static\n", "inherits base"), ("iface base inet static\n", "inet inherits base"),
      ("iface base inet manual\n", "inet static inherits base"),
      ("iface base inet6 static\niface base inet static\n", "inet inherits base"),
      ("iface base inet6 static\n  address fe80::9/64\niface base inet static\n", "inet static inherits base"),
      ("iface first inet static\n  mtu 1400\niface base inherits first\n", "inherits base"),
    ], [false, true])
  func inherits(_ said: (bases: String, header: String), _ isSourced: Bool) async throws {
    func stanzas(_ number: Int) -> String {
      "auto ens33\niface ens33 \(said.header)\n  address 192.168.10.\(number)/24\n  gateway 192.168.10.2\n"
        + "auto ens34\niface ens34 inet static\n  address 192.168.20.\(number)/24\n"
    }
    let sourced = "/etc/network/bases"
    let head = isSourced ? "source bases\n" : said.bases
    let files = [Self.path: head + stanzas(20), sourced: said.bases]
    let run = try BackendTests.settle(files, profile: "debian12")
    #expect(run.after[Self.path] == head + stanzas(21))
    #expect(run.after[sourced] == said.bases && run.findings.isEmpty, "\(run.findings)")
    guard let ifquery = RealProgram.find("ifquery") else { return }
    let scratch = try Scratch()
    try scratch.write(said.bases, to: "bases")
    let path = try scratch.write(run.after[Self.path] ?? "", to: "interfaces")
    #expect(try await ifquery.run(["-i", path, "ens33"]).output.contains("address: 192.168.10.21\n"))
  }

  @Test("one that would have a method of DHCP's becomes static on its own line") func inheritsLease() async throws {
    let head = "iface base inet dhcp\nauto ens34\niface ens34 inet static\n  address 192.168.20.21/24\nauto ens33\n"
    let run = try BackendTests.settle([Self.path: head + "iface ens33 inherits base\n"], profile: "debian12")
    #expect(
      run.after[Self.path] == head
        + "iface ens33 inet static inherits base\n  address 192.168.10.21/24\n  gateway 192.168.10.2\n")
    guard let ifquery = RealProgram.find("ifquery") else { return }
    let scratch = try Scratch()
    let path = try scratch.write(run.after[Self.path] ?? "", to: "interfaces")
    #expect(try await ifquery.run(["-i", path, "ens33"]).output.contains("netmask: 255.255.255.0\n"))
  }

  @Test(
    "what its successors take is refused for ifupdown alone, and only where the node's interfaces are its own",
    arguments: ["iface ens35\n  mtu 9000\n", "template x\n"])
  func successors(_ text: String) throws {
    let own = (Lab.debianCompute[Self.path] ?? "") + "\n\(text)"
    for sign in ["/usr/share/ifupdown2/__main__.py", "/etc/network/ifupdown-ng.conf"] {
      let tree = Lab.tree(debian: true, [Self.path: own, sign: "\n"])
      #expect(try Lab.settle(tree, debian: true, [InterfacesFixup()]).after[Self.path]?.hasSuffix(text) == true)
    }
    let networkd = ["ens33": "192.168.10.20", "ens34": "192.168.20.20"].map { name, address in
      ("/etc/systemd/network/\(name).network", "[Match]\nName=\(name)\n[Network]\nAddress=\(address)/24\n")
    }
    let files = Dictionary(uniqueKeysWithValues: networkd + [(Self.path, text)])
    let run = try BackendTests.settle(files, profile: "debian12")
    #expect(run.after["/etc/systemd/network/ens33.network"]?.contains("192.168.10.21") == true)
  }

  @Test("a stanza without a family, as the successors of ifupdown write it, is the interface's own")
  func withoutFamily() throws {
    let text =
      "auto lo\niface lo inet loopback\n\nauto ens33\niface ens33\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\n"
      + "auto ens34\niface ens34\n\taddress 192.168.20.20\n\tnetmask 255.255.255.0\n"
    let sign = "/usr/share/ifupdown2/__main__.py"
    let run = try BackendTests.settle([Self.path: text, sign: "\n"], profile: "debian12")
    #expect(
      run.after[Self.path]
        == text.replacing("192.168.10.20/", with: "192.168.10.21/").replacing(".20.20", with: ".20.21"))
    #expect(!run.findings.contains { $0.text.contains("192.168") }, "\(run.findings)")
    #expect(throws: FixupError.self) { try BackendTests.twice([Self.path: text], profile: "debian12") }
  }

  @Test(
    "what such a stanza has besides one address is refused for the node's interfaces",
    arguments: [
      "  address 192.168.10.20/24\n  address fd00::20/64\n", "  address 192.168.10.20/24\n  address 192.168.10.99/24\n",
      "  use dhcp\n",
    ])
  func manyAddresses(_ options: String) throws {
    let sign = "/etc/network/ifupdown-ng.conf"
    let (own, others) = (
      "auto ens33\niface ens33\n\(options)", "auto ens35\niface ens35\n\(options.replacing(".10.20", with: ".99.9"))"
    )
    let error = #expect(throws: FixupError.self) {
      try BackendTests.twice([Self.path: own, sign: "\n"], profile: "debian12")
    }
    #expect(error?.description.hasPrefix("\(Self.path):2: ens33 ") == true, "\(error?.description ?? "")")
    let stanza = "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n"
    let run = try BackendTests.settle([Self.path: stanza + others, sign: "\n"], profile: "debian12")
    #expect(run.after[Self.path]?.contains(others) == true)
  }

  @Test("the original's stanzas go from other files too, for ifupdown would add them") func otherFiles() throws {
    let old = "/etc/network/interfaces.d/ens33.bak"
    let tree = Lab.tree(
      debian: true,
      [
        old:
          "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n\niface ens33 inet static\n  address 10.1.1.1/24\n"
      ])
    let run = try Lab.settle(tree, as: "compute2", debian: true, [InterfacesFixup()])
    #expect(run.after[old] == "auto ens33\n")
  }

  @Test(
    "an interface that nothing brings up is brought up",
    arguments: [
      ("", true), ("auto /ens*\n", false), ("allow-hotplug ens34 ens33\n", false), ("allow-ovs ens33\n", false),
      ("iface ens35 inet manual\n  up ifup ens33\n", false),
      ("iface ens35 inet manual\n  up ifup ens34 # ens333\n", true),
      ("no-auto-down ens33\n", true), ("auto ens333\n", true),
    ])
  func notStarted(_ start: String, _ isMended: Bool) throws {
    let text = "auto ens34\n\(start)\n# ours\niface ens33 inet static\n  address 192.168.10.20/24\n"
    let (first, second) = try BackendTests.twice([Self.path: text], profile: "debian12")
    let auto = isMended ? "auto ens33\n" : ""
    #expect(
      first.after[Self.path]?.contains("\n# ours\n\(auto)iface ens33 inet static\n  address 192.168.10.21/24\n") == true
    )
    #expect(first.reasons(Self.path).contains("nothing brought ens33 up at boot") == isMended)
    #expect(first.claims.contains { $0.subject == "start of ens33" && !$0.holds } == isMended)
    #expect(second.changes.isEmpty && second.claims.allSatisfy { $0.holds })
  }

  @Test func `a sourced file may bring it up, and so may a unit`() throws {
    let stanzas = "auto ens34\niface ens33 inet static\n  address 192.168.10.20/24\nsource interfaces.d/*\n"
    let sourced = try BackendTests.settle(
      [Self.path: stanzas, "/etc/network/interfaces.d/x": "auto ens33\n"], profile: "debian12")
    #expect(sourced.after[Self.path]?.contains("auto ens33") == false)
    let unit = try BackendTests.settle(
      [Self.path: stanzas],
      links: ["/etc/systemd/system/multi-user.target.wants/ifup@ens33.service": "/lib/systemd/system/ifup@.service"],
      profile: "debian12")
    #expect(unit.after[Self.path]?.contains("auto ens33") == false)
  }

  @Test func `one that another reader brings up is not started here`() throws {
    let text = "auto ens34\niface ens33 inet static\n  address 192.168.10.20/24\n"
    let unit = "/etc/systemd/network/1.network"
    let files = [Self.path: text, unit: "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n"]
    let run = try BackendTests.settle(files, profile: "debian12")
    #expect(run.after[unit]?.contains("192.168.10.21/24") == true)
    #expect(run.after[Self.path]?.contains("auto ens33") == false)
  }

  @Test(
    "an interface that networking.service passes over fails verify",
    arguments: [
      ("EXCLUDE_INTERFACES=\"eth9 ens33\"\n", "auto ens33 ens34\n", true),
      ("EXCLUDE_INTERFACES=ens3[0-3]\n", "auto ens33\n", true),
      ("#EXCLUDE_INTERFACES=ens33\n", "auto ens33\n", false),
      ("EXCLUDE_INTERFACES=ens33,ens34\n", "auto ens33\n", false),
      ("EXCLUDE_INTERFACES=ens33\n", "allow-hotplug ens33\n", false),
    ])
  func excluded(_ settings: String, _ start: String, _ isTold: Bool) throws {
    let path = "/etc/default/networking"
    let text = "\(start)iface ens33 inet static\n  address 192.168.10.20/24\n"
    let run = try BackendTests.twice([Self.path: text, path: settings], profile: "debian12").second
    #expect(run.claims.contains { $0.subject == "start of ens33" && !$0.holds } == isTold)
    #expect(run.findings.contains { $0.text.contains("\(path):1: EXCLUDE_INTERFACES has ens3") } == isTold)
  }

  @Test("a missing file is made with the loopback") func missing() throws {
    var tree = Lab.tree(debian: true)
    tree.remove(Self.path)
    let run = try Lab.settle(tree, debian: true, [InterfacesFixup()])
    #expect(run.after[Self.path]?.hasPrefix("auto lo\niface lo inet loopback\n\nauto ens33\n") == true)
  }

  @Test("an interface that the site does not name is found by its network") func unnamed() throws {
    var site = try Lab.site()
    site.networks[0].interface = nil
    site.networks[1].interface = nil
    let run = try Lab.settle(Lab.tree(debian: true), site: site, debian: true, [InterfacesFixup()])
    #expect(run.after[Self.path]?.contains("192.168.10.21/24") == true)
    #expect(run.findings == [])
  }

  @Test("the original's address on another interface, and in netplan, is named") func strays() throws {
    let text = (Lab.debianCompute[Self.path] ?? "") + "\niface eth9 inet static\n  address 192.168.10.20/24\n"
    let tree = Lab.tree(debian: true, [Self.path: text, "/etc/netplan/01.yaml": "addresses: [192.168.10.20/24]\n"])
    let run = try Lab.settle(tree, debian: true, [InterfacesFixup()])
    #expect(run.findings.count == 2)
    #expect(run.after[Self.path]?.hasSuffix("iface eth9 inet static\n  address 192.168.10.20/24\n") == true)
  }
}
