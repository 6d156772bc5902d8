internal import Foundation

/// The documented tree of OpenStack's metadata, in a folder: each version with what it has (nova/api/metadata/base.py), and
/// one that nobody heard of yet. And real images of it.
public struct MetadataTree: Sendable {
  public let scratch: Scratch
  public let root: String

  public static let versions = [
    "2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06", "2017-02-22", "2018-08-27",
    "2020-10-14", "2025-04-04", "2033-03-03",
  ]

  public static let uuid = "83679162-1378-4288-a2d4-70e13ec132aa"
  public static let key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0pXWqHRvmIrVfA3QzNvZ0fB0Jd5mV5gGmJ8m6hPq3n root@controller"

  /// - Parameters:
  ///   - change: Changes meta_data.json's text, before it is written for each version.
  ///   - userData: Of every version.
  public init(
    in scratch: Scratch, name: String = "metadata", hostname: String = "compute2.novalocal",
    property: String? = nil, network: String = Self.network, vendorData: String = #"{"cloud": "lab"}"#,
    userData: [UInt8]? = nil, uuid: String = Self.uuid
  ) throws {
    self.scratch = scratch
    root = "\(scratch.path)/\(name)"
    for version in Self.versions + ["latest"] {
      let folder = "\(name)/openstack/\(version)"
      let meta = #""meta": {"role": "compute", "db_password": "geheim-1"\#(property.map { ", \($0)" } ?? "")}"#
      var fields = [
        #""uuid": "\#(uuid)""#, #""name": "compute2""#, #""hostname": "\#(hostname)""#, #""launch_index": 0"#,
        #""availability_zone": "nova""#, meta, #""public_keys": {"mykey": "\#(Self.key)\n"}"#,
        #""keys": [{"name": "mykey", "type": "ssh", "data": "\#(Self.key)\n"}]"#,
      ]
      if version >= "2013-04-04" { fields.append(#""random_seed": "Z2VoZWltLTI=""#) }
      if version >= "2015-10-15" { fields.append(#""project_id": "f7ac731cc11f40efbc03a9f9e1d1d21f""#) }
      if version >= "2016-06-30" {
        fields.append(
          #""devices": [{"type": "nic", "bus": "pci", "address": "0000:00:03.0", "mac": "00:0c:29:00:00:21", "tags": ["trusted"]}]"#
        )
      }
      if version >= "2020-10-14" { fields.append(#""dedicated_cpus": [2, 3]"#) }
      if version >= "2033-03-03" { fields.append(#""something_new": {"a": [1, 2.5, null, true]}"#) }
      try scratch.write("{\(fields.joined(separator: ", "))}", to: "\(folder)/meta_data.json")
      if version >= "2013-10-17" { try scratch.write(vendorData, to: "\(folder)/vendor_data.json") }
      if version >= "2015-10-15" { try scratch.write(network, to: "\(folder)/network_data.json") }
      if version >= "2016-10-06" { try scratch.write(#"{"static": {}}"#, to: "\(folder)/vendor_data2.json") }
      if let userData {
        try Data(userData).write(to: URL(fileURLWithPath: "\(scratch.path)/\(folder)/user_data"))
      }
    }
    try scratch.write("127.0.0.1 localhost\n", to: "\(name)/openstack/content/0000")
    try scratch.write(#"{"instance-id": "i-00000001"}"#, to: "\(name)/ec2/latest/meta-data.json")
  }

  public static let network = #"""
    {"links": [
      {"id": "tap1", "type": "ovs", "vif_id": "v1", "mtu": 1450, "ethernet_mac_address": "00:0C:29:00:00:21"},
      {"id": "tap2", "type": "phy", "vif_id": "v2", "mtu": null, "ethernet_mac_address": "00:0c:29:00:00:22"}],
     "networks": [
      {"id": "network0", "type": "ipv4", "link": "tap1", "ip_address": "192.168.10.21", "netmask": "255.255.255.0",
       "routes": [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "192.168.10.2"},
                  {"network": "10.0.0.0", "netmask": "255.0.0.0", "gateway": "192.168.10.3"}],
       "network_id": "n1", "services": [{"type": "dns", "address": "192.168.10.3"}]},
      {"id": "network1", "type": "ipv4", "link": "tap2", "ip_address": "192.168.20.21", "netmask": "255.255.255.0",
       "routes": [], "network_id": "n2"},
      {"id": "network2", "type": "ipv6", "link": "tap2", "ip_address": "2001:db8::21",
       "netmask": "ffff:ffff:ffff:ffff::", "routes": [{"network": "::", "netmask": "::", "gateway": "2001:db8::1"}],
       "network_id": "n3"}],
     "services": [{"type": "dns", "address": "192.168.10.3"}]}
    """#
}

extension MetadataTree {
  public enum Image: String, Sendable, CaseIterable {
    case rockRidgeAndJoliet, rockRidge, joliet, vfat, vfatInCapitals
  }

  /// An image as nova makes it (nova/virt/configdrive.py), or as other tools do.
  public func image(_ kind: Image, label: String = "config-2", at place: String? = nil) async throws -> String {
    let image = place ?? "\(scratch.path)/\(kind).\(UUID().uuidString)"
    switch kind {
    case .rockRidgeAndJoliet:
      try await iso(image, label, ["-J", "-r", "-ldots", "-allow-lowercase", "-allow-multidot", "-l"])
    case .rockRidge: try await iso(image, label, ["-R"])
    case .joliet: try await iso(image, label, ["-J", "-l"])
    case .vfat: try await vfat(image, label)
    case .vfatInCapitals: try await vfat(image, label.uppercased())
    }
    return image
  }

  private func iso(_ image: String, _ label: String, _ options: [String]) async throws {
    try await RealProgram.needed("genisoimage").run(["-quiet", "-V", label] + options + ["-o", image, root])
      .succeeded("genisoimage")
  }

  private func vfat(_ image: String, _ label: String) async throws {
    try await RealProgram.needed("mkfs.vfat").run(["-C", "-n", label, image, "65536"]).succeeded("mkfs.vfat")
    let names = try FileManager.default.contentsOfDirectory(atPath: root).sorted().map { "\(root)/\($0)" }
    try await RealProgram.needed("mcopy").run(["-s", "-i", image] + names + ["::/"]).succeeded("mcopy")
  }
}
