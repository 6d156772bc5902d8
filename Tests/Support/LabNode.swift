internal import CLinux
internal import Foundation
internal import Glibc

/// The tutorial's compute node, small and whole, made in a scratch folder: what the crash and hostile suites attack.
///
/// It has something of every kind that an apply does to a file: create, replace, remove, make a directory, give one
/// another mode; another owner, a closed mode, an extended attribute.
public struct LabNode: Sendable {
  /// A folder that holds the tree, the site and a canary.
  public let folder: String
  /// Where etc/nova and etc/hosts come from, for a tree of several mounts.
  public let mounts: Mounts?
  public var root: String { "\(folder)/tree" }
  public var site: String { "\(folder)/site.toml" }
  /// Files beside the tree that nothing may touch.
  public var outside: String { "\(folder)/outside" }

  public static let isRoot = geteuid() == 0
  /// Secrets that stand in the tree and must never be seen in any output.
  public static let secrets = ["RABBIT_PASS_9f3c", "NOVA_PASS_77aa", "$6$rootsalt$ROOTHASH0", "$6$novasalt$NOVAHASH0"]

  public init(in scratch: Scratch, name: String = "lab") async throws {
    folder = "\(scratch.path)/\(name)"
    mounts = nil
    for directory in Self.directories { try Self.makeDirectory("\(root)\(directory)") }
    for (path, text) in Self.files { try Self.write(text, "\(root)\(path)") }
    try Self.write(Self.siteText, site)
    try Self.write("nobody touches this\n", "\(outside)/canary")
    try Self.write("127.0.0.1 outside\n", "\(outside)/hosts")
    try Self.makeDirectory("\(outside)/empty")
    // A clone gets no compute_id; here one of nova's two places for it is a link to the other.
    symlink("/var/lib/nova/compute_id", "\(root)/etc/nova/compute_id")
    try await makeKeys()
    try dress()
  }

  private init(folder: String, mounts: Mounts?) {
    self.folder = folder
    self.mounts = mounts
  }

  /// A copy of all of it, hard links and labels kept, under another name beside it.
  public func copy(as name: String) async throws -> LabNode {
    let target = URL(fileURLWithPath: folder).deletingLastPathComponent().appendingPathComponent(name).path
    try await RealProgram.needed("cp").run(["-a", "--", folder, target]).succeeded("cp -a \(folder)")
    return LabNode(folder: target, mounts: try await mounts?.copy())
  }

  /// This node with etc/nova on another file system and etc/hosts a mount of its own, which a rename cannot replace.
  /// What is mounted lies outside the tree, so that each command can have a mount namespace of its own.
  public func mounted(below other: String) async throws -> LabNode {
    let mounts = Mounts(folder: "\(other)/imprint-test-\(UUID().uuidString)")
    try Self.makeDirectory(mounts.folder)
    for path in Mounts.paths {
      try await RealProgram.needed("cp").run(["-a", "--", "\(root)\(path)", mounts.source(of: path)])
        .succeeded("cp -a \(path)")
    }
    return LabNode(folder: folder, mounts: mounts)
  }

  public func remove() {
    for folder in [folder, mounts?.folder].compactMap({ $0 }) {
      do { try FileManager.default.removeItem(atPath: folder) } catch { print("left \(folder): \(error)") }
    }
  }

  /// What is mounted into a tree.
  public struct Mounts: Sendable {
    static let paths = ["/etc/nova", "/etc/hosts"]
    let folder: String

    func source(of path: String) -> String { folder + "/" + path.split(separator: "/").joined(separator: "-") }

    func copy() async throws -> Mounts {
      let target = URL(fileURLWithPath: folder).deletingLastPathComponent()
        .appendingPathComponent("imprint-test-\(UUID().uuidString)").path
      try await RealProgram.needed("cp").run(["-a", "--", folder, target]).succeeded("cp -a \(folder)")
      return Mounts(folder: target)
    }
  }

  /// Runs a program where the tree's mounts are in place.
  public func wrapped(
    _ program: String, _ arguments: [String], seconds: Int = 60
  ) async throws -> RealProgram.Outcome {
    guard let mounts else { return try await RealProgram(path: program).run(arguments, seconds: seconds) }
    var script = "set -e\n"
    for path in Mounts.paths { script += "mount --bind '\(mounts.source(of: path))' '\(root)\(path)'\n" }
    script += "exec \"$@\""
    return try await RealProgram.needed("unshare").run(
      ["--mount", "--propagation", "private", "sh", "-c", script, "sh", program] + arguments, seconds: seconds)
  }

  /// A command of the program on this tree.
  public func arguments(_ command: String, _ more: String...) -> [String] {
    switch command {
    case "apply": ["apply", "compute2", "--root", root, "--site", site, "--yes"] + more
    case "seal": ["seal", "--root", root, "--yes"] + more
    case "plan", "verify": [command, "compute2", "--root", root, "--site", site] + more
    default: [command, "--root", root] + more
    }
  }

  @discardableResult
  public func run(_ command: String, _ more: String..., seconds: Int = 60) async throws -> RealProgram.Outcome {
    try await wrapped(Imprint.program.path, arguments(command) + more, seconds: seconds)
  }

  /// Where imprint's own directory is: where /var/lib is a link, there.
  private static func state(in record: TreeRecord) -> String {
    guard let link = record["/var/lib"], link.kind == .link else { return "/var/lib/imprint" }
    let place = link.text.hasPrefix("/") ? link.text : "/var/\(link.text)"
    return URL(fileURLWithPath: place).standardizedFileURL.appendingPathComponent("imprint").path
  }

  /// The tree without what imprint keeps for itself.
  public func record() throws -> TreeRecord {
    let all = try TreeRecord(of: root)
    var record = all.without([Self.state(in: all)])
    guard let mounts else { return record }
    record = record.without(Mounts.paths)
    for path in Mounts.paths {
      for (below, entry) in try TreeRecord(of: mounts.source(of: path)).entries {
        record.entries[below == "/" ? path : path + below] = entry
      }
    }
    return record
  }

  // MARK: making it

  private static func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
  }

  public static func write(_ text: String, _ path: String) throws {
    try makeDirectory(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o644)
  }

  private func makeKeys() async throws {
    let keygen = try RealProgram.needed("ssh-keygen")
    let keys = [
      ("ed25519", "/etc/ssh/ssh_host_ed25519_key", "root@compute"),
      ("ecdsa", "/etc/ssh/ssh_host_ecdsa_key", "root@compute"),
      ("ed25519", "/var/lib/nova/.ssh/id_ed25519", "nova@compute"),
    ]
    for (type, path, comment) in keys {
      try await keygen.run(["-q", "-t", type, "-N", "", "-C", comment, "-f", "\(root)\(path)"]).succeeded("ssh-keygen")
    }
    let own = try String(contentsOfFile: "\(root)/var/lib/nova/.ssh/id_ed25519.pub", encoding: .utf8)
    try Self.write(own, "\(root)/var/lib/nova/.ssh/authorized_keys")
  }

  /// Modes, owners and labels that are not the usual ones.
  private func dress() throws {
    for (path, mode) in Self.modes where chmod("\(root)\(path)", mode) != 0 { throw TestTrouble("chmod \(path)") }
    setLabel("user.note", "kept", "/etc/hosts")
    guard Self.isRoot else { return }
    for (path, owner, group) in Self.owners where lchown("\(root)\(path)", owner, group) != 0 {
      throw TestTrouble("chown \(path)")
    }
    setLabel("security.selinux", "system_u:object_r:nova_etc_t:s0\0", "/etc/nova/nova.conf")
  }

  /// Where the file system has such a thing.
  private func setLabel(_ name: String, _ value: String, _ path: String) {
    let descriptor = open("\(root)\(path)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let bytes = Array(value.utf8)
    _ = imprint_set_attribute(descriptor, name, bytes, bytes.count)
  }

  private static let modes: [(String, mode_t)] = [
    ("/etc/shadow", 0o600), ("/etc/nova/nova.conf", 0o640), ("/var/lib/nova/.ssh", 0o755),
    ("/var/lib/nova/.ssh/id_ed25519", 0o600), ("/etc/ssh/ssh_host_ed25519_key", 0o600),
    ("/etc/ssh/ssh_host_ecdsa_key", 0o640), ("/usr/bin/bash", 0o755), ("/bin/bash", 0o755),
    ("/usr/sbin/sshd", 0o755), ("/var/lib/systemd/random-seed", 0o600), ("/etc/machine-id", 0o444),
  ]

  private static let owners: [(String, uid_t, gid_t)] = [
    ("/etc/nova/nova.conf", 0, 162), ("/etc/ssh/ssh_host_ecdsa_key", 0, 998), ("/var/lib/nova", 162, 162),
    ("/var/lib/nova/.ssh", 162, 162), ("/var/lib/nova/.ssh/id_ed25519", 162, 162),
    ("/var/lib/nova/.ssh/id_ed25519.pub", 162, 162), ("/var/lib/nova/.ssh/authorized_keys", 162, 162),
    ("/var/lib/nova/compute_id", 162, 162),
  ]

  private static let directories = [
    "/etc/neutron/plugins/ml2", "/etc/sysconfig/network-scripts", "/var/lib/dbus", "/var/lib/nova/.ssh",
    "/var/lib/nova/instances", "/bin", "/usr/bin", "/usr/sbin", "/tmp",
  ]

  static func ifcfg(_ name: String, _ address: String, _ uuid: String, _ more: String = "") -> String {
    """
    TYPE="Ethernet"
    BOOTPROTO="static"
    NAME="\(name)"
    UUID="\(uuid)"
    DEVICE="\(name)"
    ONBOOT="yes"
    IPADDR="\(address)"
    NETMASK="255.255.255.0"
    \(more)
    """
  }

  private static let machineID = "4c7d6a1e0b9f4e52a3d8c6b7f0e1d2c3\n"

  private static let files: [(String, String)] = [
    (
      "/etc/os-release",
      "NAME=\"CentOS Linux\"\nVERSION=\"7 (Core)\"\nID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"7\"\n"
        + "PRETTY_NAME=\"CentOS Linux 7 (Core)\"\n"
    ),
    ("/etc/hostname", "compute\n"),
    (
      "/etc/hosts",
      "127.0.0.1   localhost localhost.localdomain\n::1         localhost localhost.localdomain\n"
        + "192.168.10.10 controller\n192.168.10.20 compute # the original\n"
    ),
    ("/etc/sysconfig/network", "# Created by anaconda\nNETWORKING=yes\nHOSTNAME=compute\n"),
    (
      "/etc/sysconfig/network-scripts/ifcfg-ens33",
      ifcfg(
        "ens33", "192.168.10.20", "9e7d7c0e-3ed9-4b0c-a2c9-0c8e1b7c0a33",
        "GATEWAY=\"192.168.10.2\"\nDNS1=\"192.168.10.2\"\nHWADDR=00:0c:29:11:22:33\n")
    ),
    (
      "/etc/sysconfig/network-scripts/ifcfg-ens34",
      ifcfg("ens34", "192.168.20.20", "1b7c0a33-3ed9-4b0c-a2c9-0c8e9e7d7c0e")
    ),
    ("/etc/sysconfig/network-scripts/ifcfg-lo", "DEVICE=lo\nIPADDR=127.0.0.1\nNETMASK=255.0.0.0\nONBOOT=yes\n"),
    (
      "/etc/passwd",
      "root:x:0:0:root:/root:/bin/bash\nnova:x:162:162:OpenStack Nova Daemons:/var/lib/nova:/sbin/nologin\n"
    ),
    ("/etc/group", "root:x:0:\nssh_keys:x:998:\nnova:x:162:\n"),
    ("/etc/shadow", "root:\(secrets[2]):19000:0:99999:7:::\nnova:\(secrets[3]):19000::::::\n"),
    ("/etc/shells", "/bin/sh\n/bin/bash\n/usr/bin/bash\n"),
    (
      "/etc/nova/nova.conf",
      "[DEFAULT]\nenabled_apis = osapi_compute,metadata\n"
        + "transport_url = rabbit://openstack:\(secrets[0])@controller\nmy_ip = 192.168.10.20\nuse_neutron = true\n"
        + "[keystone_authtoken]\npassword = \(secrets[1])\n[vnc]\nserver_proxyclient_address = 192.168.10.20\n"
        + "[libvirt]\nvirt_type = qemu\n"
    ),
    ("/usr/share/nova/nova-dist.conf", "[DEFAULT]\nstate_path = /var/lib/nova\n"),
    ("/etc/neutron/neutron.conf", "[DEFAULT]\nauth_strategy = keystone\n"),
    ("/etc/neutron/plugins/ml2/linuxbridge_agent.ini", "[vxlan]\nenable_vxlan = true\nlocal_ip = 192.168.20.20\n"),
    ("/etc/machine-id", machineID),
    ("/var/lib/dbus/machine-id", machineID),
    ("/var/lib/systemd/random-seed", String(repeating: "seed", count: 128)),
    ("/var/lib/nova/compute_id", "0a8b3c9e-4d5f-4b6a-8c7d-1e2f3a4b5c6d\n"),
    ("/var/lib/dhclient/dhclient-ens33.lease", "lease { interface \"ens33\"; }\n"),
    ("/etc/iscsi/initiatorname.iscsi", "InitiatorName=iqn.1994-05.com.redhat:5bf7a1c2d3e4\n"),
    ("/usr/bin/bash", "\u{7f}ELF, or so\n"),
    ("/bin/bash", "\u{7f}ELF, or so\n"),
    ("/usr/sbin/sshd", "\u{7f}ELF, or so\n"),
    ("/etc/ssh/sshd_config", "HostKey /etc/ssh/ssh_host_ed25519_key\n"),
  ]

  public static let siteText = """
    [networks.management]
    subnet    = "192.168.10.0/24"
    gateway   = "192.168.10.2"
    interface = "ens33"

    [networks.tunnel]
    subnet    = "192.168.20.0/24"
    interface = "ens34"

    [nodes.controller]
    role      = "controller"
    addresses = { management = "192.168.10.10", tunnel = "192.168.20.10" }

    [nodes.compute]
    role      = "compute"
    addresses = { management = "192.168.10.20", tunnel = "192.168.20.20" }

    [nodes.compute2]
    role      = "compute"
    addresses = { management = "192.168.10.21", tunnel = "192.168.20.21" }

    """
}
