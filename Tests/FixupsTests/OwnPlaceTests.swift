import Site
import Testing
import Tree

@testable import Fixups

/// Names of the node for one of its networks, and others that only the table of hosts knows.
@Suite("Options that say by a name where the node is")
struct OwnPlaceTests {
  private static let nova = "/etc/nova/nova.conf"
  private static let hosts = """
    127.0.0.1 localhost
    192.168.10.10 controller.localdomain controller
    192.168.10.20 compute.localdomain compute compute-mig
    192.168.20.20 compute.internalapi.localdomain compute.internalapi
    172.18.0.20 compute.storage.localdomain

    """

  private static func run(
    _ value: String, domain: String? = nil, _ more: String = "", option: String = "live_migration_inbound_addr"
  ) throws -> Run {
    let tree = Lab.tree([
      "/etc/hostname": "compute.localdomain\n", "/etc/hosts": hosts + more,
      nova: "[DEFAULT]\nmy_ip = 192.168.10.20\n[libvirt]\n\(option) = \(value)\n",
    ])
    let fixups: [any Fixup] = [HostnameFixup(), HostsFixup(), NovaFixup(), StampFixup()]
    let run = try Run(tree, site: Lab.site(domain: domain), platform: Lab.platform(), fixups)
    let second = try Run(run.after, site: Lab.site(domain: domain), platform: Lab.platform(), fixups)
    #expect(second.changes.map { "\($0.path) \($0.reasons)" } == [])
    return run
  }

  private static func value(_ run: Run) -> String? {
    run.after[nova]?.split(separator: "\n").last.map { String($0.drop { $0 != "=" }.dropFirst(2)) }
  }

  @Test(
    "a name becomes the node's address on the network that it stands for, or the node's own name there",
    arguments: [nil, "localdomain"],
    [
      ("compute", "compute2"), ("compute.localdomain", "compute2.localdomain"),
      ("compute.internalapi.localdomain", "192.168.20.21"), ("compute.internalapi", "192.168.20.21"),
      ("compute-mig", "192.168.10.21"), ("192.168.20.20", "192.168.20.21"), ("COMPUTE-MIG", "192.168.10.21"),
      ("compute2.internalapi.localdomain", "compute2.internalapi.localdomain"), ("controller", "controller"),
    ])
  func places(_ domain: String?, _ names: (before: String, after: String)) throws {
    let run = try Self.run(names.before, domain: domain)
    #expect(Self.value(run) == names.after)
    let isOwn = names.before == names.after
    #expect(run.claims.contains { !$0.holds && $0.subject.hasPrefix("live_migration_inbound_addr") } == !isOwn)
  }

  @Test("where the table has the node's name of the same form at that address, that is it")
  func siblings() throws {
    let more = "192.168.20.21 compute2.internalapi.localdomain\n192.168.10.21 compute2-mig\n"
    #expect(try Self.value(Self.run("compute.internalapi.localdomain", more)) == "compute2.internalapi.localdomain")
    #expect(try Self.value(Self.run("compute-mig", more)) == "compute2-mig")
    let elsewhere = "192.168.10.21 compute2.internalapi.localdomain\n"
    #expect(try Self.value(Self.run("compute.internalapi.localdomain", elsewhere)) == "192.168.20.21")
  }

  @Test(
    "one for which nothing here has the node's address stays, is told, and verify says no",
    arguments: ["compute.storage.localdomain", "compute.storagemgmt.localdomain"])
  func unanswered(_ name: String) throws {
    let run = try Self.run(name, domain: "localdomain")
    #expect(Self.value(run) == name)
    #expect(
      run.findings.contains {
        $0.severity == .warning
          && $0.text.hasPrefix("\(Self.nova):4: live_migration_inbound_addr in [libvirt] is \(name)")
      })
    let fixups: [any Fixup] = [HostnameFixup(), HostsFixup(), NovaFixup(), StampFixup()]
    let again = try Run(run.after, site: Lab.site(domain: "localdomain"), platform: Lab.platform(), fixups)
    #expect(again.claims.contains { !$0.holds && $0.subject.hasPrefix("live_migration_inbound_addr") })
  }

  @Test("libvirt and sshd say such a name, too")
  func daemons() throws {
    let (qemu, sshd) = ("/etc/libvirt/qemu.conf", "/etc/ssh/sshd_config")
    let tree = Lab.tree([
      "/etc/hosts": Self.hosts, qemu: "migration_host = \"compute.internalapi.localdomain\"\n",
      sshd: "ListenAddress compute-mig\n",
    ])
    let run = try Run(
      tree, site: Lab.site(), platform: Lab.platform(),
      [HostnameFixup(), HostsFixup(), LibvirtFixup(), ListenAddress()])
    #expect(run.after[qemu] == "migration_host = \"192.168.20.21\"\n")
    #expect(run.after[sshd] == "ListenAddress 192.168.10.21\n")
    let lost = "migration_host = \"compute.storage.localdomain\"\n"
    let told = try Run(
      Lab.tree(["/etc/hosts": Self.hosts, "/etc/hostname": "compute.localdomain\n", qemu: lost]), site: Lab.site(),
      platform: Lab.platform(), [HostnameFixup(), HostsFixup(), LibvirtFixup()])
    #expect(told.after[qemu] == lost)
    #expect(told.claims.contains { !$0.holds && $0.subject == "migration_host (\(qemu):1)" })
  }

  @Test("an option that is nothing but a name keeps the node's name")
  func names() throws {
    let tree = Lab.tree([
      "/etc/hosts": Self.hosts, "/etc/hostname": "compute.localdomain\n",
      Self.nova: "[DEFAULT]\nmy_ip = 192.168.10.20\nconsole_host = compute.localdomain\n",
    ])
    let run = try Lab.settle(tree, [HostnameFixup(), HostsFixup(), NovaFixup()])
    #expect(Self.value(run) == "compute2.localdomain")
  }
}
