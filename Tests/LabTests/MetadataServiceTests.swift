import Foundation
import Support
import Testing

/// The real nova-api-metadata with the lab's database, at 169.254.169.254 in the lab's network. What stands before it is
/// Tests/Lab/metadata-proxy, in the place of neutron's agent.
extension TutorialTests {
  /// An instance of the lab's nova, which a clone with its cards takes itself for.
  private struct Instance {
    static let name = "compute11"
    static let number = Cloud.number(11)
    static let cards = [Cloud.card(11), Cloud.card(11).replacingOccurrences(of: "52:54:00", with: "52:54:01")]

    let uuid: String
    let project: String

    static func made(by cloud: Cloud) async throws -> Instance {
      _ = try await cloud.controller.says(
        """
        . /root/openrc
        printf '#cloud-config\\n# \\303\\244\\n' >/root/user-data
        openstack keypair create --public-key /root/.ssh/id_ed25519.pub operator >/dev/null
        openstack port create --network management --mac-address \(cards[0]) --fixed-ip ip-address=192.168.10.\(number) first >/dev/null
        openstack port create --network tunnel --mac-address \(cards[1]) --fixed-ip ip-address=192.168.20.\(number) second >/dev/null
        openstack server create --flavor 1 --image guest --port first --port second --config-drive true --key-name operator \\
          --user-data /root/user-data --property imprint-node=\(name) --property role=compute --wait \(name) >/dev/null
        """)
      let shown = try await cloud.openstack(
        "server show \(name) -f value -c id -c project_id -c status -c config_drive")
      let words = shown.split(separator: "\n").map(String.init)
      #expect(words.contains("ACTIVE") && words.contains("True"), "\(shown)")
      let ids = words.filter { $0.count >= 32 }
      return Instance(
        uuid: try #require(ids.first { $0.contains("-") }), project: try #require(ids.first { !$0.contains("-") }))
    }

    func remove(from cloud: Cloud) async throws {
      _ = try await cloud.openstack("server delete --wait \(Self.name)")
      for words in ["port delete first second", "keypair delete operator"] { _ = try await cloud.openstack(words) }
    }
  }

  @Test func `a clone becomes what nova-api-metadata says, and imprint metadata says the same, byte for byte`()
    async throws
  {
    let cloud = try #require(Cloud.current)
    try await cloud.write(site: [])
    let clone = try await cloud.clone(11)
    try await prepare(clone)
    let instance = try await Instance.made(by: cloud)
    for address in ["169.254.169.254/32", "fe80::a9fe:a9fe/64 nodad"] {
      try await cloud.laboratory.space.ip("addr replace dev br1 \(address)")
    }
    let proxy = try await LoopbackServer("Lab/metadata-proxy", ["br1", "lab"], namespace: cloud.laboratory.space)
    #expect(proxy.port == 80)

    let start = ContinuousClock.now
    try await clone.boot()
    Timing.print("the boot of a clone that only the metadata service knows", since: start)
    let said = try await clone.says("journalctl -o cat --no-pager -u imprint-boot")
    #expect(said.contains("becomes compute11: the disk was stamped as compute"), "\(said)")
    #expect(
      said.contains("the metadata service http://[fe80::a9fe:a9fe] on ens33 says so in its property imprint-node"),
      "\(said)")
    #expect(try await clone.says("hostname") == Instance.name)
    #expect(try await clone.addresses("ens33") == ["192.168.10.\(Instance.number)/24"])
    #expect(try await clone.addresses("ens34") == ["192.168.20.\(Instance.number)/24"])
    #expect(try await clone.says("ip route show 192.168.77.0/24").contains("via 192.168.10.7"))
    #expect(try await clone.says("cat /sys/class/net/ens33/mtu") == "1450")
    try await clone.run("imprint", "verify", "--within", "120", seconds: 300).succeeded("verify")

    try await isTheSame(clone, instance)
    try await agreesWithTheDrive(clone, instance, cloud)
    try await isRefused(clone, cloud)
    try await clone.shutDown()
    _ = proxy
    try await instance.remove(from: cloud)
  }

  /// It boots with its first link up, as a cloud's image does that asks from its initramfs.
  private func prepare(_ clone: Machine) async throws {
    let disk = try await clone.disk
    try await RealProgram(path: "\(Repository.path)/Scripts/install-units").run([disk]).succeeded("install-units")
    let site = try String(contentsOfFile: "\(disk)/etc/imprint/site.toml", encoding: .utf8)
    let more =
      "\n[nodes.\(Instance.name)]\nrole = \"compute\"\naddresses = \"from-metadata\"\n[identity]\nmetadata-service = \"ask\"\n"
    try (site + more).write(toFile: "\(disk)/etc/imprint/site.toml", atomically: false, encoding: .utf8)
    let unit = """
      [Unit]
      DefaultDependencies=no
      After=systemd-udev-trigger.service
      Before=imprint-boot.service
      [Service]
      Type=oneshot
      ExecStart=/sbin/ip link set ens33 up
      [Install]
      WantedBy=sysinit.target

      """
    try unit.write(toFile: "\(disk)/etc/systemd/system/first-link.service", atomically: false, encoding: .utf8)
    try FileManager.default.createDirectory(
      atPath: "\(disk)/etc/systemd/system/sysinit.target.wants", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(disk)/etc/systemd/system/sysinit.target.wants/first-link.service",
      withDestinationPath: "../first-link.service")
  }

  /// Every path that it finds has the bytes that curl gets. Of random_seed each question has another.
  private func isTheSame(_ clone: Machine, _ instance: Instance) async throws {
    let versions = try await clone.says("imprint metadata --versions --source service | cut -d' ' -f1")
    #expect(versions == (try await clone.says("curl -sf http://169.254.169.254/openstack")))
    #expect(versions.contains("2012-08-10\n") && versions.hasSuffix("\nlatest"), "\(versions)")
    let checked = try await clone.says(
      """
      seed='s/"random_seed": "[^"]*"/"random_seed": ""/'
      imprint metadata --tree --source service >/tmp/tree
      grep -e '^openstack/' -e '^latest/' -e '^1.0/' /tmp/tree | while read -r path; do
        curl -sf "http://169.254.169.254/$path" | sed "$seed" >/tmp/theirs
        imprint metadata "$path" --source service | sed "$seed" >/tmp/ours
        cmp /tmp/theirs /tmp/ours && echo "$path"
      done
      """)
    let paths = checked.split(separator: "\n").map(String.init)
    let tree = try await clone.says("cat /tmp/tree").split(separator: "\n").map(String.init)
    #expect(paths == tree.filter { path in ["openstack/", "latest/", "1.0/"].contains { path.hasPrefix($0) } })
    for path in [
      "openstack/2020-10-14/meta_data.json", "openstack/latest/network_data.json", "openstack/latest/user_data",
      "openstack/latest/vendor_data.json", "openstack/latest/vendor_data2.json", "openstack/latest/password",
      "latest/meta-data/instance-id", "latest/meta-data/public-keys/0/openssh-key", "latest/user-data",
      "1.0/meta-data/hostname",
    ] {
      #expect(paths.contains(path), "\(path) in \(paths)")
    }
    // And none is missing: a version lists its documents.
    let listed = try await clone.says(
      "for version in $(curl -sf http://169.254.169.254/openstack); do curl -sf http://169.254.169.254/openstack/$version | sed \"s|^|openstack/$version/|\"; echo; done"
    ).split(separator: "\n").map(String.init)
    #expect(listed.count > 40 && Set(listed) == Set(paths.filter { $0.hasPrefix("openstack/") }), "\(listed)")
    Swift.print("lab: \(paths.count) paths of nova-api-metadata are the same, byte for byte")
    #expect(try await clone.says("imprint metadata user_data --source service") == "#cloud-config\n# \u{E4}")

    let summary = try await clone.says("imprint metadata")
    for words in [
      "the metadata service http://169.254.169.254", instance.uuid, instance.project, "operator", "role = compute",
      "192.168.10.\(Instance.number)/24  gateway 192.168.10.2  192.168.77.0/24 by 192.168.10.7  mtu 1450  on card \(Instance.cards[0])",
      "192.168.20.\(Instance.number)/24  mtu 1450  on card \(Instance.cards[1])", "192.168.10.3",
      "lab  in vendor_data.json",
    ] {
      #expect(summary.contains(words), "\(words) in \(summary)")
    }
    #expect(try await clone.says("imprint metadata --property role") == "compute")
    let json = try await clone.says("imprint metadata --format json")
    let report = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(report["schema"] as? String == "imprint.metadata/1")
    #expect(json.contains(instance.uuid))
  }

  /// The drive that nova-compute made for the same instance.
  private func agreesWithTheDrive(_ clone: Machine, _ instance: Instance, _ cloud: Cloud) async throws {
    let made = try await cloud.compute.disk + "/var/lib/nova/instances/\(instance.uuid)/disk.config"
    try FileManager.default.copyItem(atPath: made, toPath: try await clone.disk + "/root/drive")
    let compared = try await clone.run("imprint", "metadata", "--compare", "--drive", "/root/drive")
    #expect(compared.status == 0 && compared.output.contains("they agree: "), "\(compared.said)")
    for version in ["2012-08-10", "2018-08-27"] {
      try await clone.run("imprint", "metadata", "--compare", "--drive", "/root/drive", "--version", version).succeeded(
        version)
    }
    #expect(
      try await clone.says("imprint metadata --drive /root/drive --versions")
        == (try await clone.says("imprint metadata --source service --versions")))
    let drive = try await clone.says("imprint metadata --drive /root/drive")
    #expect(drive.contains("the config image /root/drive (ISO 9660)") && drive.contains(instance.uuid), "\(drive)")
  }

  /// What the service says to those whom it does not know.
  private func isRefused(_ clone: Machine, _ cloud: Cloud) async throws {
    let direct = try await clone.run("imprint", "metadata", "--service", "http://192.168.10.10:8775")
    #expect(direct.status == 69 && direct.error.contains("answers 400"), "\(direct.said)")
    let stranger = try await cloud.compute.run("imprint", "metadata", "--source", "service")
    #expect(stranger.status == 69 && stranger.error.contains("does not know this machine (404)"), "\(stranger.said)")
  }
}
