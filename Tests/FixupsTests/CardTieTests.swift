import Site
import Testing
import Tree

@testable import Fixups

/// Files that know a card by the original's MAC address, and do not say what the kernel calls it.
@Suite("Cards that are known by their MAC address alone")
struct CardTieTests {
  static let connections = BackendTests.connections
  static let networkd = "/etc/systemd/network"

  static func site(_ interface: String) throws -> Site {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName(interface)
    return site
  }

  struct Tree: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let profile: String
    var interface = "bond0"
    let files: [String: String]
    let port: String
    /// The line of the port that knows the card, with the original's address and with the site's.
    let line: (old: String, new: String)
    /// What its refusal begins with, and what it says to write.
    let place: String
    let remedy: String
  }

  static let bond = "[connection]\nid=b\nuuid=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a01\ntype=bond\ninterface-name=bond0\n"
  static let trees = [
    Tree(
      testDescription: "keyfile", profile: "el9-rdo",
      files: [
        "\(connections)/bond0.nmconnection":
          bond + "[ipv4]\naddress1=192.168.10.20/24,192.168.10.2\nmethod=manual\n",
        "\(connections)/port.nmconnection":
          "[connection]\nid=p\ntype=ethernet\nmaster=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a01\nslave-type=bond\n"
          + "[ethernet]\nmac-address=52:54:00:00:00:01\n",
      ], port: "\(connections)/port.nmconnection",
      line: ("mac-address=52:54:00:00:00:01", "mac-address=52:54:00:00:00:02"),
      place: "\(connections)/port.nmconnection:7: its card", remedy: "interface-name= under [connection]"),
    Tree(
      testDescription: "systemd-networkd", profile: "debian12",
      files: [
        "\(networkd)/10-bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n",
        "\(networkd)/20-port.network": "[Match]\nPermanentMACAddress=52:54:00:00:00:01\n[Network]\nBond=bond0\n",
        "\(networkd)/30-bond0.network":
          "[Match]\nName=bond0\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n",
      ], port: "\(networkd)/20-port.network",
      line: ("PermanentMACAddress=52:54:00:00:00:01", "PermanentMACAddress=52:54:00:00:00:02"),
      place: "\(networkd)/20-port.network:2: its card", remedy: "Name= under [Match]"),
    Tree(
      testDescription: "ifcfg", profile: "el8-rdo",
      files: [
        "\(IfcfgTests.directory)/ifcfg-bond0":
          "DEVICE=bond0\nTYPE=Bond\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n",
        "\(IfcfgTests.directory)/ifcfg-bond0_port_1": "HWADDR=52:54:00:00:00:01\nMASTER=bond0\nSLAVE=yes\n",
      ], port: "\(IfcfgTests.directory)/ifcfg-bond0_port_1",
      line: ("HWADDR=52:54:00:00:00:01", "HWADDR=52:54:00:00:00:02"),
      place: "\(IfcfgTests.directory)/ifcfg-bond0_port_1:1: bond0_port_1", remedy: "DEVICE=, and no HWADDR"),
    Tree(
      testDescription: "netplan", profile: "ubuntu2404",
      files: [
        "/etc/netplan/1.yaml": """
        network:
          ethernets:
            port:
              match:
                macaddress: "52:54:00:00:00:01"
          bonds:
            bond0:
              interfaces: [port]
              addresses: [192.168.10.20/24]

        """
      ], port: "/etc/netplan/1.yaml",
      line: ("        macaddress: \"52:54:00:00:00:01\"", "        macaddress: \"52:54:00:00:00:02\""),
      place: "/etc/netplan/1.yaml:4: port", remedy: "name: under match, in the place of macaddress"),
    Tree(
      testDescription: "netplan, by a name of one's own", profile: "ubuntu2404", interface: "mgmt0",
      files: [
        "/etc/netplan/1.yaml": """
        network:
          ethernets:
            lan:
              match:
                macaddress: 52:54:00:00:00:01
              set-name: mgmt0
              addresses: [192.168.10.20/24]

        """
      ], port: "/etc/netplan/1.yaml",
      line: ("        macaddress: 52:54:00:00:00:01", "        macaddress: \"52:54:00:00:00:02\""),
      place: "/etc/netplan/1.yaml:4: mgmt0", remedy: "name: under match, in the place of macaddress"),
  ]

  @Test("with the site's mac they follow it, and nothing above them is told a card", arguments: trees)
  func follows(_ row: Tree) throws {
    let run = try BackendTests.settle(
      row.files, mac: "52:54:00:00:00:02", profile: row.profile, site: Self.site(row.interface))
    let lines = try #require(run.after[row.port]).split(separator: "\n").map(String.init)
    #expect(lines.contains(row.line.new), "\(lines)")
    for path in row.files.keys {
      let text = try #require(run.after[path])
      #expect(!text.contains("52:54:00:00:00:01"))
      #expect(path == row.port || !text.contains("52:54"), "\(text)")
    }
  }

  @Test("without it the plan is refused, with the line and what to write", arguments: trees)
  func refused(_ row: Tree) throws {
    let error = try #require(throws: FixupError.self) {
      try BackendTests.settle(row.files, profile: row.profile, site: Self.site(row.interface))
    }
    #expect(error.description.hasPrefix("\(row.place) is known by 52:54:00:00:00:01 alone"), "\(error)")
    #expect(error.description.contains("\(row.remedy), or mac = { management = \"…\" } under [nodes.compute2]"))
  }

  @Test("of two cards the site's mac may be either's: both have to be named") func two() throws {
    var files = Self.trees[1].files
    files["\(Self.networkd)/20-port.network"] =
      "[Match]\nPermanentMACAddress=52:54:00:00:00:01 52:54:00:00:00:03\n[Network]\nBond=bond0\n"
    let error = try #require(throws: FixupError.self) {
      try BackendTests.settle(files, mac: "52:54:00:00:00:02", profile: "debian12", site: Self.site("bond0"))
    }
    #expect(error.description.contains("known by 52:54:00:00:00:01 and 52:54:00:00:00:03 alone"))
    #expect(!error.description.contains("mac = {"))
  }

  static let alone = [
    (
      "ubuntu2404", "/etc/netplan/1.yaml",
      "network:\n  ethernets:\n    lan:\n      match: {macaddress: \"52:54:00:00:00:01\"}\n      addresses: [192.168.10.20/24]\n"
    ),
    ("el8-rdo", "\(IfcfgTests.directory)/ifcfg-lan", "HWADDR=52:54:00:00:00:01\nIPADDR=192.168.10.20\nPREFIX=24\n"),
    (
      "el9-rdo", "\(Self.connections)/lan",
      "[connection]\nid=lan\n[ethernet]\nmac-address=52:54:00:00:00:01\n[ipv4]\nmethod=manual\naddress1=192.168.10.20/24\n"
    ),
    (
      "debian12", "\(Self.networkd)/1.network",
      "[Match]\nMACAddress=52:54:00:00:00:01\n[Network]\nAddress=192.168.10.20/24\n"
    ),
    (
      "debian12", "\(Self.networkd)/1.network",
      "; was 52-54-00-00-00-01\n[Match]\nMACAddress=52-54-00-00-00-01\n[Network]\nAddress=192.168.10.20/24\n"
    ),
    (
      "el9-rdo", "\(Self.connections)/lan",
      "[connection]\nid=lan\n[ethernet]\nmac-address=52-54-00-00-00-01\n[ipv4]\nmethod=manual\naddress1=192.168.10.20/24\n"
    ),
  ]

  @Test("with the site's mac of that network they are the interface's", arguments: alone)
  func becomesOwn(_ profile: String, _ path: String, _ text: String) throws {
    var site = try Lab.site()
    site.nodes[2].macs[.management] = try MACAddress("52:54:00:00:00:02")
    let tree = MemoryTree(BackendTests.bare.merging([path: text]) { $1 })
    let platform = try #require(Platform.named(profile))
    let fixups: [any Fixup] = [CardsByAddress(), InterfacesFixup(), StampFixup()]
    let first = try Run(tree, site: site, platform: platform, fixups)
    let after = try #require(first.after[path])
    let lines = after.split(separator: "\n").filter { !$0.hasPrefix(";") }.joined(separator: "\n")
    #expect(lines.contains("52:54:00:00:00:02") && !lines.replacing("-", with: ":").contains("00:00:00:01"), "\(after)")
    #expect(after.hasPrefix("; was 52-54-00-00-00-01\n") == text.hasPrefix(";"))
    #expect(after.contains("192.168.10.21") && !after.contains("192.168.10.20/"), "\(after)")
    let second = try Run(first.after, site: site, platform: platform, fixups)
    #expect(second.changes.isEmpty && second.claims.allSatisfy(\.holds), "\(second.claims)")
  }

  @Test("no second configuration comes beside the file of a card that the site calls by its name, on the original too")
  func beside() throws {
    for (profile, path, text) in Self.alone {
      let platform = try #require(Platform.named(profile))
      let tree = MemoryTree(BackendTests.bare.merging([path: text]) { $1 })
      for name in ["compute", "compute2"] {
        let error = try #require(throws: FixupError.self) {
          try Run(tree, as: name, site: try Lab.site(), platform: platform, [InterfacesFixup()])
        }
        #expect(error.description.hasPrefix("\(path):"), "\(error)")
        #expect(
          error.description.contains("has 192.168.10.20 for the card 52:54:00:00:00:01, and no file is for ens33"))
      }
      // A survey takes no such name for an interface's, and says so.
      let survey = try InterfaceSurvey(platform, tree)
      #expect(survey.interfaces.isEmpty, "\(survey.interfaces)")
      #expect(
        survey.remarks.count == 1
          && survey.remarks[0].hasPrefix("\(path): 192.168.10.20 is left out, since it knows its card"))
    }
  }

  @Test(
    "names that kernels and udev give",
    arguments: [
      ("ens33", true), ("enp0s3", true), ("enP1p2s0f0np0", true), ("eno1", true), ("eth0", true), ("em1", true),
      ("p1p2", true), ("ib0", true), ("ibp65s0", true), ("wlp2s0", true), ("enx525400aabb01", true),
      ("mgmt0", false), ("mgmt", false), ("port", false), ("lan0", false), ("provider1", false), ("ether", false),
      ("bond0_port_1", false), ("en", false), ("", false),
    ])
  func names(_ name: String, _ isUsual: Bool) { #expect(UnnamedCard.isUsual(name) == isUsual) }
}
