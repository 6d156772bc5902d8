import Site
import Testing

@testable import Cluster

/// What a peer's key may run: nova's own words, and none beside them.
@Suite struct GateTests {
  static let instances = "/var/lib/nova/instances"
  static let uuid = "23f81b33-1920-4326-957b-b2009cc41adc"
  static let trace = "a2e87c5cdf0b4fd288d71cf1a0979845.tmp"
  static let guest = "\(instances)/\(uuid)"

  static func request(_ words: String) throws -> GateRequest? {
    GateRequest(words, below: try AbsolutePath(instances))
  }

  /// As a wrapper round ssh and scp saw them on a source of a cold migration, and as older releases run them.
  @Test(arguments: [
    "touch \(guest)/\(trace)", "rm \(guest)/\(trace)", "mkdir -p \(guest)", "rm -rf \(guest)",
    "scp -r -t \(guest)/disk", "scp -t \(guest)/disk.info", "scp -r -t \(guest)", "scp -r -f \(guest)/disk",
    "scp -r -f \(instances)/_base/0123456789abcdef0123456789abcdef01234567",
    "/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server -l INFO -f AUTHPRIV", "internal-sftp",
  ])
  func `what a cold migration and a resize run is let through`(_ words: String) throws {
    #expect(try Self.request(words) != nil)
  }

  @Test(arguments: [
    "", " ", "true", "hostname", "sh", "bash -i", "/bin/sh -c id",
    // A shell's letters, which no shell would see, and which are in no path of nova's all the same.
    "touch \(guest)/\(trace);id", "touch \(guest)/\(trace) ; id", "touch \(guest)/$(id).tmp", "touch \(guest)/`id`",
    "mkdir -p \(guest)&&id", "mkdir -p \(guest)|id", "rm -rf \(guest)\nid", "rm -rf \(guest)\u{0}", "rm -rf '\(guest)'",
    "rm -rf \"\(guest)\"", "rm -rf \(guest)\\", "rm -rf \(guest)*", "rm -rf \(guest)?", "rm -rf {\(guest),/}",
    "rm -rf ~", "rm -rf $HOME", "rm -rf \(guest)\r", "rm -rf \(guest)\t", "rm -rf  \(guest)", " rm -rf \(guest)",
    "rm -rf \(guest) ", "rm -rf \(guest)#x",
    // Elsewhere.
    "rm -rf \(instances)", "rm -rf \(instances)/", "rm -rf /", "rm -rf \(guest)/..", "rm -rf \(guest)/../..",
    "rm -rf \(instances)/../.ssh", "rm -rf \(instances)//\(uuid)", "rm -rf \(guest)/", "rm -rf \(guest)/.",
    "rm -rf \(instances)/./\(uuid)", "rm -rf \(guest)_resize", "rm -rf \(instances)/_base", "rm -rf \(guest)/disk",
    "rm -rf \(instances)-other/\(uuid)", "rm -rf relative/\(uuid)", "mkdir -p /root/.ssh", "mkdir -p \(guest)/.ssh",
    "rm \(guest)/disk", "touch \(guest)/disk", "touch \(guest)/.tmp", "touch \(guest)/x.tmp",
    "touch \(instances)/\(trace)", "mkdir -p \(instances)/\(uuid.uppercased())", "mkdir -p \(instances)/compute_nodes",
    "scp -t /etc/passwd", "scp -f /etc/shadow", "scp -f \(instances)/_base/../../.ssh/id_ed25519",
    "scp -t \(instances)/_base/0123456789abcdef0123456789abcdef01234567", "scp -r -t \(instances)",
    "scp -r -t \(guest)/.ssh/authorized_keys", "scp -r -t \(guest)/a/b/c/d/e/f",
    "scp -f \(instances)/compute_nodes",
    // Options, and two paths for one.
    "rm -rf -- \(guest)", "rm -fr \(guest)", "rm -r \(guest)", "rm --no-preserve-root -rf /", "mkdir \(guest)",
    "mkdir -p -m 777 \(guest)", "touch -r /etc/shadow \(guest)/\(trace)", "rm -rf \(guest) \(guest)",
    "scp -t -- \(guest)/disk", "scp -S/bin/sh -t \(guest)/disk", "scp -oProxyCommand=id -t \(guest)/disk",
    "scp -r -t -f \(guest)", "scp -v -t \(guest)/disk", "scp -p -t \(guest)/disk", "scp -t \(guest)/-oProxyCommand=id",
    "/tmp/sftp-server", "sftp-server", "/usr/lib/openssh/sftp-server;id", "/usr/lib/openssh/../../../bin/sh",
    // What other wrappers let through: live migration by ssh.
    "nc -U /var/run/libvirt/libvirt-sock", "virt-ssh-helper qemu:///system",
  ])
  func `everything else is refused`(_ words: String) throws {
    #expect(try Self.request(words) == nil)
  }

  @Test func `a longer word does not get in by its beginning`() throws {
    let long = "\(Self.guest)/" + String(repeating: "a", count: 4096)
    #expect(try Self.request("scp -t \(long)") == nil)
  }

  // MARK: sftp

  private static func text(_ text: String) -> [UInt8] { SFTPFilter.bytes(UInt32(text.utf8.count)) + Array(text.utf8) }

  private static func verdict(
    _ packet: [UInt8], isPlain: @escaping (GatePath) -> Bool = { _ in true }
  ) throws -> SFTPFilter.Verdict {
    SFTPFilter(instances: try AbsolutePath(instances), isPlain: isPlain).verdict(on: packet[...])
  }

  private static func isRefused(_ verdict: SFTPFilter.Verdict) -> Bool {
    if case .refuse = verdict { true } else { false }
  }

  private static let id: [UInt8] = [0, 0, 0, 7]

  @Test func `scp's own requests about an instance's files pass`() throws {
    let path = Self.text("\(Self.guest)/disk")
    let packets: [[UInt8]] = [
      [1, 0, 0, 0, 3], [3] + Self.id + path + [0, 0, 0, 0x1A] + [0, 0, 0, 0], [17] + Self.id + Self.text(Self.guest),
      [7] + Self.id + path, [16] + Self.id + Self.text("."), [14] + Self.id + path + [0, 0, 0, 0], [9] + Self.id + path,
      [4] + Self.id + Self.text("handle"), [6] + Self.id, [10] + Self.id,
      [200] + Self.id + Self.text("limits@openssh.com"),
      [200] + Self.id + Self.text("fsync@openssh.com") + Self.text("handle"),
      [3] + Self.id + Self.text("\(Self.instances)/_base/0123456789abcdef0123456789abcdef01234567") + [0, 0, 0, 1],
    ]
    for packet in packets { #expect(try Self.verdict(packet) == .pass, "\(packet)") }
  }

  @Test func `links, renames, removals, and every path elsewhere are refused`() throws {
    let path = Self.text("\(Self.guest)/disk")
    let elsewhere = Self.text("/var/lib/nova/.ssh/authorized_keys")
    let image = Self.text("\(Self.instances)/_base/0123456789abcdef0123456789abcdef01234567")
    var packets: [[UInt8]] = [
      [3] + Self.id + elsewhere + [0, 0, 0, 0x1A], [3] + Self.id + elsewhere + [0, 0, 0, 1],
      [3] + Self.id + image + [0, 0, 0, 2], [3] + Self.id + Self.text(Self.guest) + [0, 0, 0, 1],
      [3] + Self.id + Self.text("\(Self.guest)/../../.ssh/x") + [0, 0, 0, 2],
      [200] + Self.id + Self.text("expand-path@openssh.com") + Self.text("~root"),
      [200] + Self.id + Self.text("copy-data"), [200] + Self.id + Self.text("lsetstat@openssh.com") + elsewhere,
      [16] + Self.id + Self.text("/"), [255] + Self.id, [2] + Self.id, [19] + Self.id + path,
    ]
    for type: UInt8 in [13, 15, 18, 20] { packets.append([type] + Self.id + path + path) }
    for name in [
      "posix-rename@openssh.com", "hardlink@openssh.com", "statvfs@openssh.com", "users-groups-by-id@openssh.com",
    ] {
      packets.append([200] + Self.id + Self.text(name) + path + path)
    }
    for type: UInt8 in [7, 9, 11, 14, 16, 17] { packets.append([type] + Self.id + elsewhere + [0, 0, 0, 0]) }
    for packet in packets { #expect(Self.isRefused(try Self.verdict(packet)), "\(packet)") }
  }

  @Test func `a path with a link on its way is refused, and the answer is one of the protocol's`() throws {
    let packet = [3] + Self.id + Self.text("\(Self.guest)/disk") + [0, 0, 0, 2]
    let verdict = try Self.verdict(packet) { _ in false }
    guard case .refuse(let answer, let what) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(what == "open \(Self.guest)/disk")
    #expect(answer.count == Int(answer[3]) + 4 && answer[4] == 101 && Array(answer[5..<9]) == Self.id)
    #expect(Array(answer[9..<13]) == [0, 0, 0, 3])
  }

  @Test(
    arguments: [[], [3], [3, 0, 0, 0], [3, 0, 0, 0, 7, 0, 0, 0, 9, 65], [1], [200, 0, 0, 0, 1, 255, 255, 255, 255]]
      as [[UInt8]])
  func `a torn request ends it`(_ packet: [UInt8]) throws {
    guard case .end = try Self.verdict(packet) else {
      Issue.record("\(packet) passed")
      return
    }
  }
}
