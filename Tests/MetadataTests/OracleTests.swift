import Foundation
import HTTP
import Site
import Support
import Testing

@testable import Metadata

/// What others make of the same drive and the same service.
@Suite("cloud-init and nova", .serialized)
struct OracleTests {
  static func cloudInit(_ place: String, _ version: String) async throws -> [String: Any]? {
    let path: String
    do { path = try await DebianPackages.shared.pythonPath(OraclePackages.cloudInit, as: "cloud-init") } catch let
      unavailable as DebianPackages.Unavailable
    {
      RealProgram.missing("\(unavailable)")
      return nil
    }
    let script = "\(Repository.path)/Tests/MetadataTests/Oracles/cloud_init.py"
    let outcome = try await RealProgram(path: "/usr/bin/python3").run(
      ["-B", script, place, version, "00:0c:29:00:00:21=ens33", "00:0c:29:00:00:22=ens34"],
      environment: ["PYTHONPATH": path, "no_proxy": "127.0.0.1"]
    ).succeeded("cloud-init")
    let line = outcome.output.split(separator: "\n").last.map(String.init) ?? ""
    return try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
  }

  static func check(_ ours: Metadata, against said: [String: Any]) throws {
    let machine = try #require(ours.metaData)
    #expect(said["uuid"] as? String == machine.uuid)
    #expect(said["name"] as? String == machine.name)
    #expect(said["hostname"] as? String == machine.hostname)
    #expect(said["availability_zone"] as? String == machine.zone)
    #expect(said["project_id"] as? String == machine.project)
    #expect(said["launch_index"] as? Int == machine.launchIndex)
    let properties = Dictionary(uniqueKeysWithValues: machine.properties.map { ($0.name, $0.value) })
    #expect(said["meta"] as? [String: String] == properties)
    let keys = (said["public_keys"] as? [String: String] ?? [:]).mapValues { $0.trimmingCharacters(in: .newlines) }
    #expect(keys == Dictionary(uniqueKeysWithValues: machine.keys.map { ($0.name, $0.key) }))
    let userData = try #require(said["userdata"] as? String)
    #expect(Data(base64Encoded: userData).map(Array.init) == ours.userData?.bytes ?? [])
    #expect(
      (said["vendordata"] as? [String: Any])?.keys.sorted() ?? [] == ours.vendorKeys.first {
        $0.document == "vendor_data.json"
      }?.keys ?? [])
    try check(ours.networkData, against: said["network"] as? [String: Any])
  }

  /// Every address with its prefix, gateway and card, and every name server.
  static func check(_ ours: NetworkData?, against said: [String: Any]?) throws {
    guard let ours, let said else { return #expect((ours == nil) == (said == nil)) }
    let entries = try #require(said["config"] as? [[String: Any]])
    var theirs: Set<String> = []
    for entry in entries {
      for subnet in entry["subnets"] as? [[String: Any]] ?? [] {
        let routes = subnet["routes"] as? [[String: String]] ?? []
        let ways = routes.map { "\($0["network"] ?? "")/\($0["netmask"] ?? "") \($0["gateway"] ?? "")" }.sorted()
        theirs.insert(
          "\(entry["mac_address"] ?? "") \(subnet["address"] ?? "") \(subnet["netmask"] ?? "") \(ways.joined(separator: ","))"
        )
      }
    }
    let own = ours.placements.map { placement in
      let network = placement.network
      let ways = network.routes.map { route in
        "\(route.destination)/\(IPMask.text(route.prefix)) \(route.gateway.map { "\($0)" } ?? "")"
      }.sorted()
      let address = network.address.map { "\($0)" } ?? ""
      return
        "\(placement.link.mac.map { "\($0)" } ?? "") \(address) \(network.prefix.map(IPMask.text) ?? "") \(ways.joined(separator: ","))"
    }
    #expect(Set(own) == theirs)
    let servers = entries.filter { $0["type"] as? String == "nameserver" }.compactMap { $0["address"] as? String }
    #expect(Set(servers) == Set(ours.dns.map(\.description)))
  }

  @Test(
    "cloud-init reads the same from a drive, of the first version and of one that nobody heard of",
    arguments: ["2012-08-10", "2015-10-15", "2018-08-27", "2033-03-03"])
  func drive(_ version: String) async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch, userData: Array("#cloud-config\n".utf8))
    guard let said = try await Self.cloudInit(tree.root, version) else { return }
    try Self.check(Metadata(from: ConfigDrive(tree.root), version: version), against: said)
    try Self.check(
      Metadata(from: ConfigDrive(try await tree.image(.rockRidgeAndJoliet)), version: version), against: said)
  }

  @Test("nova's own handler and nova's own drive say the same to us, and to cloud-init what they say to us")
  func nova() async throws {
    let scratch = try Scratch()
    let path: String
    do { path = try await DebianPackages.shared.pythonPath(OraclePackages.nova, as: "nova") } catch let unavailable
      as DebianPackages.Unavailable
    { return RealProgram.missing("\(unavailable)") }
    let image = "\(scratch.path)/drive"
    let server = try await LoopbackServer(
      "MetadataTests/Oracles/nova_metadata.py", [image], in: scratch, pythonPath: path)
    let drive = try ConfigDrive(image)
    #expect(drive.title == "the config image \(image) (ISO 9660)")
    let vfat = try ConfigDrive("\(image).vfat")
    #expect(vfat.title == "the config image \(image).vfat (VFAT)")
    #expect(try vfat.files() == drive.files())
    let service = try await ServiceTests.find([server.url("")]).get()
    let versions = try service.versions()
    #expect(versions == (try drive.versions()))
    #expect(versions.count == 10)
    for version in versions {
      let seen = try Metadata(from: service, version: version.name)
      let comparison = MetadataComparison(seen, try Metadata(from: drive, version: version.name))
      #expect(comparison.differing.isEmpty, "\(version.name): \(comparison.differing)")
      let other = MetadataComparison(seen, try Metadata(from: vfat, version: version.name))
      #expect(other.differing.isEmpty, "\(version.name), VFAT: \(other.differing)")
      #expect(seen.problems.isEmpty)
    }
    let newest = try Metadata(from: service)
    #expect(newest.metaData?[property: "imprint-node"] == "compute2")
    #expect(
      newest.networkData?.placements.map { $0.description } == Array(repeating: "card 00:0c:29:00:00:21", count: 2))
    #expect(try service.bytes("latest/meta-data/instance-id") == Array("i-00000001".utf8))
    #expect(try service.files(below: "latest").contains("latest/meta-data/public-keys/0/openssh-key"))
    guard let said = try await Self.cloudInit(server.url(""), newest.version.name) else { return }
    try Self.check(newest, against: said)
  }
}

/// A prefix as network_data.json writes it.
private enum IPMask {
  static func text(_ prefix: PrefixLength) -> String {
    if prefix.family == .v4 { return prefix.netmask }
    return prefix.value == 0 ? "::" : prefix.netmask
  }
}
