import Site
import Testing
import Tree

@testable import Fixups

@Suite("Ids on shared storage, which a person gives")
struct SharedStorageTests {
  private func template(_ tree: MemoryTree) throws -> Template { Template(tree: tree, platform: try Lab.platform()) }

  private func values(_ key: String, _ tree: MemoryTree) throws -> [UniqueValue] {
    let thing = try #require(UniqueThings.table.first { $0.key == key })
    return try thing.values(in: template(tree))
  }

  /// Told in a copy and in a template, and a node's own of its own.
  private func isTold(_ tree: MemoryTree, _ text: String) throws -> Bool {
    let copy = try MachineIdentity().propose(for: Clone.situation(tree))
    let own = try MachineIdentity().propose(for: Clone.situation(tree, Clone.own))
    let sealed = try Sealing.propose(for: template(tree))
    #expect(copy.changes.isEmpty || copy.changes.allSatisfy { tree[$0.path.description]?.contains("host_id") != true })
    #expect(!own.warns(text) && copy.warns(text) == sealed.warns(text))
    return copy.warns(text)
  }

  // MARK: Numbers of hosts

  @Test(
    "sanlock's and lvmlockd's numbers are told and compared",
    arguments: [
      ("/etc/libvirt/qemu-sanlock.conf", "#host_id = 1\nhost_id = 7\n", ["host_id = 7"]),
      ("/etc/libvirt/qemu-sanlock.conf", "#host_id = 1\n", []),
      ("/etc/lvm/lvmlocal.conf", "local {\n\t# host_id = 1\n\thost_id = 7\n}\n", ["local/host_id = 7"]),
      ("/etc/lvm/lvmlocal.conf", "local { extra_system_ids = [ \"a\", \"b\" ] host_id=7 }\n", ["local/host_id = 7"]),
      ("/etc/lvm/lvmlocal.conf", "local/host_id=7", ["local/host_id = 7"]),
      ("/etc/lvm/lvmlocal.conf", "local {\n\thost_id = 0\n}\n", []),
      (
        "/etc/sanlock/sanlock.conf", "# our_host_name = x\nour_host_name = compute.lab\n",
        ["our_host_name = compute.lab"]
      ),
    ])
  func numbers(_ path: String, _ text: String, _ ids: [String]) throws {
    var tree = Clone.plain
    tree.write(path, text)
    #expect(try values("lock-host-ids", tree).map(\.shown) == ids)
    #expect(try isTold(tree, "the id of a host that locks shared storage") != ids.isEmpty)
    #expect(try Clone.settle(MachineIdentity(), tree).tree[path] == text)
  }

  @Test("a number of one lock manager is no other's") func managers() throws {
    var (mine, theirs) = (Clone.plain, Clone.plain)
    mine.write("/etc/libvirt/qemu-sanlock.conf", "host_id = 7\n")
    theirs.write("/etc/libvirt/libxl-sanlock.conf", "host_id = 7\n")
    let (one, other) = try (values("lock-host-ids", mine), values("lock-host-ids", theirs))
    #expect(one.count == 1 && !one[0].isTwin(of: other[0]) && one[0].isTwin(of: one[0]))
  }

  @Test(
    "keys of reservations are told and compared, whatever they are written like",
    arguments: [
      ("/etc/multipath.conf", "defaults {\n\treservation_key 0x123ABC\n}\n", ["0x123abc"]),
      ("/etc/multipath.conf", "defaults {\n\treservation_key \"123abc:aptpl\"\n}\n", ["0x123abc"]),
      ("/etc/multipath/conf.d/a.conf", "multipaths {\n multipath {\n  wwid x\n  reservation_key 0x1\n }\n}\n", ["0x1"]),
      ("/etc/kolla/multipathd/multipath.conf", "defaults {\nreservation_key 7\n}\n", ["0x7"]),
      ("/etc/multipath.conf", "defaults {\n\treservation_key file\n\t# reservation_key 0x1\n}\n", []),
      ("/etc/lvm/lvmlocal.conf", "local {\n\tpr_key = \"0x100000000001\"\n}\n", ["0x100000000001"]),
    ])
  func reservations(_ path: String, _ text: String, _ keys: [String]) throws {
    var tree = Clone.plain
    tree.write(path, text)
    #expect(try values("reservation-keys", tree).map(\.shown) == keys)
    #expect(try isTold(tree, "the key of a host that reserves disks") != keys.isEmpty)
  }

  // MARK: LVM's system id

  @Test(
    "LVM's settings are read as LVM reads them, and an id that stands in a file is compared",
    arguments: [
      (
        ["lvm.conf": "global { system_id_source = \"lvmlocal\" }", "lvmlocal.conf": "local { system_id=\"a\" }"],
        "lvmlocal.conf", ["a"]
      ),
      (
        ["lvm.conf": "global/system_id_source=\"lvmlocal\" local { system_id = \"a#\\\"b\" }"], "lvmlocal.conf",
        ["a#\"b"]
      ),
      (
        [
          "lvm.conf": "global {\n# }\nsystem_id_source = \"none\"\n}\n",
          "lvmlocal.conf": "global { system_id_source = \"uname\" }",
        ], "uname", []
      ),
      (["lvm.conf": "global {\nsystem_id_source = \"machine-id\"\n}\nlocal {\nsystem_id = \"a\"\n}"], "machine-id", []),
      (
        [
          "lvm.conf": "global { system_id_source = \"file\" system_id_file = \"/etc/lvm/id\" }", "id": "# ours\n  a \n",
        ], "a file", ["a"]
      ),
      (
        [
          "lvm.conf": "global {\n#\tsystem_id_source = \"lvmlocal\"\n}\n",
          "lvmlocal.conf": "local { system_id = \"a\" }",
        ], nil, []
      ),
      (["lvm.conf": "devices { filter = [ \"a|}|\" ] }\nglobal { system_id_source = \"none\" }"], nil, []),
    ] as [([String: String], String?, [String])])
  func systemID(_ files: [String: String], _ told: String?, _ ids: [String]) throws {
    var tree = Clone.plain
    for (name, text) in files { tree.write("/etc/lvm/\(name)", text) }
    #expect(try isTold(tree, "LVM takes its system id from \(told ?? "")") == (told != nil))
    #expect(try values("lvm-system-id", tree).map(\.shown) == ids)
  }
}
