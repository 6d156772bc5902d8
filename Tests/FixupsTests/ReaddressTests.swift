import Site
import Testing
import Tree

@testable import Fixups

@Suite("A node that moves")
struct ReaddressTests {
  static let fixups: [any Fixup] = [HostnameFixup(), InterfacesFixup(), HostsFixup(), NovaFixup(), NeutronFixup()]

  @Test("its old addresses go everywhere, and what is its own stays", arguments: [false, true])
  func readdress(debian: Bool) throws {
    let vnc = "[DEFAULT]\nmy_ip = 192.168.10.20\n[vnc]\nserver_proxyclient_address = 192.168.10.20\n"
    let first = try Lab.settle(Lab.tree(debian: debian, ["/etc/nova/nova.conf": vnc]), debian: debian, Self.fixups)
    var site = try Lab.site()
    site.nodes[2].addresses = [
      .management: [try IPAddress("192.168.10.121")], .tunnel: [try IPAddress("192.168.20.121")],
    ]
    let moved = try Lab.settle(first.after, site: site, debian: debian, Self.fixups)
    #expect(moved.provenance.origin == .own)
    let stamp = "/var/lib/imprint/identity"
    for (path, item) in moved.after.items where item.kind == .regular && path.description != stamp {
      let text = String(decoding: item.bytes, as: UTF8.self)
      #expect(!text.contains("192.168.10.21\n") && !text.contains("192.168.20.21\n"), "\(path)")
      #expect(!text.contains("192.168.10.21\""), "\(path)")
    }
    let ifcfg = "/etc/sysconfig/network-scripts/ifcfg-ens33"
    let uuid = first.after[ifcfg]?.split(separator: "\n").first { $0.hasPrefix("UUID") }
    #expect(moved.after[ifcfg]?.split(separator: "\n").first { $0.hasPrefix("UUID") } == uuid)
    // Only the stamp remembers them, to tell where somebody still has them.
    let former = "FORMER_ADDRESSES=\"192.168.10.20 192.168.20.20"
    #expect(
      moved.after[stamp]
        == first.after[stamp]?.replacing(former, with: "\(former) 192.168.10.21 192.168.20.21"))
    let script = "/etc/rc.local"
    var told = moved.after
    told.write(script, "ip addr add 192.168.10.21/24 dev ens33\nip addr add 192.168.10.20/24 dev ens33\n")
    let again = try Run(told, site: site, platform: Lab.platform(debian: debian), [Elsewhere(), StampFixup()])
    #expect(again.changes.isEmpty)
    let text = again.findings.map(\.text).joined(separator: "\n")
    #expect(text.contains("\(script):1: rc-local.service runs with 192.168.10.21, which is what this disk had before"))
    #expect(text.contains("\(script):2: rc-local.service runs with 192.168.10.20, which is the address of compute"))
  }

  @Test("an ordinary owner's new files are his own") func ordinaryOwner() throws {
    var tree = Lab.tree()
    for path in ["/etc", "/etc/nova", "/etc/sysconfig/network-scripts"] {
      tree.makeDirectory(path, owner: 1000, group: 1000)
    }
    for path in ["/etc/hostname", "/etc/hosts", "/etc/nova/nova.conf", "/etc/sysconfig/network-scripts/ifcfg-ens33"] {
      tree.remove(path)
    }
    let run = try Run(tree, site: try Lab.site(), platform: try Lab.platform(), Self.fixups, ownerCanChange: false)
    for path in ["/etc/hostname", "/etc/hosts", "/etc/nova/nova.conf", "/etc/sysconfig/network-scripts/ifcfg-ens33"] {
      #expect(run.after.attributes(path)?.owner == 1000, "\(path)")
    }
  }

  @Test("a node's name that begins another's is not that one") func prefixes() throws {
    var tree = Lab.tree(["/etc/nova/nova.conf": "[DEFAULT]\nmy_ip = 192.168.10.21\nhost = compute2\n"])
    tree.write("/etc/hostname", "compute2\n")
    tree.write("/etc/hosts", "192.168.10.21 compute2\n192.168.10.20 compute\n192.168.10.10 controller\n")
    let run = try Lab.settle(tree, as: "compute", Self.fixups)
    #expect(run.provenance.formerNames == ["compute2"])
    #expect(run.after["/etc/nova/nova.conf"] == "[DEFAULT]\nmy_ip = 192.168.10.20\nhost = compute\n")
    #expect(run.after["/etc/hosts"] == tree["/etc/hosts"])
    #expect(run.after["/etc/hostname"] == "compute\n")
  }

  @Test("where the controller was before is told, wherever it stands") func controller() throws {
    var files = Lab.compute
    files["/etc/nova/nova.conf"]?.append(
      "[glance]\n#api_servers = http://192.168.10.9:9292\napi_servers = http://192.168.10.9:9292\n")
    files["/etc/hosts"] = "192.168.10.9 controller\n192.168.10.20 compute\n"
    files["/var/lib/imprint/identity"] = "NODE=compute\n"
    let run = try Lab.settle(MemoryTree(files), as: "compute", [HostsFixup(), MovedNodes()])
    #expect(
      run.findings.map(\.text).filter { $0.contains("192.168.10.9") } == [
        "/etc/nova/nova.conf:17 has 192.168.10.9, where controller was before"
      ])
    #expect(run.after["/etc/hosts"]?.contains("192.168.10.10 controller") == true)
  }
}
