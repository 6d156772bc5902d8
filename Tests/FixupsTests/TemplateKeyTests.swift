import Documents
import Foundation
import Site
import Testing
import Tree

@testable import Fixups

/// Private keys, and what goes with them.
@Suite("Keys of templates and copies")
struct TemplateKeyTests {
  private static func sealed(
    _ tree: MemoryTree, profile: String? = nil
  ) throws -> (tree: MemoryTree, proposal: Proposal) {
    let platform = try profile.flatMap { Platform.named($0) } ?? Lab.platform()
    let proposal = try Sealing.propose(for: Template(tree: tree, platform: platform))
    let sealed = Clone.applied(proposal.changes, to: tree)
    #expect(try Sealing.propose(for: Template(tree: sealed, platform: platform)).changes.map(\.path) == [])
    return (sealed, proposal)
  }

  /// A public key of RSA with a modulus of so many bits.
  static func rsa(_ bits: Int) -> String {
    func string(_ bytes: [UInt8]) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (24 - 8 * $0)) } + bytes
    }
    let modulus = [0] + [UInt8](repeating: 0xC1, count: bits / 8)
    let blob = string(Array("ssh-rsa".utf8)) + string([1, 0, 1]) + string(modulus)
    return "ssh-rsa \(Data(blob).base64EncodedString()) root@compute"
  }

  private static func bits(_ proposal: Proposal) -> Int? {
    guard case .write(.privateKey(let request), _)? = proposal.change("/etc/ssh/ssh_host_rsa_key")?.action else {
      return nil
    }
    return request.bits
  }

  @Test(
    "an RSA host key keeps its size, unless that is too small", arguments: [(4096, 4096), (2048, 2048), (1024, nil)])
  func size(_ bits: Int, _ kept: Int?) throws {
    var tree = Clone.plain
    tree.write("/etc/ssh/ssh_host_rsa_key", Clone.privateKey, mode: 0o600)
    tree.write("/etc/ssh/ssh_host_rsa_key.pub", Self.rsa(bits) + "\n")
    #expect(Self.bits(try Clone.settle(MachineIdentity(), tree).proposal) == kept)
    let template = try Self.sealed(tree).tree
    let record = try #require(template[SealRecord.path.description])
    #expect(record.contains("\tkey rsa\(kept.map { " \($0)" } ?? "")\t/etc/ssh/ssh_host_rsa_key\n"))
    #expect(Self.bits(try Clone.settle(MachineIdentity(), template).proposal) == kept)
  }

  @Test("a size that no key can have is none", arguments: ["rsa 1", "rsa 99999999", "ecdsa 255", "ed25519 4096"])
  func record(_ text: String) {
    let type = KeyRequest.KeyType(rawValue: String(text.prefix { $0 != " " }))
    #expect(type != nil && SealRecord.Form("key \(text)") == type.map { .privateKey($0, bits: nil) })
  }

  @Test("root's keys are known by what is in them, and go with their halves and certificates")
  func root() throws {
    var tree = Clone.plain
    for name in ["kdump_id_rsa", "id_ed25519"] {
      tree.write("/root/.ssh/\(name)", Clone.privateKey, mode: 0o600)
      tree.write("/root/.ssh/\(name).pub", Clone.otherKey + "\n")
      tree.write("/root/.ssh/\(name)-cert.pub", "x\n")
    }
    tree.write("/root/.ssh/authorized_keys", Clone.otherKey + "\n")
    tree.makeDirectory("/root/.ssh/old")
    tree.write("/srv/key", Clone.privateKey, mode: 0o600)
    tree.makeLink("/root/.ssh/id_link", to: "/srv/key")
    let told = try MachineIdentity().propose(for: Clone.situation(tree))
    #expect(told.warns("root's private SSH key with the original (/root/.ssh/id_ed25519 and 2 more)"))
    let left = try Self.sealed(tree).tree
    #expect(left["/srv/key"] == nil)
    #expect(try left.entries("/root/.ssh")?.map(\.name) == ["authorized_keys", "old"])
  }

  @Test("the certificate of the account's key goes with the key, and one that was left goes with the next apply")
  func userCertificate() throws {
    var tree = Clone.used
    let path = "\(Clone.ssh)/id_ed25519-cert.pub"
    tree.write(path, "x\n")
    var template = try Self.sealed(tree).tree
    #expect(template[path] == nil)
    template.write(path, "x\n")
    #expect(try Clone.settle(MigrationAccess(), template).tree[path] == nil)
  }

  @Test(
    "the key by which guests are moved live is renewed in its place, and a sealed template's copy gets another",
    arguments: [
      ("/etc/nova/migration/identity", "/etc/nova/nova.conf", "[DEFAULT]\n"),
      (
        "/etc/libvirt/keys/other", "/etc/nova/nova.conf.d/x.conf",
        "[libvirt]\nconnection_uri = qemu+ssh://mover@h/system?keyfile=/etc/libvirt/keys/other\n"
      ),
      (
        "/etc/libvirt/keys/mover", "/etc/nova/nova-compute.conf",
        "[libvirt]\nlive_migration_uri = qemu+ssh://mover@%s/system?no_verify=1&keyfile=/etc/libvirt/keys/mover\n"
      ),
    ])
  func live(_ path: String, _ file: String, _ configuration: String) throws {
    var tree = Clone.plain
    tree.write(file, configuration)
    tree.write("/etc/nova/migration/authorized_keys", Clone.otherKey + "\n", mode: 0o644)
    tree.write(path, Clone.privateKey, owner: 162, group: 162, mode: 0o600)
    tree.write("\(path).pub", Self.rsa(3072) + "\n")
    let template = Template(tree: tree, platform: try Lab.platform())
    let row = try #require(UniqueThings.table.first { $0.key == "live-migration-key" })
    #expect(try row.values(in: template).map(\.path.description) == [path])
    let sealed = try Self.sealed(tree).tree
    #expect(sealed[path] == nil && sealed["\(path).pub"] == nil)
    #expect(sealed["/etc/nova/migration/authorized_keys"] == Clone.otherKey + "\n")
    for (copy, isThere) in [(tree, true), (sealed, false)] {
      let proposal = try MachineIdentity().propose(for: Clone.situation(copy))
      guard case .write(.privateKey(let request), let attributes)? = proposal.change(path)?.action else {
        #expect(Bool(false), "\(isThere)")
        continue
      }
      #expect(request.type == .rsa && request.bits == 3072 && attributes.owner == 162 && attributes.mode.bits == 0o600)
      #expect(proposal.change("\(path).pub") != nil && proposal.warns("\(path) becomes a key of this node's own"))
      #expect(proposal.claims.contains { $0.subject.contains("(\(path))") && !$0.holds })
    }
    #expect(
      try !MachineIdentity().propose(for: Clone.situation(tree, Clone.own)).changes.contains {
        $0.path.description == path
      })
  }

  @Test("what RDO's package brings in the key's place is no key", arguments: [Clone.copied, Clone.own])
  func placeholder(_ provenance: Provenance) throws {
    var tree = Clone.plain
    tree.write("/etc/nova/migration/identity", "# Generate via ssh-keygen and copy here\n", owner: 162, mode: 0o600)
    let proposal = try MachineIdentity().propose(for: Clone.situation(tree, provenance))
    #expect(!proposal.changes.contains { $0.path.description.contains("migration") } && !proposal.warns("moved"))
    #expect(try Self.sealed(tree).tree["/etc/nova/migration/identity"] != nil)
  }

  @Test("the authority's key is taken out of a template and out of a copy")
  func authority() throws {
    var tree = Clone.plain
    for name in ["key", "key.pub", "serial"] { tree.write("/etc/imprint/authority/\(name)", "x\n", mode: 0o600) }
    for (after, proposal) in [try Self.sealed(tree), try Clone.settle(MachineIdentity(), tree)] {
      #expect(try after.entries("/etc/imprint/authority")?.map(\.name) == ["serial"])
      #expect(proposal.change("/etc/imprint/authority/key")?.isSecret == true)
    }
    #expect(try MachineIdentity().propose(for: Clone.situation(tree, Clone.own)).removed == [])
    // A controller that only gets another name is the one machine that has it.
    let (site, lab) = (try Lab.site(), try Clone.situation(tree))
    let controller = Situation(
      site: site, node: try #require(site.nodes.first { $0.role == .controller }), platform: lab.platform, tree: tree,
      provenance: Clone.copied, fresh: CountedValues(), ownerCanChange: true)
    let kept = try MachineIdentity().propose(for: controller)
    #expect(!kept.changes.contains { $0.path.description.hasPrefix("/etc/imprint/authority/") })
    #expect(kept.findings.contains { $0.text.contains("shares the key of imprint's authority") })
  }

  @Test("what came back is renewed by its files, and no other of its kind")
  func returned() throws {
    var tree = Clone.plain
    for name in ["hostid", "hostnqn"] { tree.write("/etc/nvme/\(name)", "\(name)-of-somebody\n") }
    for type in ["rsa", "ecdsa"] {
      tree.write("/etc/ssh/ssh_host_\(type)_key", Clone.privateKey, mode: 0o600)
      tree.write("/etc/ssh/ssh_host_\(type)_key.pub", Self.rsa(2048) + "\n")
    }
    var situation = try Clone.situation(tree, Clone.own)
    situation.returned = ["ssh-host-keys": ["/etc/ssh/ssh_host_rsa_key"], "nvme": ["/etc/nvme/hostid"]]
    let changed = try Set(MachineIdentity().propose(for: situation).changes.map(\.path.description))
      .filter { $0.hasPrefix("/etc/ssh") || $0.hasPrefix("/etc/nvme") }
    #expect(changed == ["/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_rsa_key.pub", "/etc/nvme/hostid"])
  }

  static let certificates = [
    "libvirt-vnc/server-key.pem", "libvirt-spice/server-cert.pem", "nova-novncproxy/client-key.pem",
    "libvirt-nbd/client-cert.pem",
  ]

  @Test("libvirt's other certificates go, and whom they trust stays", arguments: certificates)
  func libvirt(_ name: String) throws {
    var tree = Clone.plain
    tree.write("/etc/pki/\(name)", "x")
    let authority = "/etc/pki/\(name.split(separator: "/")[0])/ca-cert.pem"
    tree.write(authority, "x")
    let sealed = try Self.sealed(tree).tree
    #expect(sealed["/etc/pki/\(name)"] == nil && sealed[authority] == "x")
    #expect(try MachineIdentity().propose(for: Clone.situation(tree)).warns("libvirt's TLS certificates"))
  }

  private static let key = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="

  static let tunnels: [(files: [String: String], path: String)] = [
    (
      [
        "/etc/systemd/network/wg.netdev": "[NetDev]\nKind=wireguard\n[WireGuard]\nPrivateKeyFile=/etc/wg/key\n",
        "/etc/wg/key": "\(key)\n",
      ], "/etc/wg/key"
    ),
    (
      ["/etc/netplan/1.yaml": "network:\n  tunnels:\n    wg0:\n      mode: wireguard\n      key: \"\(key)\" # x\n"],
      "/etc/netplan/1.yaml"
    ),
    (
      ["/etc/netplan/1.yaml": "network: {tunnels: {wg0: {mode: wireguard, keys: {private: \(key)}}}}\n"],
      "/etc/netplan/1.yaml"
    ),
    (
      [
        "/etc/netplan/1.yaml": "network:\n  tunnels:\n    wg0:\n      mode: wireguard\n      key: /etc/wg/key\n",
        "/etc/wg/key": key,
      ], "/etc/wg/key"
    ),
  ]

  @Test("WireGuard's keys are found in files that are named, and in netplan's", arguments: tunnels)
  func wireGuard(_ files: [String: String], _ path: String) throws {
    var tree = Clone.plain
    for (path, text) in files { tree.write(path, text) }
    let proposal = try MachineIdentity().propose(for: Clone.situation(tree))
    #expect(proposal.warns("this copy shares WireGuard's private key with the original (\(path))"))
    let thing = try #require(UniqueThings.table.first { $0.key == "wireguard" })
    #expect(try thing.values(in: Template(tree: tree, platform: Lab.platform())).map(\.path.description) == [path])
    // The other end's.
    tree = Clone.plain
    tree.write("/etc/netplan/1.yaml", "network:\n  tunnels:\n    wg0:\n      peers: [{keys: {public: \(Self.key)}}]\n")
    #expect(try !MachineIdentity().propose(for: Clone.situation(tree)).warns("WireGuard"))
  }

  @Test("Open vSwitch's id in netplan is renewed with the others, and a seal tells of it")
  func netplan() throws {
    let path = "/etc/netplan/1.yaml"
    let id = "6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00"
    func text(_ id: String) -> String {
      "network:\n  openvswitch:\n    external-ids:\n      system-id: \"\(id)\" # ours\n"
    }
    var tree = Clone.plain
    tree.write(path, text(id))
    tree.write("/etc/openvswitch/system-id.conf", "\(id)\n")
    let after = try Clone.settle(MachineIdentity(), tree).tree
    let new = try #require(after["/etc/openvswitch/system-id.conf"]).trimmingCharacters(in: .newlines)
    #expect(new != id && after[path] == text(new))
    let (template, proposal) = try Self.sealed(tree)
    #expect(template[path] == text(id) && proposal.warns("\(path) says Open vSwitch's system id"))
    let thing = try #require(UniqueThings.table.first { $0.key == "openvswitch" })
    #expect(
      try thing.values(in: Template(tree: template, platform: Lab.platform())).map(\.path.description) == [path])
  }
}
