import Documents
import Site
import Testing
import Tree

@testable import Fixups

@Suite("nova's files")
struct NovaTests {
  static let conf = "/etc/nova/nova.conf"

  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var before: String
    var after: String
    var reasons: [String]?
  }

  static let cases = [
    Case(
      testDescription: "my_ip of the original", before: "[DEFAULT]\nmy_ip = 192.168.10.20\n",
      after: "[DEFAULT]\nmy_ip = 192.168.10.21\n",
      reasons: ["my_ip said 192.168.10.20, which is the address of compute"]),
    Case(
      testDescription: "a colon, no blanks, no newline at the end", before: "[DEFAULT]\nmy_ip:192.168.10.20",
      after: "[DEFAULT]\nmy_ip:192.168.10.21"),
    Case(
      testDescription: "CR LF stays", before: "[DEFAULT]\r\nmy_ip = 192.168.10.20\r\n",
      after: "[DEFAULT]\r\nmy_ip = 192.168.10.21\r\n"),
    Case(
      testDescription: "a commented default is never the option",
      before: "[DEFAULT]\n#my_ip = 192.168.10.20\n[vnc]\n",
      after: "[DEFAULT]\n#my_ip = 192.168.10.20\nmy_ip = 192.168.10.21\n[vnc]\n",
      reasons: ["my_ip was not set; the site gives compute2 192.168.10.21"]),
    Case(
      testDescription: "twice: the last one counts, and one stays",
      before: "[DEFAULT]\nmy_ip = 192.168.10.20\na = b\nmy_ip = 10.0.0.1\n",
      after: "[DEFAULT]\na = b\nmy_ip = 192.168.10.21\n"),
    Case(
      testDescription: "right at the end, wrong before",
      before: "[DEFAULT]\nmy_ip = 192.168.10.20\nmy_ip = 192.168.10.21\n", after: "[DEFAULT]\nmy_ip = 192.168.10.21\n"),
    Case(
      testDescription: "a second [DEFAULT], quoted",
      before: "[DEFAULT]\nmy_ip = 192.168.10.21\n[vnc]\nenabled = true\n[DEFAULT]\nmy_ip = \"192.168.10.20\"\n",
      after: "[DEFAULT]\n[vnc]\nenabled = true\n[DEFAULT]\nmy_ip = \"192.168.10.21\"\n"),
    Case(
      testDescription: "a comment behind the value is part of it",
      before: "[DEFAULT]\nmy_ip = 192.168.10.21 # mine\n", after: "[DEFAULT]\nmy_ip = 192.168.10.21\n"),
    Case(
      testDescription: "[default] is another section",
      before: "[default]\nmy_ip = 192.168.10.21\n",
      after: "[default]\nmy_ip = 192.168.10.21\n\n[DEFAULT]\nmy_ip = 192.168.10.21\n"),
    Case(
      testDescription: "addresses elsewhere, as whole words only",
      before: """
        [DEFAULT]
        my_ip = 192.168.10.20
        my_block_storage_ip = 192.168.20.20
        [vnc]
        server_listen = 0.0.0.0
        server_proxyclient_address = $my_ip
        novncproxy_base_url = http://192.168.10.10:6080/vnc_auto.html
        [libvirt]
        live_migration_inbound_addr=192.168.10.20
        live_migration_uri = qemu+ssh://nova@192.168.10.20/system?keyfile=/k
        [image_cache]
        subdirectory_name = _base_192.168.10.20
        other = 192.168.10.201 1192.168.10.20
        # 192.168.10.20

        """,
      after: """
        [DEFAULT]
        my_ip = 192.168.10.21
        my_block_storage_ip = 192.168.20.21
        [vnc]
        server_listen = 0.0.0.0
        server_proxyclient_address = $my_ip
        novncproxy_base_url = http://192.168.10.10:6080/vnc_auto.html
        [libvirt]
        live_migration_inbound_addr=192.168.10.21
        live_migration_uri = qemu+ssh://nova@192.168.10.21/system?keyfile=/k
        [image_cache]
        subdirectory_name = _base_192.168.10.21
        other = 192.168.10.201 1192.168.10.20
        # 192.168.10.20

        """),
    Case(
      testDescription: "names of the original, in options about this node",
      before: """
        [DEFAULT]
        my_ip = 192.168.10.21
        host = compute
        console_host = compute
        transport_url = rabbit://compute:compute@controller
        [libvirt]
        live_migration_inbound_addr = compute
        [vnc]
        server_proxyclient_address = compute2

        """,
      after: """
        [DEFAULT]
        my_ip = 192.168.10.21
        host = compute2
        console_host = compute2
        transport_url = rabbit://compute:compute@controller
        [libvirt]
        live_migration_inbound_addr = compute2
        [vnc]
        server_proxyclient_address = compute2

        """),
    Case(
      testDescription: "a list of several nodes is theirs",
      before: "[DEFAULT]\nmy_ip = 192.168.10.21\n[cache]\nmemcache_servers = 192.168.10.20:11211,192.168.10.21:11211\n",
      after: "[DEFAULT]\nmy_ip = 192.168.10.21\n[cache]\nmemcache_servers = 192.168.10.20:11211,192.168.10.21:11211\n"),
  ]

  @Test(arguments: cases) func oneFile(_ row: Case) throws {
    let run = try Lab.settle(Lab.tree([Self.conf: row.before]), [HostnameFixup(), NovaFixup()])
    #expect(run.after[Self.conf] == row.after)
    if let reasons = row.reasons { #expect(run.reasons(Self.conf) == reasons) }
  }

  @Test("a later file says what counts") func laterFile() throws {
    let later = "/etc/nova/nova.conf.d/50-node.conf"
    let tree = Lab.tree([
      Self.conf: "[DEFAULT]\nmy_ip = 192.168.10.21\n", later: "[DEFAULT]\nmy_ip=192.168.10.20\n",
      "/etc/nova/nova.conf.d/.50.conf": "garbage", "/etc/nova/nova.conf.d/note.txt": "garbage",
    ])
    let run = try Lab.settle(tree, [NovaFixup()])
    #expect(run.after[later] == "[DEFAULT]\nmy_ip=192.168.10.21\n")
    #expect(run.changes.map(\.path.description) == [later, "/var/lib/imprint/identity"])
    #expect(run.claims.first?.seen == "192.168.10.20")
  }

  @Test("a package's own file stays, and a later one overrules it") func vendor() throws {
    let vendor = "/usr/share/nova/nova-dist.conf"
    let tree = Lab.tree([vendor: "[DEFAULT]\nmy_ip = 192.168.10.20\n", Self.conf: "[DEFAULT]\n"])
    let run = try Lab.settle(tree, [NovaFixup()])
    #expect(run.after[vendor] == "[DEFAULT]\nmy_ip = 192.168.10.20\n")
    #expect(run.after[Self.conf] == "[DEFAULT]\nmy_ip = 192.168.10.21\n")
  }

  @Test("owner and mode stay") func attributes() throws {
    var tree = Lab.tree()
    tree.write(Self.conf, "[DEFAULT]\nmy_ip = 192.168.10.20\n", owner: 0, group: 162, mode: 0o640)
    let run = try Lab.settle(tree, [NovaFixup()])
    #expect(run.after.attributes(Self.conf) == FileAttributes(owner: 0, group: 162, mode: FileMode(0o640)))
  }

  @Test("a missing nova.conf is made for nova's group") func missing() throws {
    var tree = Lab.tree()
    tree.remove(Self.conf)
    let run = try Lab.settle(tree, [NovaFixup()])
    #expect(run.after[Self.conf] == "[DEFAULT]\nmy_ip = 192.168.10.21\n")
    #expect(run.after.attributes(Self.conf) == FileAttributes(owner: 0, group: 162, mode: FileMode(0o640)))
  }

  @Test("a tree without nova is told of, and left alone") func noNova() throws {
    let run = try Lab.settle(MemoryTree(["/etc/hostname": "compute\n"]), [NovaFixup()])
    #expect(run.findings.map(\.severity) == [.warning])
    #expect(run.changes.count == 1)
  }

  @Test("what oslo.config refuses is refused, with every place") func refused() throws {
    let tree = Lab.tree([
      Self.conf: "[DEFAULT]\nmy_ip = 192.168.10.20\nnonsense\n",
      "/etc/nova/nova-compute.conf": "my_ip = 1\n",
    ])
    let error = #expect(throws: FixupError.self) {
      try Run(tree, site: try Lab.site(), platform: try Lab.platform(), [NovaFixup()])
    }
    let lines = error?.description.split(separator: "\n") ?? []
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("/etc/nova/nova.conf:3: ") == true)
    #expect(lines.last?.hasPrefix("/etc/nova/nova-compute.conf:1: ") == true)
  }

  @Test(
    "a file that the service refuses altogether is refused in a few lines",
    arguments: [
      ("\u{FEFF}[DEFAULT]\n" + String(repeating: "a = b\n", count: 900), "/etc/nova/nova.conf:1: a byte order mark", 1),
      ("[DEFAULT]\n" + String(repeating: "nonsense\n", count: 900), "897 more lines of /etc/nova/nova.conf", 4),
    ]) func manyProblems(_ text: String, _ said: String, _ lines: Int) throws
  {
    let error = #expect(throws: FixupError.self) { try Lab.settle(Lab.tree([Self.conf: text]), [NovaFixup()]) }
    #expect(error?.description.contains(said) == true)
    #expect(error?.description.split(separator: "\n").count == lines)
  }

  @Test("a full host name stays a full one, and a host that is derived stays") func host() throws {
    let site = try Lab.site(domain: "lab")
    let tree = Lab.tree([
      Self.conf: "[DEFAULT]\nmy_ip = 192.168.10.20\nhost = compute.lab\n",
      "/etc/neutron/neutron.conf": "[DEFAULT]\nhost = $other\n",
    ])
    let run = try Lab.settle(tree, site: site, [HostnameFixup(), NovaFixup(), NeutronFixup()])
    #expect(run.after[Self.conf]?.contains("host = compute2.lab\n") == true)
    #expect(run.after["/etc/neutron/neutron.conf"] == "[DEFAULT]\nhost = $other\n")
    #expect(run.findings.contains { $0.text.contains("no port would be bound") })
  }

  @Test("a domain that the site does not say stays, in every place alike") func ownDomain() throws {
    let tree = Lab.tree([
      "/etc/hostname": "compute.lab.example\n", "/etc/sysconfig/network": "HOSTNAME=compute.lab.example\n",
      "/etc/hosts": "127.0.0.1 localhost\n192.168.10.20 compute.lab.example compute\n",
      Self.conf: "[DEFAULT]\nmy_ip = 192.168.10.20\nhost = compute.lab.example\n",
    ])
    let run = try Lab.settle(tree, [HostnameFixup(), HostsFixup(), NovaFixup()])
    #expect(run.after[Self.conf]?.contains("host = compute2.lab.example\n") == true)
    #expect(run.after["/etc/hostname"] == "compute2.lab.example\n")
    #expect(run.after["/etc/sysconfig/network"] == "HOSTNAME=compute2.lab.example\n")
    #expect(run.after["/etc/hosts"]?.contains("192.168.10.21 compute2.lab.example compute2\n") == true)
    #expect(run.after["/etc/hosts"]?.contains("192.168.10.20 compute.lab.example compute\n") == true)
    #expect(run.findings.contains { $0.text.contains("its domain lab.example") })
  }

  @Test("a node's own full host is not made short") func ownFullHost() throws {
    let conf = "[DEFAULT]\nmy_ip = 192.168.10.21\nhost = compute2.lab\n"
    let run = try Lab.settle(Lab.tree([Self.conf: conf]), [NovaFixup()])
    #expect(run.after[Self.conf] == conf)
  }

  @Test("a host of its own choice stays on the node's own tree, and is told; another node's or a copy's goes")
  func chosenHost() throws {
    let conf = "[DEFAULT]\nmy_ip = 192.168.10.20\nhost = nova-1\n"
    let fixups: [any Fixup] = [HostnameFixup(), NovaFixup(), StampFixup()]
    let tree = Lab.tree([Self.conf: conf])
    for name in ["compute", "compute2"] {
      let own = try Lab.settle(tree, as: name, [HostnameFixup(), NovaFixup()])
      let isChosen = name == "compute"
      #expect(own.after[Self.conf]?.contains(isChosen ? "host = nova-1\n" : "host = compute2\n") == true)
      #expect(own.findings.contains { $0.text.contains("sets host to nova-1") } == isChosen, "\(own.findings)")
    }
    let taken = try Lab.settle(
      Lab.tree([Self.conf: conf.replacing("nova-1", with: "compute2")]), as: "compute", [HostnameFixup(), NovaFixup()])
    #expect(taken.after[Self.conf]?.contains("host = compute\n") == true)
    // On a disk that was another's it can only be that one's, put back.
    var copy = try Run(tree, site: Lab.site(), platform: Lab.platform(), fixups).after
    copy.write(Self.conf, conf.replacing("192.168.10.20", with: "192.168.10.21"))
    let again = try Run(copy, site: Lab.site(), platform: Lab.platform(), fixups)
    #expect(again.after[Self.conf]?.contains("host = compute2\n") == true)
    #expect(again.claims.contains { $0.subject.hasPrefix("host of nova") && !$0.holds })
  }

  @Test("what only looks like a domain is none", arguments: ["compute.", "192.168.10.20", "compute.l_b/x"])
  func noDomain(_ name: String) throws {
    let run = try Lab.settle(Lab.tree(["/etc/hostname": "\(name)\n"]), [HostnameFixup()])
    #expect(run.after["/etc/hostname"] == "compute2\n")
  }

  @Test("files that nobody is known to read are told of, not edited") func others() throws {
    let path = "/etc/nova/cell1.conf"
    let text = "[DEFAULT]\nhost = compute\n[x]\ny = 192.168.10.20\n"
    let run = try Lab.settle(Lab.tree([path: text]), [NovaFixup()])
    #expect(run.after[path] == text)
    #expect(run.findings.filter { $0.text.contains(path) }.count == 2)
  }

  @Test("half-fixed: my_ip is right, and the original's name is still known") func halfFixed() throws {
    let tree = Lab.tree([
      "/etc/hostname": "compute2\n",
      Self.conf: "[DEFAULT]\nmy_ip = 192.168.10.21\n[vnc]\nserver_proxyclient_address = 192.168.10.20\n",
    ])
    let run = try Lab.settle(tree, [HostnameFixup(), NovaFixup()])
    #expect(
      run.after[Self.conf] == "[DEFAULT]\nmy_ip = 192.168.10.21\n[vnc]\nserver_proxyclient_address = 192.168.10.21\n")
  }

  @Test("secrets in a value are never in a reason") func secrets() throws {
    let tree = Lab.tree([
      Self.conf: "[DEFAULT]\nmy_ip = 192.168.10.21\ntransport_url = rabbit://u:TOPSECRET@192.168.10.20\n"
    ])
    let run = try Lab.settle(tree, [NovaFixup()])
    #expect(run.after[Self.conf]?.contains("TOPSECRET@192.168.10.21") == true)
    #expect(!run.reasons(Self.conf).joined().contains("TOPSECRET"))
  }
}

@Suite("nova on Python 2")
struct Python2Tests {
  @Test("takes a file in any encoding, so that imprint does not refuse it") func latin1() throws {
    let config = OsloConfig(Array("[DEFAULT]\n# caf".utf8) + [0xE9] + Array("\nmy_ip = 1.2.3.4\n".utf8))
    #expect(config.problems.map(\.isOfEncoding) == [true])
    #expect(Platform.named("centos7-rdo")?.nova.readsBytes == true)
    #expect(Platform.named("debian12")?.nova.readsBytes == false)
  }

  @Test(
    "an option that names nova's key by its path follows the pair, and another key's path stays",
    arguments: [true, false])
  func keyPath(isThere: Bool) throws {
    var tree = Clone.used
    let path = "/etc/nova/nova.conf"
    let uri = "live_migration_uri = qemu+ssh://nova@%s/system?keyfile="
    tree.write(path, "[libvirt]\n\(uri)\(Clone.ssh)/id_rsa&no_verify=1\nother = \(Clone.ssh)/id_rsa.old\n")
    if isThere {
      tree.write("\(Clone.ssh)/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n", owner: 162, group: 162, mode: 0o600)
    }
    let proposal = try NovaFixup().propose(for: Clone.situation(tree))
    let after = try #require(Clone.applied(proposal.changes, to: tree)[path])
    #expect(after.contains("\(uri)\(Clone.ssh)/id_ed25519&no_verify=1\nother = \(Clone.ssh)/id_rsa.old\n"), "\(after)")
    #expect(proposal.claims.contains { $0.subject.hasPrefix("live_migration_uri in [libvirt]") && !$0.holds })
  }
}
