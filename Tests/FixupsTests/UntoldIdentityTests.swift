import Documents
import Foundation
import Site
import Support
import Testing
import Tree

@testable import Fixups

/// What bears the original's identity in places that are easily passed over, and what leads astray without bearing it.
@Suite("Identity in places that are easily passed over")
struct UntoldIdentityTests {
  private static let interfaces = "/etc/network/interfaces"
  private static let mac = "52:54:00:aa:bb:cc"

  private static func run(_ tree: MemoryTree, _ fixups: [any Fixup]) throws -> Run {
    try Run(tree, site: Lab.site(), platform: #require(Platform.named("centos7-rdo")), fixups)
  }

  // MARK: ifupdown

  @Test("a route goes into a stanza of its own family, whichever comes first", arguments: [false, true])
  func routeFamilies(_ isIPv6First: Bool) throws {
    var site = try Lab.site()
    site.networks[0].subnets.append(try Subnet("2001:db8:10::/64"))
    site.networks[0].routes = [
      Route(to: try Subnet("172.16.0.0/12"), via: try IPAddress("192.168.10.5")),
      Route(to: try Subnet("2001:db8:ff::/48"), via: try IPAddress("2001:db8:10::5")),
    ]
    site.nodes[2].addresses[.management]?.append(try IPAddress("2001:db8:10::21"))
    let v4 = "iface ens33 inet static\n address 192.168.10.20/24\n gateway 192.168.10.2\n"
    let v6 = "iface ens33 inet6 static\n address 2001:db8:10::20/64\n"
    let stale =
      isIPv6First
      ? " up ip -6 route add 2001:db8:1::/48 via 2001:db8:10::9 dev ens33\n"
      : " up ip route add 10.0.0.0/8 via 192.168.10.9 dev ens33\n"
    let text =
      "auto ens33 ens34\n" + (isIPv6First ? v6 + stale + v4 : v4 + stale + v6)
      + "iface ens34 inet static\n address 192.168.20.20/24\n"
    let run = try BackendTests.settle([Self.interfaces: text], profile: "debian12", site: site)
    let after = InterfacesFile(Array((run.after[Self.interfaces] ?? "").utf8))
    for (family, destination) in [("inet", "172.16.0.0/12"), ("inet6", "2001:db8:ff::/48")] {
      let homes = after.stanzas.filter { $0.options.contains { $0.value.contains(destination) } }
      #expect(homes.map(\.family) == [family], "\(run.after[Self.interfaces] ?? "")")
    }
  }

  @Test("what only a DHCP client is told goes with the client")
  func dhcpOptions() throws {
    let text =
      "auto ens33 ens34\niface ens33 inet dhcp\n  hostname compute\n  client compute\n  metric 5\n"
      + "iface ens34 inet static\n  address 192.168.20.20/24\n"
    let run = try BackendTests.settle([Self.interfaces: text], profile: "debian12")
    let after = try #require(run.after[Self.interfaces])
    #expect(!after.contains("hostname") && !after.contains("client") && after.contains("  metric 5\n"), "\(after)")
    #expect(!run.findings.contains { $0.text.contains("tells DHCP servers") })
  }

  @Test(
    "a MAC address in a command or for Open vSwitch is told",
    arguments: [
      "pre-up ip link set dev ens33 address \(mac)", "ovs_extra set bridge br0 other-config:hwaddr=\(mac)",
    ])
  func commands(_ line: String) throws {
    let text =
      "auto ens33 ens34\niface ens33 inet static\n  address 192.168.10.20/24\n  \(line)\n"
      + "iface ens34 inet static\n  address 192.168.20.20/24\n"
    let run = try BackendTests.settle(
      [Self.interfaces: text], profile: "debian12", failing: ["what ties \(Self.interfaces) to a machine"])
    #expect(
      run.findings.contains { $0.text.contains("\(Self.interfaces):4") && $0.text.contains(Self.mac) },
      "\(run.findings)")
  }

  @Test("options with hyphens are those with underscores", arguments: ["bridge_hw", "bridge-hw"])
  func hyphens(_ name: String) throws {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName("br0")
    let text =
      "auto br0 ens34\niface br0 inet static\n  bridge_ports ens33\n  address 192.168.10.20/24\n  \(name) \(Self.mac)\n"
      + "iface ens34 inet static\n  address 192.168.20.20/24\n"
    let run = try BackendTests.settle([Self.interfaces: text], profile: "debian12", site: site)
    #expect(run.after[Self.interfaces]?.contains(Self.mac) == false)
  }

  // MARK: NetworkManager and netplan

  @Test("what NetworkManager's settings say for all connections is told")
  func connectionDefaults() throws {
    let path = "/etc/NetworkManager/conf.d/90-site.conf"
    let files = [
      path: "[connection]\nethernet.cloned-mac-address=\(Self.mac)\nipv4.dhcp-client-id=compute\n",
      "\(BackendTests.connections)/m.nmconnection": BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2"),
      "\(BackendTests.connections)/t.nmconnection": BackendTests.connection("ens34", "192.168.20.20/24"),
    ]
    let run = try BackendTests.settle(files, profile: "el9-rdo")
    #expect(run.findings.contains { $0.text.hasPrefix("\(path):2") && $0.text.contains(Self.mac) }, "\(run.findings)")
    #expect(run.findings.contains { $0.text.hasPrefix("\(path):3") && $0.text.contains("client identifier") })
  }

  @Test("the address of an Open vSwitch bridge is told in netplan and in keyfiles")
  func switches() throws {
    let netplan = """
      network:
        ethernets:
          ens33: {addresses: [192.168.10.20/24]}
          ens34: {addresses: [192.168.20.20/24]}
        bridges:
          br-int:
            openvswitch:
              other-config: {hwaddr: "\(Self.mac)"}

      """
    let first = try BackendTests.settle(
      ["/etc/netplan/1.yaml": netplan], profile: "ubuntu2404",
      failing: ["what ties /etc/netplan/1.yaml to a machine"])
    #expect(first.findings.contains { $0.text.contains(Self.mac) }, "\(first.findings)")
    let files = [
      "\(BackendTests.connections)/b.nmconnection":
        "[connection]\nid=b\ntype=ovs-bridge\ninterface-name=br-int\n[ovs-other-config]\ndata.hwaddr=\(Self.mac)\n",
      "\(BackendTests.connections)/m.nmconnection": BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2"),
      "\(BackendTests.connections)/t.nmconnection": BackendTests.connection("ens34", "192.168.20.20/24"),
    ]
    let second = try BackendTests.settle(
      files, profile: "el9-rdo",
      failing: ["what ties \(BackendTests.connections)/b.nmconnection to a machine"])
    #expect(second.findings.contains { $0.text.contains(Self.mac) }, "\(second.findings)")
  }

  @Test(
    "a package's connection that NetworkManager would take makes verify say no",
    arguments: [(5, true), (0, true), (-5, false)])
  func shadows(_ priority: Int, _ isTaken: Bool) throws {
    let shadow = "/usr/lib/NetworkManager/system-connections/x.nmconnection"
    let files = [
      shadow: BackendTests.connection("ens33", "192.168.10.20/24").replacing(
        "[ipv4]", with: "autoconnect-priority=\(priority)\n[ipv4]"
      ).replacing("uuid=6a2c7a0e", with: "uuid=7a2c7a0e"),
      "\(BackendTests.connections)/m.nmconnection": BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2"),
      "\(BackendTests.connections)/t.nmconnection": BackendTests.connection("ens34", "192.168.20.20/24"),
    ]
    let (first, second) = try BackendTests.twice(files, profile: "el9-rdo")
    #expect(
      first.findings.contains { $0.text.contains("\(shadow) is for ens33 too with 192.168.10.20") }, "\(first.findings)"
    )
    #expect(second.claims.contains { !$0.holds && $0.seen == shadow } == isTaken)
  }

  @Test(
    "a keyfile that NetworkManager may take before the ifcfg file makes verify say no",
    arguments: [(5, true), (0, true), (-5, false)])
  func outranked(_ priority: Int, _ isTaken: Bool) throws {
    let keyfile = "\(BackendTests.connections)/m.nmconnection"
    let files = [
      keyfile: BackendTests.connection("ens33", "192.168.10.20/24").replacing(
        "[ipv4]", with: "autoconnect-priority=\(priority)\n[ipv4]"),
      "\(IfcfgTests.directory)/ifcfg-ens33": "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n",
      "\(IfcfgTests.directory)/ifcfg-ens34": "DEVICE=ens34\nIPADDR=192.168.20.20\nPREFIX=24\n",
    ]
    let (_, second) = try BackendTests.twice(files, profile: "el8-rdo")
    #expect(second.claims.contains { !$0.holds && $0.seen == keyfile } == isTaken, "\(second.claims)")
  }

  @Test("a connection for users only comes up at boot from then on")
  func permissions() throws {
    let path = "\(BackendTests.connections)/m.nmconnection"
    let text = BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2")
    let files = [
      path: text.replacing("[ipv4]", with: "permissions=user:bob:;\n[ipv4]"),
      "\(BackendTests.connections)/t.nmconnection": BackendTests.connection(
        "ens34", "192.168.20.20/24", "permissions="),
    ]
    let run = try BackendTests.settle(files, profile: "el9-rdo")
    #expect(run.after[path]?.contains("permissions") == false)
  }

  @Test(
    "an assignment that may run or not is told where it stays",
    arguments: ["if true; then IPADDR=192.168.10.20; fi", "true && IPADDR=192.168.10.20"])
  func conditionalLine(_ line: String) throws {
    let path = "\(IfcfgTests.directory)/ifcfg-ens33"
    let files = [
      path: "DEVICE=ens33\n\(line)\nPREFIX=24\n",
      "\(IfcfgTests.directory)/ifcfg-ens34": "DEVICE=ens34\nIPADDR=192.168.20.20\nPREFIX=24\n",
    ]
    let run = try BackendTests.settle(files, profile: "el8-rdo")
    #expect(run.after[path]?.contains("\(line)\n") == true)
    let told = run.findings.filter { $0.text.hasPrefix("\(path):2 has 192.168.10.20 in it where nobody can tell") }
    #expect(told.count == 1, "\(run.findings)")
  }

  // MARK: Unique things

  @Test("udev's rules in a file of somebody's own follow the card, and what is no name stays and is told")
  func udevRules() throws {
    let path = "/etc/udev/rules.d/10-mine.rules"
    let run = "ACTION==\"add\", KERNEL==\"ens33\", RUN+=\"/sbin/ip link set dev ens33 address \(Self.mac)\"\n"
    let text = CardNameTests.rule(Self.mac, "ens33") + run
    func settle(mac: String?) throws -> (tree: MemoryTree, proposal: Proposal) {
      var tree = Clone.plain
      tree.write(path, text)
      let site = try Clone.site { site in
        site.networks[0].interface = try InterfaceName("ens33")
        if let mac { site.nodes[2].macs[.management] = try MACAddress(mac) }
      }
      let proposal = try MachineIdentity().propose(for: Clone.situation(tree, site: site))
      return (try Clone.settle(MachineIdentity(), tree, site: site).tree, proposal)
    }
    let follows = try settle(mac: "52:54:00:bb:00:01")
    #expect(follows.tree[path] == CardNameTests.rule("52:54:00:bb:00:01", "ens33") + run)
    #expect(follows.proposal.warns("\(path):2 has the address of a card"))
    let goes = try settle(mac: nil)
    #expect(goes.tree[path] == run)
    #expect(goes.proposal.warns("\(path) named ens33 by the original's card"))
  }

  @Test(
    "a rule that is no plain name for a card is left, and told",
    arguments: [
      "SUBSYSTEM==\"usb\", ATTR{serial}==\"MAC\", NAME=\"x\", MODE=\"0660\"",
      "SUBSYSTEM==\"input\", ATTRS{uniq}==\"MAC\", NAME=\"input/x\"",
      "SUBSYSTEM==\"net\", ATTR{address}==\"MAC|52:54:00:1c:0f:21\", NAME=\"ens33\"",
      "SUBSYSTEM==\"net\", ATTR{address}!=\"MAC\", NAME=\"ens33\"",
      "KERNEL==\"ens33\", NAME=\"ens33\", RUN+=\"/sbin/ip link set ens33 address MAC\"",
      "LABEL=\"x\", ATTR{address}==\"MAC\", NAME=\"ens33\"",
    ])
  func otherRules(_ rule: String) throws {
    let path = "/etc/udev/rules.d/10-mine.rules"
    let text = rule.replacing("MAC", with: Self.mac) + "\n"
    var tree = Clone.plain
    tree.write(path, text)
    let site = try Clone.site { site in
      site.networks[0].interface = try InterfaceName("ens33")
      site.nodes[2].macs[.management] = try MACAddress("52:54:00:1c:0f:21")
    }
    let proposal = try MachineIdentity().propose(for: Clone.situation(tree, site: site))
    #expect(proposal.change(path) == nil)
    #expect(proposal.warns("\(path):1 has the address of a card"))
  }

  @Test("a DHCP server's leases are no client's")
  func serverLeases() throws {
    var tree = Clone.plain
    for name in ["dhcpd.leases", "dhcpd6.leases", "dhcpd.leases~", "dhclient.ens33.leases"] {
      tree.write("/var/lib/dhcp/\(name)", "lease\n")
    }
    let site = try Clone.site()
    let removed = try MachineIdentity().propose(for: Clone.situation(tree, site: site)).removed
    #expect(removed.filter { $0.hasPrefix("/var/lib/dhcp/") } == ["/var/lib/dhcp/dhclient.ens33.leases"])
  }

  @Test("OVN's override of the system id is renewed with it")
  func systemID() throws {
    var tree = Clone.plain
    let old = "3c1f3a52-5b0e-4b0c-8a1e-2f7f5a0f3a01\n"
    for path in OpenVSwitch.files { tree.write(path, old) }
    let after = try Clone.settle(MachineIdentity(), tree, site: Clone.site()).tree
    let new = OpenVSwitch.files.map { after[$0] ?? "" }
    #expect(new[0] == new[1] && new[0] != old && new[0].utf8.count == 37, "\(new)")
  }

  @Test("snmpd's engine id is told and compared, and a file of its users alone is not")
  func snmpEngine() throws {
    var tree = Clone.plain
    let path = "/var/lib/snmp/snmpd.conf"
    tree.write(path, "usmUser 1 3 0x80 x\nsetserialno 1\n")
    #expect(try !MachineIdentity().propose(for: Clone.situation(tree)).warns("SNMP engine"))
    tree.write(path, "setserialno 1\noldEngineID 0x80001F8880AA\n")
    #expect(
      try MachineIdentity().propose(for: Clone.situation(tree)).warns(
        "shares the SNMP engine id with the original (\(path))"))
    #expect(SNMPEngine.ids(in: Array("oldEngineID 0x80001F8880AA\n".utf8)) == ["0x80001f8880aa"])
  }

  // MARK: nova

  @Test("resource providers are read where nova is told to")
  func providers() throws {
    let text = "meta:\n  schema_version: '1.0'\nproviders:\n  - identification:\n      name: compute\n"
    var tree = Lab.tree([
      "/etc/nova/nova.conf": "[DEFAULT]\nmy_ip = 192.168.10.20\n[compute]\nprovider_config_location = /etc/nova/pc\n"
    ])
    for directory in ["pc", "provider_config"] { tree.write("/etc/nova/\(directory)/a.yaml", text) }
    let run = try Self.run(tree, [HostnameFixup(), ProviderConfig()])
    #expect(run.after["/etc/nova/pc/a.yaml"] == text.replacing("compute", with: "compute2"))
    #expect(run.after["/etc/nova/provider_config/a.yaml"] == text)
  }

  @Test("a service at the original's address becomes this node's, and that is told")
  func services() throws {
    let tree = Lab.tree([
      "/etc/nova/nova.conf":
        "[DEFAULT]\nmy_ip = 192.168.10.20\n[keystone_authtoken]\nauth_url = http://192.168.10.20:5000\n"
    ])
    let run = try Self.run(tree, [NovaFixup()])
    #expect(run.after["/etc/nova/nova.conf"]?.contains("auth_url = http://192.168.10.21:5000\n") == true)
    let told = run.findings.filter { $0.text.contains("named a service at 192.168.10.20") }
    #expect(told.count == 1 && told[0].text.hasPrefix("auth_url in [keystone_authtoken]"), "\(run.findings)")
  }

  // MARK: ssh

  private static func access(_ files: [String: String]) throws -> (proposal: Proposal, after: [Claim]) {
    var tree = Clone.plain
    for (path, text) in files { tree.write(path, text) }
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree))
    let after = Clone.applied(proposal.changes, to: tree)
    return (proposal, try MigrationAccess().propose(for: Clone.situation(after, Clone.own)).claims)
  }

  @Test(
    "what everybody's ssh_config says of a peer counts where the account's own says nothing",
    arguments: ["/etc/ssh/ssh_config", "/etc/ssh/ssh_config.d/10-x.conf"])
  func everybodysConfig(_ path: String) throws {
    var files = ["/etc/ssh/ssh_config": "Include /etc/ssh/ssh_config.d/*.conf\n"]
    files[path, default: ""] += "Host *\n  BindAddress 192.168.10.20\n"
    let (proposal, _) = try Self.access(files)
    #expect(proposal.warns("BindAddress 192.168.10.20 leads ssh to compute astray"), "\(proposal.findings)")
    #expect(proposal.findings.contains { $0.text.hasPrefix("\(path):") })
  }

  @Test(
    "lines that keep nova from its peers make verify say no; a way through another host is only told",
    arguments: [
      ("HostKeyAlias c1", true), ("PubkeyAuthentication no", true), ("PreferredAuthentications password", true),
      ("ProxyCommand /bin/false", false), ("BindInterface ens99", false), ("PubkeyAcceptedAlgorithms ssh-rsa", true),
      ("PubkeyAcceptedKeyTypes -ssh-ed*", true), ("HostKeyAlgorithms ssh-dss", true), ("AddressFamily inet6", true),
      ("SessionType none", true), ("StdinNull yes", true), ("RevokedHostKeys /nonexistent", true),
    ])
  func obstacles(_ line: String, _ isCertain: Bool) throws {
    let (proposal, after) = try Self.access(["/var/lib/nova/.ssh/config": "Host compute\n  \(line)\n"])
    let words = isCertain ? "leads ssh to compute astray" : "stands between nova and compute"
    #expect(proposal.warns("\(line) \(words)"), "\(proposal.findings)")
    #expect(after.contains { !$0.holds && $0.subject == "ssh to compute" } == isCertain, "\(after)")
  }

  @Test(
    "what stands in a Match that only a running ssh can tell is told",
    arguments: [
      ("HostName 192.168.10.10", true), ("Port 2222", true), ("ProxyJump bastion", true),
      ("PubkeyAuthentication no", true),
      ("Port 22", false), ("ProxyCommand /usr/bin/sss_ssh_knownhostsproxy -p %p %h", false), ("User root", false),
      ("BatchMode yes", false),
    ])
  func possible(_ line: String, _ isTold: Bool) throws {
    for condition in ["exec true", "!exec \"test -e /x\" host compute", "localnetwork 10.0.0.0/8"] {
      let files = ["/etc/ssh/ssh_config": "Host a\nMatch \(condition)\n  \(line)\n"]
      let (proposal, after) = try Self.access(files)
      #expect(
        proposal.warns("/etc/ssh/ssh_config:3: \(line) may lead ssh to compute astray") == isTold,
        "\(proposal.findings)")
      #expect(!after.contains { !$0.holds && $0.subject == "ssh to compute" }, "\(after)")
    }
  }

  @Test(
    "what ssh takes up when it reads its files again counts, and what it never gets to does not",
    arguments: [
      ("Match final\n  PubkeyAuthentication no\n", true), ("Match canonical\n  PubkeyAuthentication no\n", false),
      ("Match final\n  HostName 192.168.10.10\n", false),
      ("CanonicalizeHostname yes\nMatch canonical all\n  PubkeyAuthentication no\n", true),
    ])
  func again(_ text: String, _ isKeptOut: Bool) throws {
    let (_, after) = try Self.access(["/etc/ssh/ssh_config": text])
    #expect(after.contains { !$0.holds && $0.subject == "ssh to compute" } == isKeptOut, "\(after)")
  }

  @Test(
    "lines that change nothing about the way are passed over",
    arguments: [
      "PubkeyAcceptedAlgorithms +ssh-rsa", "PubkeyAcceptedKeyTypes ssh-*", "HostKeyAlgorithms rsa-sha2-512",
      "HostKeyAlgorithms -ssh-rsa", "AddressFamily inet", "AddressFamily any", "SessionType default", "StdinNull no",
      "RevokedHostKeys /etc/shells", "RevokedHostKeys none", "Ciphers aes256-ctr",
    ])
  func harmless(_ line: String) throws {
    let (proposal, after) = try Self.access(["/var/lib/nova/.ssh/config": "Host compute\n  \(line)\n"])
    #expect(!proposal.warns("leads ssh to compute astray") && !proposal.warns("refuses"), "\(proposal.findings)")
    #expect(!after.contains { !$0.holds && $0.subject == "ssh to compute" }, "\(after)")
  }

  @Test(
    "an address of the peer's in HostName is that one however it is spelled",
    arguments: [("2001:DB8:10:0::20", false), ("2001:db8:10::0020", false), ("2001:db8:10::21", true)])
  func spelled(_ said: String, _ isAstray: Bool) throws {
    let site = try Clone.site { site in
      site.networks[0].subnets.append(try Subnet("2001:db8:10::/64"))
      site.nodes[1].addresses[.management]?.append(try IPAddress("2001:db8:10::20"))
    }
    var tree = Clone.plain
    tree.write("/etc/ssh/ssh_config", "Host compute\n  HostName \(said)\n")
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree, site: site))
    #expect(proposal.warns("HostName \(said)") == isAstray, "\(proposal.findings)")
  }

  @Test(
    "what is included counts in its place, and not where it is for other hosts",
    arguments: [
      ("Host bastion\n  Include ssh_config.d/*.conf\n", false),
      ("PubkeyAuthentication yes\nInclude ssh_config.d/*.conf\n", false),
      ("Include ssh_config.d/*.conf\nPubkeyAuthentication yes\n", true),
    ])
  func includes(_ text: String, _ isKeptOut: Bool) throws {
    let files = ["/etc/ssh/ssh_config": text, "/etc/ssh/ssh_config.d/x.conf": "PubkeyAuthentication no\n"]
    let (_, after) = try Self.access(files)
    #expect(after.contains { !$0.holds && $0.subject == "ssh to compute" } == isKeptOut, "\(after)")
  }

  @Test(
    "what the account's own file includes, or asks for the host alone, counts as ssh reads it",
    arguments: [
      ("Include conf.d/*\n", "Host compute\n  HostName 192.168.10.10\n", true),
      ("Include ~/.ssh/conf.d/a\n", "HostName 192.168.10.10\n", true),
      ("Host bastion\n  Include conf.d/*\n", "HostName 192.168.10.10\n", false),
      ("Host comp*\n  Include conf.d/*\n", "Host bastion\n  HostName 192.168.10.10\n", false),
      ("Host compute\n  Include conf.d/*\n  HostName compute\n", "Port 22\n", false),
      ("Host bastion\n  Include conf.d/*\n  HostName 192.168.10.10\n", "Port 22\n", false),
      ("Match host compute\n  HostName 192.168.10.10\n", "", true),
      ("Match originalhost \"bastion,comp*\"\n  HostName 192.168.10.10\n", "", true),
      ("Match !host compute*,192.168.*\n  HostName 192.168.10.10\n", "", false),
      ("Match localuser *\n  HostName 192.168.10.10\n", "", true),
      ("Match host compute !localuser *\n  HostName 192.168.10.10\n", "", false),
    ])
  func ownIncludes(_ text: String, _ included: String, _ isAstray: Bool) async throws {
    let folder = "/var/lib/nova/.ssh"
    let (proposal, after) = try Self.access(["\(folder)/config": text, "\(folder)/conf.d/a": included])
    #expect(proposal.warns("HostName 192.168.10.10 leads ssh to compute astray") == isAstray, "\(proposal.findings)")
    #expect(after.contains { !$0.holds && $0.subject == "ssh to compute" } == isAstray, "\(after)")
    guard let said = try await sshSays(text, including: included) else { return }
    #expect(said.contains("hostname 192.168.10.10") == isAstray, "\(said)")
  }

  @Test(
    "Match asks for the host as HostName has it by then, wherever that stands",
    arguments: [
      (
        "Host compute\n  HostName 192.168.10.20\nInclude conf.d/*\n", "Match host compute\n  PubkeyAuthentication no\n",
        false
      ),
      (
        "Host compute\n  HostName 192.168.10.20\nInclude conf.d/*\n", "Match host *.20\n  PubkeyAuthentication no\n",
        true
      ),
      (
        "Match host compute\n  HostName 192.168.10.20\n  Include conf.d/*\n  PubkeyAuthentication no\n",
        "Match host elsewhere\n  User x\n", true
      ),
      ("Match host compute\n  Include conf.d/*\n  PubkeyAuthentication no\n", "HostName 192.168.10.20\n", true),
      ("Include conf.d/*\nMatch host compute\n  PubkeyAuthentication no\n", "HostName 192.168.10.20\n", false),
      ("Include conf.d/*\nMatch originalhost compute\n  PubkeyAuthentication no\n", "HostName 192.168.10.20\n", true),
    ])
  func renamed(_ text: String, _ included: String, _ isKeptOut: Bool) async throws {
    let folder = "/var/lib/nova/.ssh"
    let (_, after) = try Self.access(["\(folder)/config": text, "\(folder)/conf.d/a": included])
    #expect(after.contains { !$0.holds && $0.subject == "ssh to compute" } == isKeptOut, "\(after)")
    guard let said = try await sshSays(text, including: included) else { return }
    #expect(said.contains("pubkeyauthentication false") == isKeptOut, "\(said)")
  }

  /// What OpenSSH's own client makes of a configuration for a peer; nil where there is none to ask.
  private func sshSays(_ text: String, including included: String) async throws -> [Substring]? {
    guard let ssh = RealProgram.find("ssh") else { return nil }
    let scratch = try Scratch()
    try scratch.write(included, to: "conf.d/a", mode: 0o600)
    let text = text.replacing("Include ~/.ssh/", with: "Include ")
      .replacing("Include ", with: "Include \(scratch.path)/")
    let config = try scratch.write(text, to: "config", mode: 0o600)
    return try await ssh.run(["-G", "-F", config, "compute"]).succeeded("ssh -G").output.split(separator: "\n")
  }

  @Test("the line that is told is the one that counts")
  func lines() throws {
    let text = "Host bastion\n  ProxyJump gate\nHost compute\n  ProxyJump gate\n"
    #expect(try Self.access(["/etc/ssh/ssh_config": text]).proposal.warns("/etc/ssh/ssh_config:4: ProxyJump gate"))
  }

  @Test("private keys that somebody has put aside are told")
  func keysAside() throws {
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
    let path = "/var/lib/nova/.ssh/old/id_rsa"
    #expect(try Self.access([path: key]).proposal.warns("\(path) is a private key"))
  }
}
