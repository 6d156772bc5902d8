import Site
import Testing
import Tree

@testable import Fixups

/// Default routes that are said elsewhere than where a backend has a place for them.
@Suite("Default routes in other places")
struct DefaultRouteTests {
  private static let stanza = "auto ens33\niface ens33 inet static\n address 192.168.10.20/24\n"

  /// What is made for the other network, which no file here has.
  private static let other = "\nauto ens34\niface ens34 inet static\n address 192.168.20.21/24\n"

  private static func withoutGateway() throws -> Site {
    var site = try Lab.site()
    site.networks[0].gateways = []
    return site
  }

  static let commands = [
    (" up ip route add default via 192.168.10.9 dev ens33\n", " up ip route add default via 192.168.10.2 dev ens33\n"),
    (
      " post-up /sbin/ip -4 route replace default via 192.168.10.9 dev $IFACE metric 50 || true\n",
      " post-up /sbin/ip -4 route replace default via 192.168.10.2 dev $IFACE metric 50 || true\n"
    ),
    (" up ip route add 0.0.0.0/0 via 192.168.10.2\n", " up ip route add 0.0.0.0/0 via 192.168.10.2\n"),
    (
      " up route add default gw 192.168.10.9\n down route del default gw 192.168.10.9\n",
      " up route add default gw 192.168.10.2\n down route del default gw 192.168.10.2\n"
    ),
    (
      " up ip route add default via 192.168.10.9\n down ip route del default\n",
      " up ip route add default via 192.168.10.2\n down ip route del default\n"
    ),
  ]

  @Test(
    "a command of ifupdown's that sets it gets the site's router, and no option is put beside it", arguments: commands)
  func command(_ before: String, _ after: String) throws {
    let run = try BackendTests.settle([IfupdownTests.path: Self.stanza + before], profile: "debian12")
    let stanza = Self.stanza.replacing("192.168.10.20", with: "192.168.10.21")
    #expect(run.after[IfupdownTests.path] == stanza + after + Self.other)
    // A network without a router has no default route, and nothing that undoes one.
    let none = try BackendTests.settle(
      [IfupdownTests.path: Self.stanza + before], profile: "debian12", site: Self.withoutGateway())
    #expect(none.after[IfupdownTests.path] == stanza + Self.other)
  }

  @Test("beside an option that says it, a command through another router goes")
  func beside() throws {
    let text = Self.stanza + " gateway 192.168.10.2\n up ip route add default via 192.168.10.9\n"
    let run = try BackendTests.settle([IfupdownTests.path: text], profile: "debian12")
    #expect(
      run.after[IfupdownTests.path]
        == Self.stanza.replacing("192.168.10.20", with: "192.168.10.21") + " gateway 192.168.10.2\n" + Self.other)
  }

  @Test(
    "a default route of another table or interface, or in a way of its own, is somebody's",
    arguments: [
      " up ip route add default via 192.168.10.9 table 7\n", " up ip route add default via 192.168.10.9 dev ens35\n",
      " up for a in 192.168.10.9; do ip route add default via $a; done\n",
    ])
  func foreign(_ command: String) throws {
    let run = try BackendTests.settle([IfupdownTests.path: Self.stanza + command], profile: "debian12")
    #expect(run.after[IfupdownTests.path]?.contains(command) == true)
    #expect(run.after[IfupdownTests.path]?.contains("gateway 192.168.10.2") == true)
  }

  @Test("the gateway for all in etc/sysconfig/network goes where its network has none, and only then")
  func shared() throws {
    let files = [
      IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n",
      "/etc/sysconfig/network": "NETWORKING=yes\nGATEWAY=192.168.10.9\nGATEWAYDEV=ens33\n",
    ]
    let none = try BackendTests.settle(files, profile: "centos7-rdo", site: Self.withoutGateway())
    #expect(none.after["/etc/sysconfig/network"] == "NETWORKING=yes\n")
    let foreign = files.merging(["/etc/sysconfig/network": "GATEWAY=10.9.9.1\n"]) { $1 }
    let kept = try BackendTests.settle(foreign, profile: "centos7-rdo", site: Self.withoutGateway())
    #expect(kept.after["/etc/sysconfig/network"] == "GATEWAY=10.9.9.1\n")
  }

  @Test(
    "IPv6's for all interfaces becomes the site's, and goes where its network has none",
    arguments: [
      ("IPV6_DEFAULTGW=fd00::9\n", "IPV6_DEFAULTGW=fd00::1\n", ""),
      ("IPV6_DEFAULTGW=fd00::9%ens34\n", "IPV6_DEFAULTGW=fd00::1%ens33\n", "IPV6_DEFAULTGW=fd00::9%ens34\n"),
      ("IPV6_DEFAULTGW=fe80::9\nIPV6_DEFAULTDEV=ens33\n", "IPV6_DEFAULTGW=fd00::1\nIPV6_DEFAULTDEV=ens33\n", ""),
    ])
  func shared6(_ before: String, _ after: String, _ without: String) throws {
    let path = "/etc/sysconfig/network"
    let files = [
      IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nIPV6INIT=yes\nIPV6ADDR=fd00::20/64\n",
      path: before,
    ]
    var site = try EveryBackendTests.six()
    #expect(try BackendTests.settle(files, profile: "centos7-rdo", site: site).after[path] == after)
    site.networks[0].gateways.removeAll { $0.family == .v6 }
    #expect(try BackendTests.settle(files, profile: "centos7-rdo", site: site).after[path] == without)
  }

  @Test("IPv6's in the file of routes becomes the site's there, and no other is put beside it") func routed6() throws {
    let path = "\(IfcfgTests.directory)/route6-ens33"
    let run = try BackendTests.settle(
      [
        IfcfgTests.path:
          "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\nIPV6INIT=yes\nIPV6ADDR=fd00::20/64\nIPV6_DEFROUTE=no\n",
        path: "::/0 via fd00::9 metric 7\n",
      ], profile: "centos7-rdo", site: EveryBackendTests.six())
    #expect(run.after[path] == "::/0 via fd00::1 metric 7\n")
    let after = run.after[IfcfgTests.path] ?? ""
    #expect(after.contains("IPV6_DEFROUTE=no\n") && !after.contains("IPV6_DEFAULTGW"), "\(after)")
  }

  @Test("what keeps the gateway from becoming the default route goes, in ifcfg files and in keyfiles")
  func obstacles() throws {
    let shared = "/etc/sysconfig/network"
    let run = try BackendTests.settle(
      [
        IfcfgTests.path:
          "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nDEFROUTE=no\nGATEWAYDEV=ens34\nIPV6INIT=yes\nIPV6ADDR=fd00::20/64\nIPV6_DEFROUTE=no\n",
        shared: "IPV6_DEFAULTDEV=ens34\n",
      ], profile: "centos7-rdo", site: EveryBackendTests.six())
    let after = run.after[IfcfgTests.path] ?? ""
    for line in ["DEFROUTE=yes", "GATEWAYDEV=ens33", "IPV6_DEFROUTE=yes"] {
      #expect(after.contains("\(line)\n"), "\(after)")
    }
    #expect(run.after[shared] == "IPV6_DEFAULTDEV=ens33\n")
    let path = "\(BackendTests.connections)/ens33.nmconnection"
    let text = BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2")
      .replacing("method=manual", with: "method=manual\nnever-default=true")
    #expect(text.contains("never-default"))
    let keyfile = try BackendTests.settle([path: text], profile: "el9-rdo", modes: [path: 0o600])
    #expect(keyfile.after[path]?.contains("never-default") == false)
  }

  @Test("the near end of a tunnel that is another node's is told") func tunnel() throws {
    let path = "\(IfcfgTests.directory)/ifcfg-tun0"
    let run = try BackendTests.settle(
      [
        IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n",
        path: "DEVICE=tun0\nTYPE=GRE\nMY_OUTER_IPADDR=192.168.20.10\nMY_INNER_IPADDR=10.9.0.20\n",
      ], profile: "centos7-rdo", failing: ["the near end of a tunnel (\(path):3)"])
    #expect(run.findings.contains { $0.text.hasPrefix("\(path):3 gives tun0 192.168.20.10") })
  }

  @Test("name servers that go with a stanza are told") func servers() throws {
    let text = Self.stanza + "iface ens33 inet6 static\n address fd00::20/64\n dns-nameservers fd00::53\n"
    let run = try BackendTests.settle([IfupdownTests.path: text], profile: "debian12")
    #expect(run.changes.contains { $0.reasons.contains { $0.hasSuffix("; with it goes dns-nameservers fd00::53") } })
  }

  @Test("one through several routers goes, of systemd-networkd's") func multipath() throws {
    let path = "/etc/systemd/network/10-ens33.network"
    let start = "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n"
    let everywhere =
      "[Route]\nDestination=0.0.0.0/0\nMultiPathRoute=192.168.10.8\nMultiPathRoute=192.168.10.9@ens33 10\n"
    let elsewhere = "[Route]\nDestination=10.0.0.0/8\nMultiPathRoute=192.168.10.8\nMultiPathRoute=192.168.10.9\n"
    let table = "[Route]\nMultiPathRoute=192.168.10.8\nTable=7\n"
    for site in [try Lab.site(), try Self.withoutGateway()] {
      let gateway = site.networks[0].gateways.isEmpty ? "" : "Gateway=192.168.10.2\n"
      let run = try BackendTests.settle(
        [path: start + everywhere + elsewhere + table], profile: "debian12", site: site)
      #expect(
        run.after[path]
          == start.replacing("192.168.10.20", with: "192.168.10.21") + gateway + elsewhere + table)
      #expect(run.claims.contains { $0.subject == "gateway of ens33" && $0.seen == "192.168.10.8 192.168.10.9" })
    }
  }
}

/// A VLAN that the site names and no file has.
@Suite("VLANs made anew")
struct NewVLANTests {
  private static func site() throws -> Site {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName("ens33.20")
    return site
  }

  private static func made(_ profile: String, _ path: String, _ files: [String: String] = [:]) throws -> String {
    try BackendTests.settle(files, profile: profile, site: site()).after[path] ?? ""
  }

  @Test("it is a VLAN of its parent in each backend") func everyBackend() throws {
    let ifcfg = try Self.made("centos7-rdo", "\(IfcfgTests.directory)/ifcfg-ens33.20")
    #expect(ifcfg.hasPrefix("TYPE=Vlan\nVLAN=yes\nPHYSDEV=ens33\nVLAN_ID=20\nBOOTPROTO=none\n"), "\(ifcfg)")
    let keyfile = try Self.made("el9-rdo", "\(BackendTests.connections)/ens33.20.nmconnection")
    #expect(keyfile.contains("type=vlan\ninterface-name=ens33.20\n\n[vlan]\nid=20\nparent=ens33\n"), "\(keyfile)")
    let netplan = try Self.made("ubuntu2404", "/etc/netplan/90-ens33.20.yaml")
    #expect(netplan.contains("  ethernets:\n    ens33:\n      dhcp4: false\n"), "\(netplan)")
    #expect(
      netplan.contains("  vlans:\n    ens33.20:\n      id: 20\n      link: ens33\n      addresses:"), "\(netplan)")
    let wicked = try Self.made("opensuse15", "\(WickedTests.directory)/ifcfg-ens33.20")
    #expect(wicked.contains("ETHERDEVICE='ens33'\nVLAN_ID='20'\n"), "\(wicked)")
    let card = "[Match]\nName=ens33\n[Network]\nAddress=192.168.20.20/24\n"
    #expect(throws: FixupError.self) {
      try Self.made("debian12", "", ["/etc/systemd/network/10-ens33.network": card])
    }
  }

  @Test("netplan's link is the parent's id where a file has it") func link() throws {
    let card =
      "network:\n  ethernets:\n    lan:\n      match: \n        macaddress: 52:54:00:00:00:01\n      set-name: ens33\n"
    let made = try Self.made("ubuntu2404", "/etc/netplan/90-ens33.20.yaml", ["/etc/netplan/10.yaml": card])
    #expect(made.contains("      link: lan\n") && !made.contains("ethernets"), "\(made)")
  }

  @Test(
    "a keyfile of a VLAN without a name in [connection] goes by the old place of it, or by its parent and number",
    arguments: ["interface-name=ens33.20\n", ""])
  func unnamed(_ more: String) throws {
    let path = "\(BackendTests.connections)/tag.nmconnection"
    let text =
      "[connection]\nid=tag\nuuid=1dd9a779-d327-56e1-8454-c65e2556c12c\ntype=vlan\n[vlan]\nid=20\nparent=ens33\n\(more)"
      + "[ipv4]\nmethod=manual\naddress1=192.168.10.20/24,192.168.10.2\n"
    let run = try BackendTests.settle([path: text], profile: "el9-rdo", modes: [path: 0o600], site: Self.site())
    #expect(run.after[path]?.contains("address1=192.168.10.21/24,192.168.10.2") == true)
    #expect(run.after["\(BackendTests.connections)/ens33.20.nmconnection"] == nil)
  }
}
