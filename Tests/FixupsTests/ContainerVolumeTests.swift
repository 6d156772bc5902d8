import Site
import Testing
import Tree

@testable import Fixups

/// What kolla's containers have in volumes, of docker's or podman's.
@Suite("Volumes of containers")
struct ContainerVolumeTests {
  private static let volumes = ["/var/lib/docker/volumes", "/var/lib/containers/storage/volumes"]
  private static let initiator = "iqn.2012-10.com.redhat:abcdef012345"

  @Test("the initiator of iscsid's container is renewed with its records, and goes with a seal", arguments: volumes)
  func initiator(_ volumes: String) throws {
    let volume = "\(volumes)/iscsi_info/_data"
    let path = "\(volume)/initiatorname.iscsi"
    let records = ["\(volume)/ifaces/iface0", "\(volume)/nodes/iqn.2010-10.org.openstack:v/10.0.0.1,3260,1/default"]
    var tree = Clone.plain
    tree.write(path, "InitiatorName=\(Self.initiator)\n")
    for record in records { tree.write(record, "iface.initiatorname = \(Self.initiator)\n") }
    let (after, proposal) = try Clone.settle(MachineIdentity(), tree)
    let name = try #require(after[path]?.dropFirst("InitiatorName=".count).dropLast())
    #expect(name.hasPrefix("iqn.2012-10.com.redhat:") && name != Self.initiator)
    for record in records { #expect(after[record] == "iface.initiatorname = \(name)\n") }
    #expect(proposal.claims.contains { $0.subject.contains("(\(path))") && !$0.holds })
    let thing = try #require(UniqueThings.table.first { $0.key == "iscsi" })
    for debian in [false, true] {
      let template = Template(tree: tree, platform: try Lab.platform(debian: debian))
      #expect(try thing.values(in: template).map(\.path.description) == [path] + records)
      let sealed = Clone.applied(try Sealing.propose(for: template).changes, to: tree)
      // Its container makes one where the file is missing, and nothing of `GenerateName`.
      #expect(sealed[path] == nil && records.allSatisfy { sealed[$0] == "" })
      let unsealed = try Clone.settle(MachineIdentity(), sealed).tree
      #expect(unsealed[path]?.hasPrefix("InitiatorName=iqn.2012-10.com.redhat:") == true)
    }
  }

  @Test("a name that host and container share stays one, and two stay two") func sharedName() throws {
    let paths = InitiatorName.paths.prefix(2)
    for names in [[Self.initiator, Self.initiator], [Self.initiator, "iqn.2012-10.com.redhat:ffffffffffff"]] {
      var tree = Clone.plain
      for (path, name) in zip(paths, names) { tree.write(path, "InitiatorName=\(name)\n") }
      let after = try Clone.settle(MachineIdentity(), tree).tree
      #expect(Set(paths.compactMap { after[$0] }).count == Set(names).count)
      #expect(zip(paths, names).allSatisfy { after[$0]?.contains($1) == false })
    }
  }

  @Test(
    "guests that libvirt's container defines, starts or has saved are told, with where they are", arguments: volumes)
  func guests(_ volumes: String) throws {
    var tree = Clone.plain
    let (qemu, name) = ("\(volumes)/nova_libvirt_qemu/_data", "instance-0000001a")
    tree.write("\(qemu)/\(name).xml", "<domain type='kvm'><name>\(name)</name></domain>")
    tree.makeLink("\(qemu)/autostart/\(name).xml", to: "/etc/libvirt/qemu/\(name).xml")
    tree.write("\(volumes)/libvirtd/_data/qemu/save/\(name).save", "x")
    tree.write("\(volumes)/nova_compute/_data/instances/6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00/disk", "x")
    let kolla = try #require(Platform.containers.first { $0.name == "kolla" })
    let platform = try Lab.platform(debian: true).running(kolla)
    let proposal = try Leftovers().propose(for: Clone.situation(tree, platform: platform))
    #expect(proposal.findings.count == 4 && proposal.warns("libvirt still defines the original's guest \(name)"))
    let engine = volumes.contains("docker") ? "docker" : "podman"
    #expect(
      proposal.findings.contains {
        $0.advice?.hasSuffix("starts: \(engine) exec nova_libvirt virsh undefine --nvram \(name)") == true
      })
    for place in ["\(qemu)/autostart", "\(volumes)/libvirtd/_data/qemu/save"] {
      #expect(proposal.findings.contains { $0.advice?.contains(" \(place)") == true })
    }
    #expect(try Leftovers.guests(in: tree, platform).contains(name))
    let template = Template(tree: tree, platform: platform)
    #expect(try Sealing.propose(for: template).warns("libvirt still defines the original's guest \(name)"))
  }
}
