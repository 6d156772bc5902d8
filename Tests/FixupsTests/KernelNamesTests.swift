import Site
import Testing
import Tree

@testable import Fixups

/// Names of a machine on a storage network that the kernel, or a module of its, is started with.
@Suite("Names that the kernel is started with")
struct KernelNamesTests {
  private static let initiator = "iqn.1994-05.com.redhat:abcdef012345"
  private static let uuid = "4c4c4544-004b-4d10-805a-c6c04f4e3132"
  private static let entry = "/boot/loader/entries/a.conf"
  private static let modules = "/etc/modprobe.d/nfs.conf"

  private static func tree(_ options: String) -> MemoryTree {
    var tree = Clone.plain
    tree.write("/etc/iscsi/initiatorname.iscsi", "InitiatorName=\(initiator)\n")
    tree.write("/etc/nvme/hostnqn", "\(NVMeHost.prefix)\(uuid)\n")
    tree.write("/etc/nvme/hostid", "\(uuid)\n")
    tree.write(entry, "title x\noptions root=/dev/sda1 \(options)\n")
    return tree
  }

  private static func template(_ tree: MemoryTree) throws -> Template {
    Template(tree: tree, platform: try Lab.platform())
  }

  @Test(
    "storage's names on the kernel's command line are told, before and after, compared, and told by a seal",
    arguments: [
      ("rd.iscsi.initiator=", initiator), ("rd.nvmf.hostnqn=", NVMeHost.prefix + uuid), ("rd.nvmf.hostid=", uuid),
      ("nfs.nfs4_unique_id=", "compute"),
    ])
  func storage(_ key: String, _ value: String) throws {
    var tree = Self.tree(key + value)
    let template = try Self.template(tree)
    let things = UniqueThings.table
    #expect(
      try things.flatMap { try $0.values(in: template) }.contains {
        $0.path.description == Self.entry && $0.shown == value
      })
    #expect(
      try things.compactMap { try $0.sealed(in: template) }.flatMap(\.proposal.findings).contains {
        $0.text == "\(Self.entry):2 starts each copy with the template's \(key)\(value)"
      })
    for _ in 1...2 {
      let run = try Run(
        tree, site: Lab.site(), platform: Lab.platform(),
        [MachineIdentity(), KernelCommandLine(), HostnameFixup(), InterfacesFixup(), StampFixup()])
      #expect(run.claims.filter { !$0.holds && $0.subject == "\(key) (\(Self.entry):2)" }.map(\.seen) == [value])
      #expect(
        run.findings.contains { $0.text.hasPrefix("\(Self.entry):2 starts the system with \(key)\(value), which is") })
      tree = run.after
    }
  }

  @Test func `a node's own names there are no matter`() throws {
    let tree = Self.tree(
      "rd.iscsi.initiator=\(Self.initiator) rd.nvmf.hostnqn=\(NVMeHost.prefix)\(Self.uuid) rd.nvmf.hostid=\(Self.uuid.uppercased()) nfs.nfs4_unique_id=compute2"
    )
    let proposal = try KernelCommandLine().propose(for: Clone.situation(tree, Clone.own))
    #expect(proposal.findings == [] && proposal.claims == [])
  }

  @Test(
    "an NFS client's name follows the node's, and any other id is another",
    arguments: [
      ("options nfs nfs4_unique_id=compute", "options nfs nfs4_unique_id=compute2"),
      ("options nfs a=b nfs4_unique_id=\"compute\" c=d", "options nfs a=b nfs4_unique_id=\"compute2\" c=d"),
      ("options nfs nfs4_unique_id=\(uuid)", "options nfs nfs4_unique_id=UUID"),
      ("options nfs \\\n nfs4_unique_id=compute", "options nfs \\\n nfs4_unique_id=compute2"),
      ("# options nfs nfs4_unique_id=compute", "# options nfs nfs4_unique_id=compute"),
      (
        "install nfs modprobe -i nfs nfs4_unique_id=$(hostname)",
        "install nfs modprobe -i nfs nfs4_unique_id=$(hostname)"
      ),
    ])
  func client(_ before: String, _ after: String) throws {
    var tree = Clone.plain
    tree.write(Self.modules, before + "\n")
    let (settled, proposal) = try Clone.settle(MachineIdentity(), tree)
    let text = try #require(settled[Self.modules]).dropLast()
    let id = text.split(separator: "=").last ?? ""
    #expect(text == after.replacing("UUID", with: id) && !text.contains(Self.uuid), "\(text)")
    let isNew = before != after
    #expect(proposal.claims.contains { !$0.holds && $0.subject.contains("(\(Self.modules))") } == isNew)
  }

  @Test(
    "a template keeps no id of an NFS client",
    arguments: [
      ("options nfs nfs4_unique_id=compute\noptions kvm nested=1\n", "options kvm nested=1\n"),
      ("options nfs nfs4_unique_id=compute callback_tcpport=1\n", "options nfs callback_tcpport=1\n"),
    ])
  func sealedClient(_ before: String, _ after: String) throws {
    var tree = Clone.plain
    tree.write(Self.modules, before)
    let thing = try #require(UniqueThings.table.first { $0.key == "nfs-client" })
    let template = try Self.template(tree)
    #expect(try thing.values(in: template).map(\.shown) == ["compute"])
    #expect(tree.applying(try thing.sealed(in: template).proposal.changes)[Self.modules] == after)
  }
}
