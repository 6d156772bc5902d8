import Site
import Testing
import Tree

@testable import Fixups

/// Interfaces with an address that every host may have: what stands on no card.
@Suite("Interfaces of the host's own") struct HostLocalTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let profile: String
    let files: [String: String]
    /// Whether the original's address in them would be on two machines.
    let isTold: Bool
    var testDescription: String { "\(profile), \(isTold ? "told" : "not told"): \(files.values.sorted())" }
  }

  private static func ifupdown(_ name: String, _ address: String, _ more: String = "", told: Bool) -> Row {
    let own = [("ens33", "192.168.10.20/24"), ("ens34", "192.168.20.20/24"), (name, address)].map { name, address in
      "auto \(name)\niface \(name) inet static\n  address \(address)\n"
    }
    return Row(profile: "debian12", files: [IfupdownTests.path: own.joined() + more], isTold: told)
  }

  private static func networkd(_ kind: String, _ more: [String: String] = [:], told: Bool) -> Row {
    let directory = ReaderChoiceTests.networkd
    let files = [
      "50-lan0.netdev": "[NetDev]\nName=lan0\nKind=\(kind)\n",
      "50-lan0.network": "[Match]\nName=lan0\n[Network]\nAddress=10.0.3.1/24\n",
    ].merging(more) { $1 }
    let named = files.map { ("\(directory)/\($0.key)", $0.value) }
    return Row(
      profile: "debian12", files: NetworkdReaderTests.own.merging(named) { $1 }, isTold: told)
  }

  private static func netplan(_ text: String, told: Bool) -> Row {
    Row(
      profile: "ubuntu2404",
      files: [NetplanReaderTests.path: NetplanReaderTests.text(NetplanReaderTests.addresses) + text], isTold: told)
  }

  private static func keyfile(_ type: String, port: Bool = false, told: Bool) -> Row {
    var files = ["ens33": "192.168.10.20/24", "ens34": "192.168.20.20/24"].map { name, address in
      ("\(BackendTests.connections)/\(name)", BackendTests.connection(name, address))
    }
    func text(_ name: String, _ type: String, _ more: String) -> String {
      "[connection]\nid=\(name)\nuuid=11111111-1111-4111-8111-1111111111\(name.suffix(2))\ntype=\(type)\ninterface-name=\(name)\n\(more)"
    }
    let address = "[ipv4]\nmethod=manual\naddress1=10.0.3.1/24\n"
    files.append(("\(BackendTests.connections)/lan0", text("lan00", type, address)))
    if port {
      files.append(
        ("\(BackendTests.connections)/ens35", text("ens35", "ethernet", "master=lan00\nslave-type=\(type)\n")))
    }
    return Row(profile: "el9-rdo", files: Dictionary(uniqueKeysWithValues: files), isTold: told)
  }

  private static func ifcfg(_ type: String, port: Bool = false, told: Bool) -> Row {
    var files = Lab.compute.filter { $0.key.hasPrefix(IfcfgTests.directory) }
    files["\(IfcfgTests.directory)/ifcfg-lan0"] = "DEVICE=lan0\nTYPE=\(type)\nONBOOT=yes\nIPADDR=10.0.3.1\nPREFIX=24\n"
    if port { files["\(IfcfgTests.directory)/ifcfg-ens35"] = "DEVICE=ens35\nBRIDGE=lan0\nONBOOT=yes\n" }
    return Row(profile: "centos7-rdo", files: files, isTold: told)
  }

  static let rows = [
    ifupdown("docker0", "172.17.0.1/16", told: false), ifupdown("virbr0", "192.168.122.1/24", told: false),
    ifupdown("br-int", "10.0.3.1/24", told: false), ifupdown("dummy0", "10.0.3.1/24", told: true),
    ifupdown("lan0", "10.0.3.1/24", "  bridge_ports none\n", told: false),
    ifupdown("lan0", "10.0.3.1/24", "  bridge-ports veth0\n", told: false),
    ifupdown("lan0", "10.0.3.1/24", "  bridge_ports ens35\n", told: true),
    ifupdown("lan0", "10.0.3.1/24", "  bridge_ports ens35.7\niface ens35.7 inet manual\n", told: true),
    ifupdown("br-ex", "10.0.3.1/24", told: true), ifupdown("dummy", "10.0.3.1/24", told: true),
    ifupdown("virbr0", "192.168.10.10/24", told: true), ifupdown("virbr0", "192.168.10.99/24", told: true),
    networkd("dummy", told: true), networkd("bridge", told: false), networkd("vlan", told: true),
    networkd("bridge", ["60-port.network": "[Match]\nName=ens35\n[Network]\nBridge=lan0\n"], told: true),
    networkd("bridge", ["60-port.network": "[Match]\nName=enp*\n[Network]\nBridge=lan0\n"], told: true),
    netplan("  bridges:\n    lan0: {addresses: [10.0.3.1/24]}\n", told: false),
    netplan("  dummy-devices:\n    lan0: {addresses: [10.0.3.1/24]}\n", told: true),
    netplan("  bridges:\n    lan0: {interfaces: [ens35], addresses: [10.0.3.1/24]}\n", told: true),
    keyfile("dummy", told: true), keyfile("bridge", told: false), keyfile("bridge", port: true, told: true),
    ifcfg("Bridge", told: false), ifcfg("Bridge", port: true, told: true), ifcfg("Ethernet", told: true),
  ]

  @Test("nor does it make two trees twins, nor what does not come up", arguments: rows) func twins(_ row: Row) throws {
    let shared = try Self.twins(row.profile, row.files)
    let isShared = !shared.filter { !["192.168.10.20", "192.168.20.20"].contains($0) }.isEmpty
    // In their own network, too: a site knows that, and two trees don't.
    let isOfSite = row.files.values.contains { $0.contains("iface virbr0") && $0.contains("192.168.10.") }
    // Several hosts may have the same there on purpose.
    let isDummy = row.files.values.contains { text in
      ["iface dummy0", "Kind=dummy", "dummy-devices", "type=dummy"].contains { text.contains($0) }
    }
    #expect(isShared == (row.isTold && !isOfSite && !isDummy), "\(shared)")
  }

  @Test(
    "what stands on the loopback interface or a dummy makes no twins",
    arguments: [
      ("ubuntu2404", "/etc/netplan/9.yaml", "network:\n  ethernets:\n    lo: {addresses: [10.0.3.1/32]}\n"),
      ("opensuse15", "/etc/sysconfig/network/ifcfg-lo", "STARTMODE=auto\nIPADDR_any=10.0.3.1/32\n"),
      (
        "opensuse15", "/etc/sysconfig/network/ifcfg-any0",
        "STARTMODE=auto\nINTERFACETYPE=dummy\nIPADDR=10.0.3.1/32\n"
      ),
      ("opensuse15", "/etc/sysconfig/network/ifcfg-any0", "STARTMODE=auto\nDUMMY=yes\nIPADDR=10.0.3.1/32\n"),
      ("opensuse15", "/etc/sysconfig/network/ifcfg-dummy1", "STARTMODE=auto\nIPADDR=10.0.3.1/32\n"),
      (
        "debian12", "\(ReaderChoiceTests.networkd)/lo.network", "[Match]\nName=lo\n[Network]\nAddress=10.0.3.1/32\n"
      ),
      ("debian12", IfupdownTests.path, "auto lo\niface lo inet static\n  address 10.0.3.1/32\n"),
      ("debian12", IfupdownTests.path, "auto lo:1\niface lo:1 inet static\n  address 10.0.3.1/32\n"),
      ("centos7-rdo", "\(IfcfgTests.directory)/ifcfg-lo", "DEVICE=lo\nIPADDR=10.0.3.1\nPREFIX=32\nONBOOT=yes\n"),
    ])
  func cardless(_ profile: String, _ path: String, _ text: String) throws {
    #expect(try Self.twins(profile, [path: text]) == [])
  }

  @Test(
    "an address of what does not come up at boot is no twin's",
    arguments: [
      (
        "el9-rdo", "\(BackendTests.connections)/x", BackendTests.connection("ens35", "10.0.3.1/24", "autoconnect=false")
      ),
      ("centos7-rdo", "\(IfcfgTests.directory)/ifcfg-ens35", "DEVICE=ens35\nONBOOT=no\nIPADDR=10.0.3.1\nPREFIX=24\n"),
      ("opensuse15", "/etc/sysconfig/network/ifcfg-ens35", "STARTMODE=off\nIPADDR=10.0.3.1/24\n"),
      ("debian12", IfupdownTests.path, "iface ens35 inet static\n  address 10.0.3.1/24\n"),
      (
        "debian12", "\(ReaderChoiceTests.networkd)/x.network",
        "[Match]\nName=ens35\n[Link]\nActivationPolicy=manual\n[Network]\nAddress=10.0.3.1/24\n"
      ),
    ])
  func unstarted(_ profile: String, _ path: String, _ text: String) throws {
    #expect(try Self.twins(profile, [path: text]) == [])
    let started = [
      "autoconnect=false": "", "ONBOOT=no": "", "STARTMODE=off": "STARTMODE=auto", "iface": "auto ens35\niface",
      "[Link]\nActivationPolicy=manual\n": "",
    ].reduce(text) { $0.replacing($1.key, with: $1.value) }
    #expect(try Self.twins(profile, [path: started]) == ["10.0.3.1"])
  }

  private static func twins(_ profile: String, _ files: [String: String]) throws -> [String] {
    let thing = try #require(UniqueThings.table.first { $0.key == "addresses" })
    let platform = try #require(Platform.named(profile))
    return try thing.values(in: Template(tree: MemoryTree(files), platform: platform)).map(\.shown)
  }

  @Test("what every host may have is not told", arguments: rows) func row(_ row: Row) throws {
    let run = try BackendTests.twice(row.files, profile: row.profile).first
    let told = run.findings.filter { $0.text.contains("which the original has too") || $0.text.contains("controller") }
    #expect(told.isEmpty != row.isTold, "\(run.findings)")
  }
}
