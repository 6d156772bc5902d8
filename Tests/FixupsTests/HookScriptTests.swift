import Site
import Testing
import Tree

@testable import Fixups

@Suite("Scripts that run when an interface comes up")
struct HookScriptTests {
  private static let interfaces = """
    auto ens33
    iface ens33 inet static
    \taddress 192.168.10.20/24
    \tgateway 192.168.10.2
    auto ens34
    iface ens34 inet static
    \taddress 192.168.20.20/24

    """

  private func run(_ path: String, _ script: String, mode: UInt32 = 0o755, profile: String = "debian12") throws -> Run {
    let files = [
      IfupdownTests.path: Self.interfaces, path: "#!/bin/sh\n\(script)\n", "/usr/sbin/NetworkManager": "",
      "/usr/lib/systemd/system/networkd-dispatcher.service": "",
    ]
    let other = profile == "debian12" ? [:] : Lab.compute.filter { $0.key.hasPrefix("/etc/sysconfig") }
    let run = try BackendTests.twice(files.merging(other) { $1 }, profile: profile, modes: [path: mode]).second
    #expect(run.changes.isEmpty)
    return run
  }

  private static let hook = "/etc/network/if-up.d/mgmt"

  @Test(
    "one that gives the original's address fails verify, with its line",
    arguments: [
      (hook, "ip addr add 192.168.10.20/24 dev ens33", "ens33"), (hook, "ifconfig ens33:1 192.168.10.20", "ens33:1"),
      (hook, "[ \"$IFACE\" = ens33 ] && ip addr replace 192.168.10.20/24 dev \"$IFACE\" || true", "ens33"),
      (hook, "ADDR=192.168.10.20; ip a a $ADDR/24 dev $IFACE", "ens33"),
      (hook, "su -c 'ip addr add local 192.168.10.20 dev br0'", "br0"),
      ("/etc/NetworkManager/dispatcher.d/90-mgmt.sh", "ip addr add 192.168.10.20/24 dev \"$1\"", "ens33"),
      ("/etc/NetworkManager/dispatcher.d/pre-up.d/a", "nmcli con mod x +ipv4.addresses 192.168.10.20/24", "ens33"),
    ])
  func gives(_ path: String, _ script: String, _ interface: String) throws {
    let claims = try run(path, script).claims.filter { !$0.holds }
    #expect(claims.map(\.subject) == ["addresses of \(interface)"])
    #expect(claims.first?.seen == "192.168.10.20, the address of compute (\(path):2)")
  }

  @Test("so do initscripts' own and networkd-dispatcher's") func others() throws {
    let line = "ip addr add 192.168.10.20/24 dev ens33"
    for (profile, path) in [
      ("centos7-rdo", "/sbin/ifup-local"), ("centos7-rdo", "/sbin/ifup-pre-local"),
      ("ubuntu2404", "/etc/networkd-dispatcher/routable.d/mgmt"),
    ] {
      let claims = try run(path, line, profile: profile).claims.filter { !$0.holds }
      #expect(claims.map(\.seen).contains("192.168.10.20, the address of compute (\(path):2)"), "\(profile) \(claims)")
    }
  }

  @Test("one that gives the original's name, too") func name() throws {
    let files = [IfupdownTests.path: Self.interfaces, Self.hook: "#!/bin/sh\nhostname compute\n"]
    var copy = MemoryTree(BackendTests.bare.merging(files) { $1 })
    copy.write(Self.hook, files[Self.hook] ?? "", mode: 0o755)
    let platform = try #require(Platform.named("debian12"))
    let run = try Run(copy, site: Lab.site(), platform: platform, [InterfacesFixup()])
    #expect(run.claims.filter { !$0.holds }.map(\.subject).contains("host name (\(Self.hook):2)"), "\(run.claims)")
  }

  @Test(
    "what only mentions it, is for several hosts, or does not run, is told and no more",
    arguments: [
      (hook, "ping -c1 192.168.10.20", 0o755), (hook, "# ip addr add 192.168.10.20/24 dev ens33", 0o755),
      (hook, "ssh compute ip addr add 192.168.10.20/24 dev ens33", 0o755),
      (hook, "ip addr del 192.168.10.20/24 dev ens33", 0o755), (hook, "ip addr show to 192.168.10.20", 0o755),
      (hook, "cat >/etc/x <<EOF\nip addr add 192.168.10.20/24 dev ens33\nEOF", 0o755),
      (hook, "ip route add default via 192.168.10.20", 0o755),
      (hook, "ip tunnel add t mode gre remote 192.168.10.20 local 192.168.10.21", 0o755),
      (hook, "[ $(hostname) = compute ] && ip addr add 192.168.10.20/24 dev ens33", 0o755),
      (hook, "ip addr add 192.168.10.20/24 dev ens33", 0o644),
      ("/etc/network/if-up.d/mgmt.sh", "ip addr add 192.168.10.20/24 dev ens33", 0o755),
      ("/etc/network/if-post-down.d/mgmt", "ip addr add 192.168.10.20/24 dev ens33", 0o755),
    ] as [(String, String, UInt32)])
  func mentions(_ path: String, _ script: String, _ mode: UInt32) throws {
    let run = try run(path, script, mode: mode)
    #expect(run.claims.filter { !$0.holds } == [])
    #expect(run.findings.contains { $0.text.hasPrefix("\(path) mentions 192.168.10.20") })
  }

  @Test("an alias of the loopback interface with another node's address fails verify") func loopback() throws {
    let text = Self.interfaces + "auto lo:1\niface lo:1 inet static\n\taddress 192.168.20.20/32\n"
    let run = try BackendTests.twice([IfupdownTests.path: text], profile: "debian12").second
    let claims = run.claims.filter { !$0.holds }
    #expect(claims.map(\.seen) == ["192.168.20.20, the address of compute (\(IfupdownTests.path))"])
  }
}
