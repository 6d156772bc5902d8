import Site
import Testing
import Tree

@testable import Fixups

/// What makes two machines one to the network or to NetworkManager, besides addresses.
@Suite("Identities in the files of interfaces")
struct CopiedIdentityTests {
  static let uuid = "11111111-2222-4333-8444-555555555502"
  static let directory = IfcfgTests.directory
  static let connections = BackendTests.connections

  private static func value(_ key: String, _ text: String?) -> String? {
    text?.split(separator: "\n").first { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
  }

  @Test("ifcfg: what names a connection by its UUID follows the new one") func references() throws {
    let bond = "\(Self.directory)/ifcfg-bond0"
    let vlan = "\(Self.directory)/ifcfg-bond0.20"
    var site = try CardTieTests.site("bond0")
    site.networks[1].interface = try InterfaceName("bond0.20")
    var files = [
      bond:
        "DEVICE=bond0\nTYPE=Bond\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\nUUID=\(Self.uuid.uppercased())\n",
      vlan: "DEVICE=bond0.20\nTYPE=Vlan\nVLAN=yes\nPHYSDEV=\(Self.uuid)\nVLAN_ID=20\nIPADDR=192.168.20.20\nPREFIX=24\n",
      "\(Self.directory)/ifcfg-other":
        "DEVICE=ens40\nBOOTPROTO=dhcp\nSECONDARY_UUIDS=\"x-\(Self.uuid) \(Self.uuid)\"\n",
    ]
    let keys = ["MASTER_UUID", "BRIDGE_UUID", "TEAM_MASTER_UUID", "OVS_PORT_UUID"].flatMap {
      [$0, String($0.dropLast("_UUID".count))]
    }
    for (number, key) in keys.enumerated() {
      files["\(Self.directory)/ifcfg-eno\(number)"] = "DEVICE=eno\(number)\n\(key)=\(Self.uuid)\n"
    }
    let run = try BackendTests.settle(files, profile: "el8-rdo", site: site)
    let fresh = try #require(Self.value("UUID", run.after[bond]))
    #expect(fresh.lowercased() != Self.uuid)
    #expect(Self.value("PHYSDEV", run.after[vlan]) == fresh)
    for (number, key) in keys.enumerated() {
      #expect(Self.value(key, run.after["\(Self.directory)/ifcfg-eno\(number)"]) == fresh, "\(key)")
    }
    #expect(
      run.after["\(Self.directory)/ifcfg-other"]?.contains("SECONDARY_UUIDS=\"x-\(Self.uuid) \(fresh)\"\n") == true)
  }

  @Test("what names a connection in another backend's file by its UUID has its interface's name then") func elsewhere()
    throws
  {
    let site = try CardTieTests.site("bond0")
    let bond = "DEVICE=bond0\nTYPE=Bond\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\nUUID=\(Self.uuid)\n"
    let port = "\(Self.connections)/port.nmconnection"
    let old = try BackendTests.settle(
      [
        "\(Self.directory)/ifcfg-bond0": bond,
        port: "[connection]\nid=port\ntype=ethernet\ninterface-name=ens33\nmaster=\(Self.uuid)\nslave-type=bond\n",
      ], profile: "el8-rdo", modes: [port: 0o600], site: site)
    #expect(old.after[port]?.contains("\nmaster=bond0\n") == true)
    let path = "\(Self.connections)/bond0.nmconnection"
    let keyfile =
      "[connection]\nid=bond0\nuuid=\(Self.uuid)\ntype=bond\ninterface-name=bond0\n[ipv4]\nmethod=manual\naddress1=192.168.10.20/24\n"
    let new = try BackendTests.settle(
      [
        path: keyfile,
        "\(Self.directory)/ifcfg-ens33":
          "DEVICE=ens33\nUUID=21111111-2222-4333-8444-555555555502\nMASTER_UUID=\(Self.uuid)\nMASTER=bond0\n",
      ], profile: "el9-rdo", modes: [path: 0o600], site: site)
    #expect(new.after["\(Self.directory)/ifcfg-ens33"]?.contains("MASTER_UUID=bond0\nMASTER=bond0\n") == true)
  }

  @Test("a bridge of a keyfile's has no address of the original's, whoever's it is") func bridge() throws {
    let path = "\(Self.connections)/br.nmconnection"
    let text =
      "[connection]\nid=br\ntype=bridge\ninterface-name=br-ex\n[bridge]\nmac-address=52:54:00:AA:BB:03\nstp=false\n"
    let run = try BackendTests.settle(
      [path: text, EveryBackendTests.connection: BackendTests.connection("ens33", "192.168.10.20/24")],
      profile: "el9-rdo")
    #expect(run.after[path]?.contains("[bridge]\nstp=false\n") == true)
  }

  static let passed = """
    network:
      version: 2
      ethernets:
        NM-1b0c5f5e-7d6a-4a1e-8c3b-2f6f3a0b9d11:
          renderer: NetworkManager
          match:
            name: "ens33"
          addresses:
          - "192.168.10.20/24"
          networkmanager:
            uuid: "1b0c5f5e-7d6a-4a1e-8c3b-2f6f3a0b9d11"
            passthrough:
              ipv4.address1: "192.168.10.20/24,192.168.10.2"
              ipv4.method: "manual"
              ethernet.cloned-mac-address: "52:54:00:00:00:01"

    """

  @Test(
    "netplan: an address that NetworkManager put into the passthrough is edited there, and the gateway behind it counts"
  )
  func passthrough() throws {
    let path = "/etc/netplan/90-NM.yaml"
    let run = try BackendTests.settle([path: Self.passed], profile: "ubuntu2404")
    let cloned = "          ethernet.cloned-mac-address: \"52:54:00:00:00:01\"\n"
    let uuid = "uuid: \"1b0c5f5e-7d6a-4a1e-8c3b-2f6f3a0b9d11\""
    #expect(
      run.after[path]
        == Self.passed.replacing("192.168.10.20", with: "192.168.10.21").replacing(cloned, with: "")
        .replacing(uuid, with: "uuid: \"01010101-0101-4101-8101-010101010101\""))
    #expect(!run.findings.contains { $0.text.contains(path) }, "\(run.findings)")
  }

  @Test("netplan: verify holds for no passthrough that goes over the site's address") func passthroughClaim() throws {
    let text = Self.passed.replacing("- \"192.168.10.20", with: "- \"192.168.10.21")
    let run = try Run(
      MemoryTree(BackendTests.bare.merging(["/etc/netplan/1.yaml": text]) { $1 }), site: try Lab.site(),
      platform: try #require(Platform.named("ubuntu2404")), [InterfacesFixup()])
    #expect(run.claims.contains { $0.subject == "addresses of ens33" && $0.seen == "192.168.10.20/24" && !$0.holds })
  }

  @Test("ifcfg: a gateway whose address goes is written anew") func orphan() throws {
    let text =
      "DEVICE=ens33\nIPADDR0=172.16.5.5\nPREFIX0=16\nIPADDR1=192.168.10.20\nPREFIX1=24\nGATEWAY1=192.168.10.2\n"
    let run = try BackendTests.settle([IfcfgTests.path: text], profile: "el8-rdo")
    #expect(run.after[IfcfgTests.path] == "DEVICE=ens33\nIPADDR0=192.168.10.21\nPREFIX0=24\nGATEWAY=192.168.10.2\n")
    let orphan = "DEVICE=ens33\nIPADDR0=192.168.10.21\nPREFIX0=24\nGATEWAY1=192.168.10.2\n"
    let seen = try Run(
      MemoryTree(BackendTests.bare.merging([IfcfgTests.path: orphan]) { $1 }), site: try Lab.site(),
      platform: try #require(Platform.named("el8-rdo")), [InterfacesFixup()])
    #expect(seen.claims.contains { $0.subject == "gateway of ens33" && !$0.holds })
  }

  static let told: [(profile: String, path: String, text: String, said: [String])] = [
    (
      "el9-rdo", "\(connections)/o.nmconnection",
      "[connection]\nid=o\ninterface-name=ens35\n[ethernet]\ncloned-mac-address=52:54:00:00:00:05\n[ipv4]\ndhcp-client-id=compute\n"
        + "[ipv6]\ndhcp-duid=stable-llt\ntoken=::20\n",
      ["5: cloned-mac-address gives a card", "7: dhcp-client-id gives every copy", "10: token makes"]
    ),
    (
      "el8-rdo", "\(directory)/ifcfg-ens35",
      "DEVICE=ens35\nHWADDR=52:54:00:00:00:05\nMACADDR=52:54:00:00:00:06\nDHCP_CLIENT_ID=compute\nBOOTPROTO=dhcp\n",
      ["2: HWADDR is for the card", "3: MACADDR gives a card", "4: DHCP_CLIENT_ID gives every copy"]
    ),
    (
      "debian12", "/etc/systemd/network/9.network",
      "[Match]\nName=ens35\n[Link]\nMACAddress=52:54:00:00:00:05\n[DHCPv4]\nClientIdentifier=mac\nDUIDRawData=00:01\n[Network]\nDHCP=yes\n",
      ["4: MACAddress gives a card", "7: DUIDRawData gives every copy"]
    ),
    (
      "debian12", IfupdownTests.path,
      "iface ens35 inet dhcp\n  hwaddress ether 52:54:00:00:00:05\n  client compute\n  up ip addr add 10.9.9.9/24 dev ens35\n"
        + "  up ifconfig ens35:1 10.9.9.8 netmask 255.255.255.0\n  post-up /sbin/ifconfig ens35 add 10.9.9.7\n"
        + "  up ifconfig ens35 up\n  up ifconfig ens35 0.0.0.0 up\n  up ifconfig $IFACE inet6 add 2001:db8::9/64\n"
        + "  down ifconfig ens35 del 10.9.9.7\n",
      [
        "2: hwaddress gives a card", "3: client gives every copy", "4: up gives ens35 10.9.9.9",
        "5: up gives ens35 10.9.9.8", "6: post-up gives ens35 10.9.9.7", "9: up gives ens35 2001:db8::9",
      ]
    ),
    (
      "ubuntu2404", "/etc/netplan/1.yaml",
      "network:\n  ethernets:\n    ens35:\n      macaddress: 52:54:00:00:00:05\n      ipv6-address-token: \"::20\"\n",
      ["4: macaddress gives a card", "5: ipv6-address-token makes"]
    ),
    (
      "opensuse15", "\(WickedTests.directory)/ifcfg-ens35",
      "LLADDR=52:54:00:00:00:05\nDHCLIENT_CLIENT_ID=compute\nBOOTPROTO=dhcp\n",
      ["1: LLADDR gives a card", "2: DHCLIENT_CLIENT_ID gives every copy"]
    ),
    (
      "opensuse15", "\(WickedTests.directory)/dhcp", "DHCLIENT_CLIENT_ID=\"compute\"\n", ["1: DHCLIENT_CLIENT_ID gives"]
    ),
    (
      "el9-rdo", "\(connections)/n.nmconnection",
      "[connection]\nid=n\ninterface-name=ens35\n[ipv4]\nmethod=auto\ndhcp-hostname=compute\n[ipv6]\ndhcp-hostname=mirror\n",
      ["6 tells DHCP servers the original's name compute"]
    ),
    (
      "el8-rdo", "\(directory)/ifcfg-ens35",
      "DEVICE=ens35\nBOOTPROTO=dhcp\nDHCP_HOSTNAME=compute\nDHCP_FQDN=Compute.example.com\nDHCPV6_HOSTNAME=compute9\n",
      [
        "3 tells DHCP servers the original's name compute",
        "4 tells DHCP servers the original's name Compute.example.com",
      ]
    ),
    (
      "debian12", "/etc/systemd/network/9.network",
      "[Match]\nName=ens35\n[Network]\nDHCP=yes\n[DHCPv4]\nHostname=compute\n[DHCPv6]\nHostname=compute\n",
      ["6 tells DHCP servers the original's name compute", "8 tells DHCP servers the original's name compute"]
    ),
    (
      "debian12", IfupdownTests.path, "iface ens35 inet dhcp\n  hostname compute\n",
      ["2 tells DHCP servers the original's name compute"]
    ),
    (
      "ubuntu2404", "/etc/netplan/1.yaml",
      "network:\n  ethernets:\n    ens35:\n      dhcp4: true\n      dhcp4-overrides: {hostname: compute}\n"
        + "      dhcp6-overrides:\n        hostname: compute\n      dhcp6: true\n",
      ["5 tells DHCP servers the original's name compute", "7 tells DHCP servers the original's name compute"]
    ),
    (
      "opensuse15", "\(WickedTests.directory)/ifcfg-ens35",
      "BOOTPROTO=dhcp\nDHCLIENT_HOSTNAME_OPTION=compute\nDHCLIENT6_HOSTNAME_OPTION=AUTO\n",
      ["2 tells DHCP servers the original's name compute"]
    ),
    ("debian12", "/etc/systemd/networkd.conf", "[DHCPv4]\nDUIDRawData=00:01\n", ["2: DUIDRawData gives every copy"]),
    // No DHCP client runs there, and no router is heard.
    (
      "el9-rdo", "\(connections)/n.nmconnection",
      "[connection]\nid=n\ninterface-name=ens35\n[ipv4]\nmethod=manual\naddress1=10.9.9.9/24\ndhcp-client-id=compute\n"
        + "dhcp-hostname=compute\n[ipv6]\nmethod=link-local\ndhcp-duid=00:01\ntoken=::20\n",
      ["6 gives ens35 10.9.9.9"]
    ),
    (
      "el9-rdo", "\(connections)/n.nmconnection",
      "[connection]\nid=n\ninterface-name=ens35\n[ipv4]\nmethod=disabled\n[ipv6]\nmethod=dhcp\ndhcp-duid=00:01\n",
      ["8: dhcp-duid gives every copy"]
    ),
    // No key of wicked's.
    ("opensuse15", "\(WickedTests.directory)/ifcfg-ens35", "HWADDR=52:54:00:00:00:05\n", []),
  ]

  @Test("those of interfaces that the site does not name are told, with their lines", arguments: told.indices)
  func findings(_ index: Int) throws {
    let row = Self.told[index]
    let run = try BackendTests.settle(
      [row.path: row.text], profile: row.profile, failing: ["what ties \(row.path) to a machine"])
    let said = run.findings.filter { $0.text.hasPrefix("\(row.path):") }.map(\.text)
    #expect(said.count == row.said.count, "\(said)")
    for (text, wanted) in zip(said.sorted(), row.said.sorted()) {
      #expect(text.hasPrefix("\(row.path):\(wanted)"), "\(text)")
    }
    #expect(run.after[row.path]?.contains(row.text) == true || row.path == IfupdownTests.path)
  }

  @Test("a router of the former subnet is told, with its line") func unreachable() throws {
    var site = try Lab.site()
    site.networks[0].subnets = [try Subnet("192.168.110.0/24")]
    site.networks[0].gateways = [try IPAddress("192.168.110.2")]
    for (index, last) in [10, 20, 21].enumerated() {
      site.nodes[index].addresses[.management] = [try IPAddress("192.168.110.\(last)")]
    }
    for row in Self.routed {
      let run = try Run(
        MemoryTree(BackendTests.bare.merging(row.files) { $1 }), site: site,
        platform: try #require(Platform.named(row.profile)), [InterfacesFixup()])
      let said = run.findings.map(\.text).filter { $0.contains("reaches") }
      #expect(
        said.count == 1 && said[0].hasPrefix("\(row.place) sends 10.0.0.0/8 through 192.168.10.1, which no"), "\(said)")
    }
  }

  /// With a router that goes, and one that is there.
  static let routed: [(profile: String, files: [String: String], place: String)] = [
    (
      "debian12",
      [
        IfupdownTests.path: "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n"
          + "  up ip route add 10.0.0.0/8 via 192.168.10.1\n  up ip route add 10.1.0.0/16 via 192.168.110.1\n"
      ], "\(IfupdownTests.path):4"
    ),
    (
      "el8-rdo",
      [
        IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n",
        "\(directory)/route-ens33": "# ways\n10.0.0.0/8 via 192.168.10.1\n10.1.0.0/16 via 192.168.110.1\n",
      ], "\(directory)/route-ens33:2"
    ),
    (
      "el9-rdo",
      [
        EveryBackendTests.connection: BackendTests.connection("ens33", "192.168.10.20/24")
          + "route1=10.0.0.0/8,192.168.10.1\nroute2=10.1.0.0/16,192.168.110.1\n"
      ], "\(EveryBackendTests.connection):10"
    ),
    (
      "ubuntu2404",
      [
        "/etc/netplan/1.yaml":
          "network:\n  ethernets:\n    ens33:\n      addresses: [192.168.10.20/24]\n      routes:\n"
          + "      - to: 10.0.0.0/8\n        via: 192.168.10.1\n      - to: 10.1.0.0/16\n        via: 192.168.110.1\n"
      ], "/etc/netplan/1.yaml:7"
    ),
    (
      "debian12",
      [
        "/etc/systemd/network/1.network": "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n"
          + "[Route]\nDestination=10.0.0.0/8\nGateway=192.168.10.1\n[Route]\nDestination=10.1.0.0/16\nGateway=192.168.110.1\n"
      ], "/etc/systemd/network/1.network:7"
    ),
    (
      "opensuse15",
      [
        WickedTests.path: "BOOTPROTO=static\nSTARTMODE=auto\nIPADDR=192.168.10.20/24\n",
        "\(WickedTests.directory)/ifroute-ens33": "10.0.0.0/8 192.168.10.1\n10.1.0.0/16 192.168.110.1\n",
      ], "\(WickedTests.directory)/ifroute-ens33:1"
    ),
  ]

  @Test("name servers that nothing reads are told") func servers() throws {
    var site = try Lab.site()
    site.networks[0].dns = [try IPAddress("192.168.10.3")]
    let interfaces = "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n"
    func said(_ more: [String: String]) throws -> Bool {
      let run = try BackendTests.settle(
        more.merging([IfupdownTests.path: interfaces]) { $1 }, profile: "debian12", site: site)
      return run.findings.contains { $0.text.contains("have no reader") }
    }
    let old = ["/etc/resolv.conf": "nameserver 192.168.10.2\n"]
    #expect(try said(old))
    #expect(try !said(["/etc/resolv.conf": "search x\nnameserver 192.168.10.3\n"]))
    #expect(try !said(old.merging(["/sbin/resolvconf": ""]) { $1 }))
    #expect(try !said([:]))
  }

  @Test("of two keyfiles for one interface the higher priority takes it, and nothing is to be told") func priority()
    throws
  {
    let own = BackendTests.connection("ens33", "192.168.10.20/24", "autoconnect-priority=100")
    let other = BackendTests.connection("ens33", "192.168.10.99/24").replacing(#/uuid=......../#, with: "uuid=7b2c7a0e")
    for (text, count) in [(own, 0), (BackendTests.connection("ens33", "192.168.10.20/24"), 1)] {
      let run = try BackendTests.twice(
        [EveryBackendTests.connection: text, "\(Self.connections)/old.nmconnection": other], profile: "el9-rdo"
      ).second
      #expect(run.changes.isEmpty)
      #expect(run.findings.filter { $0.text.contains("used last") }.count == count)
      #expect(run.claims.filter { !$0.holds }.count == count)
    }
  }
}
