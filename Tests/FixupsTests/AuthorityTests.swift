import Site
import Testing
import Tree

@testable import Fixups

/// An authority's certificate is meant to be on every node.
@Suite("A site's authority is nobody's own")
struct AuthorityTests {
  private func template(_ tree: MemoryTree) throws -> Template { Template(tree: tree, platform: try Lab.platform()) }

  private func values(_ key: String, _ tree: MemoryTree) throws -> [String] {
    let thing = try #require(UniqueThings.table.first { $0.key == key })
    return try thing.values(in: template(tree)).map(\.path.description)
  }

  @Test("beside libvirt's certificates it stays")
  func libvirt() throws {
    let own =
      ["client", "server"].flatMap { name in ["cert", "key"].map { "/etc/kolla/nova-libvirt/\(name)\($0).pem" } }
      + [
        "/etc/kolla/nova-compute/clientcert.pem", "/etc/kolla/nova-compute/clientkey.pem",
        "/etc/pki/libvirt/servercert.pem",
      ]
    let others = [
      "/etc/kolla/nova-libvirt/cacert.pem", "/etc/kolla/nova-compute/cacert.pem", "/etc/pki/libvirt/cacert.pem",
      "/etc/pki/libvirt/ca-cert.pem", "/etc/pki/libvirt/crl.pem", "/etc/pki/qemu/ca-cert.pem",
    ]
    var tree = Clone.plain
    for path in others { tree.write(path, "the site's") }
    #expect(try values("libvirt-certificates", tree) == [])
    #expect(try !MachineIdentity().propose(for: Clone.situation(tree)).warns("libvirt's TLS certificates"))
    for path in own { tree.write(path, "own") }
    #expect(Set(try values("libvirt-certificates", tree)) == Set(own))
    let sealed = Clone.applied(try Sealing.propose(for: template(tree)).changes, to: tree)
    #expect(own.allSatisfy { sealed[$0] == nil } && others.allSatisfy { sealed[$0] == "the site's" })
  }

  @Test(
    "beside Puppet's it stays, as does a server's", arguments: ["/etc/puppetlabs/puppet/ssl", "/var/lib/puppet/ssl"])
  func puppet(_ directory: String) throws {
    let own = ["certs", "private_keys", "public_keys", "certificate_requests"].map { "\(directory)/\($0)/compute.pem" }
    let others = ["certs/ca.pem", "crl.pem", "ca/ca_crt.pem", "ca/ca_key.pem", "ca/signed/compute.pem"]
      .map { "\(directory)/\($0)" }
    var tree = Clone.plain
    for path in others { tree.write(path, "the site's") }
    #expect(try values("puppet", tree) == [])
    for path in own { tree.write(path, "own") }
    #expect(Set(try values("puppet", tree)) == Set(own))
    let site = try Clone.site { $0.reset.choices[.puppet] = true }
    let removed = try MachineIdentity().propose(for: Clone.situation(tree, site: site)).removed
    #expect(Set(removed) == Set(own))
    let sealed = Clone.applied(try Sealing.propose(for: template(tree)).changes, to: tree)
    #expect(own.allSatisfy { sealed[$0] == nil } && others.allSatisfy { sealed[$0] == "the site's" })
  }

  @Test(
    "it is known by what it is called",
    arguments: [
      ("cacert.pem", true), ("ca-cert.pem", true), ("CA.pem", true), ("ca_crl.pem", true), ("clientcert.pem", false),
      ("calypso.pem", false), ("ca.lab.pem", false), ("compute.pem", false),
    ])
  func name(_ name: String, _ isAuthoritys: Bool) { #expect(SiteAuthority.isItsOwn(name) == isAuthoritys) }
}
