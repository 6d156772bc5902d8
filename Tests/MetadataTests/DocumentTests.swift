import Foundation
import JSON
import Site
import Support
import Testing

@testable import Metadata

@Suite("The documents")
struct DocumentTests {
  static func network(_ text: String) throws -> NetworkData {
    try NetworkData(JSONNode(Array(text.utf8), document: "network_data.json"))
  }

  static func words(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }

  @Test("each version has what it has, and one that nobody heard of has it too", arguments: MetadataTree.versions)
  func versions(_ version: String) throws {
    let tree = try MetadataTree(in: Scratch(), userData: Array("#cloud-config\n".utf8))
    let metadata = try Metadata(from: ConfigDrive(tree.root), version: version)
    let machine = try #require(metadata.metaData)
    #expect(machine.uuid == MetadataTree.uuid)
    #expect(machine.hostname == "compute2.novalocal")
    #expect(machine[property: "role"] == "compute")
    #expect(machine.keys.map(\.name) == ["mykey"])
    #expect(machine.keys.first?.summary == "ssh-ed25519 root@controller")
    #expect((machine.project != nil) == (version >= "2015-10-15"))
    #expect(machine.devices.isEmpty == (version < "2016-06-30"))
    #expect((metadata.networkData != nil) == (version >= "2015-10-15"))
    #expect((metadata.vendorData2 != nil) == (version >= "2016-10-06"))
    #expect(metadata.problems.isEmpty)
  }

  @Test("links are followed to the cards below: bonds, VLANs on them") func placements() throws {
    let network = try Self.network(
      #"""
      {"links": [{"id": "a", "type": "phy", "ethernet_mac_address": "00:0C:29:00:00:0A"},
                 {"id": "b", "type": "phy", "ethernet_mac_address": "00:0c:29:00:00:0b"},
                 {"id": "bond0", "type": "bond", "bond_links": ["a", "b"], "ethernet_mac_address": "00:0c:29:00:00:0a",
                  "bond_mode": "802.1ad", "bond_miimon": 100},
                 {"id": "v", "type": "vlan", "vlan_id": 101, "vlan_link": "bond0", "vlan_mac_address": "00:0c:29:00:00:0c"},
                 {"id": "w", "type": "vlan", "vlan_id": "7", "vlan_link": "v"}],
       "networks": [{"type": "ipv4", "link": "w", "ip_address": "10.0.0.5/20"},
                    {"type": "ipv6_dhcpv6-stateful", "link": "a"},
                    {"type": "ipv4", "link": "gone", "ip_address": "10.1.0.5", "netmask": "255.255.0.0"}],
       "services": []}
      """#)
    let placements = network.placements
    #expect(placements.count == 2, "what is on no link is nowhere")
    #expect(placements[0].description == "VLAN 7 on VLAN 101 on a bond of 00:0c:29:00:00:0a, 00:0c:29:00:00:0b")
    #expect(placements[0].network.prefix?.value == 20)
    #expect(placements[1].network.isDynamic)
  }

  @Test("links in a circle end") func circle() throws {
    let network = try Self.network(
      #"""
      {"links": [{"id": "v", "type": "vlan", "vlan_id": 1, "vlan_link": "w"},
                 {"id": "w", "type": "vlan", "vlan_id": 2, "vlan_link": "v"},
                 {"id": "b", "type": "bond", "bond_links": ["b", "b", "v"]}],
       "networks": [{"type": "ipv4", "link": "b", "ip_address": "10.0.0.5/20"}]}
      """#)
    #expect(network.placements.first?.cards == [])
  }

  @Test(
    "what is wrong is named by its path",
    arguments: [
      (#"{"links": {}}"#, "links is an object, not a list"),
      (#"{"links": [{"type": "phy"}]}"#, "links[0] has no id"),
      (
        #"{"links": [{"id": "a", "type": "phy", "ethernet_mac_address": "x"}]}"#,
        "links[0].ethernet_mac_address is not a MAC address"
      ),
      (
        #"{"links": [{"id": "a", "type": "vlan", "vlan_id": 9999, "vlan_link": "b"}]}"#,
        "links[0].vlan_id is not a VLAN's number, 1 to 4094"
      ),
      (
        #"{"networks": [{"type": "ipv4", "link": "a", "ip_address": "10.0.0.300"}]}"#,
        "networks[0].ip_address is not an IP address"
      ),
      (
        #"{"networks": [{"type": "ipv4", "link": "a", "ip_address": "10.0.0.3", "netmask": "255.0.255.0"}]}"#,
        "networks[0].netmask is not a netmask"
      ),
      (
        #"{"networks": [{"type": "ipv4", "link": "a", "ip_address": "10.0.0.3", "netmask": "ffff::"}]}"#,
        "networks[0].netmask is not a netmask"
      ),
      (#"{"services": [{"type": "dns"}]}"#, "services[0] has no address"),
      ("[]", "it is a list, not an object"),
    ])
  func wrong(_ text: String, _ words: String) throws {
    #expect(Self.words { _ = try Self.network(text) } == "network_data.json: \(words)")
  }

  @Test("no network at all is an empty object") func empty() throws {
    #expect(try Self.network("{}").placements.isEmpty)
  }

  @Test("user data is unpacked as gzip has it, within limits", arguments: [0, 1, 100_000]) func gzip(_ size: Int)
    async throws
  {
    let scratch = try Scratch()
    let text = String(repeating: "a", count: size)
    try scratch.write(text, to: "data")
    let packed = try await RealProgram.needed("sh").run(["-c", "gzip -9 < data | base64 -w0"], in: scratch.path)
      .succeeded("gzip").output
    let bytes = try #require(Base64.decode(packed))
    #expect(try UserData(bytes).content() == Array(text.utf8))
    #expect(UserData(Array(text.utf8)).isCompressed == false)
    #expect(throws: MetadataError.self) { try UserData(Array(bytes.dropLast(5))).content() }
    #expect(throws: MetadataError.self) { try UserData(Array(bytes.prefix(8)) + Array(bytes.suffix(4))).content() }
  }

  @Test("what says that it unpacks to gigabytes, or to less than it does, is refused") func bomb() async throws {
    let scratch = try Scratch()
    let packed = try await RealProgram.needed("sh").run(
      ["-c", "head -c 100000000 /dev/zero | gzip -9 | base64 -w0"], in: scratch.path
    ).succeeded("gzip").output
    var bytes = try #require(Base64.decode(packed))
    #expect(throws: MetadataError.self) { try UserData(bytes).content() }
    bytes.replaceSubrange((bytes.count - 4)..., with: [16, 0, 0, 0])
    #expect(throws: MetadataError.self) { try UserData(bytes).content() }
  }

  @Test(
    "hostile documents are said to be so, and the others are read",
    arguments: [
      ("{\"uuid\": \"a\", \"uuid\": \"b\"}", "meta_data.json, line 1"), ("{\"meta\": ", "ends in the middle"),
      ("{\"meta\": {\"a\": 1}}", "meta.a is a whole number, not a text"),
      (String(repeating: "[", count: 3000), "too deep"), ("\u{FEFF}{}", "not JSON"), ("", "ends in the middle"),
    ])
  func hostile(_ text: String, _ words: String) throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    try scratch.write(text, to: "metadata/openstack/2033-03-03/meta_data.json")
    let metadata = try Metadata(from: ConfigDrive(tree.root))
    #expect(metadata.metaData == nil)
    #expect(metadata.networkData != nil)
    #expect(metadata.problems.count == 1)
    #expect(metadata.problems.first?.contains(words) == true, "\(metadata.problems)")
  }
}

enum Base64 {
  static func decode(_ text: String) -> [UInt8]? {
    Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)).map(Array.init)
  }
}
