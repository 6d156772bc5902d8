import Foundation
import Site
import Support
import Testing
import Tree

@testable import Fixups

/// What oslo.config finds in a home before it looks into /etc, against oslo.config itself.
@Suite struct HomeConfigurationTests {
  private static let unit = "/usr/lib/systemd/system/openstack-nova-compute.service"
  private static let start = "[Service]\nUser=nova\nExecStart=/usr/bin/nova-compute"
  private static let text = "[DEFAULT]\nmy_ip = 192.168.10.20\n"

  private static func claims(_ files: [String: String], profile: String = "centos7-rdo") throws -> [Claim] {
    let tree = Lab.tree(files)
    let platform = try #require(Platform.named(profile))
    let run = try Run(tree, site: Lab.site(), platform: platform, [NovaFixup(), HomeConfiguration()])
    let claims = run.claims.filter { $0.subject.hasPrefix("configuration of") }
    #expect(claims.allSatisfy { !$0.holds })
    #expect(run.findings.filter { $0.text.contains("reads in the place of") }.count == claims.count)
    return claims
  }

  @Test(
    arguments: [
      ("nova.conf", true), (".nova/nova.conf", true), ("nova-compute.conf", true), (".nova/nova.conf.d/x.conf", true),
      ("nova-compute.conf.d/x.conf", true), (".nova/other.conf", false), ("nova.conf.bak", false),
      ("nova/nova.conf", false), ("nova.conf.d/note.txt", false),
    ])
  func `a file that comes before the one in etc fails`(_ path: String, _ isRead: Bool) async throws {
    let home = "/var/lib/nova"
    let files = [Self.unit: Self.start + "\n", "\(home)/\(path)": Self.text]
    #expect(try Self.claims(files).count == (isRead ? 1 : 0))
    guard let python = RealProgram.find("python3"),
      try await python.run(["-c", "import oslo_config"]).status == 0
    else { return RealProgram.missing("oslo.config") }
    let scratch = try Scratch()
    try scratch.write(Self.text, to: "home/\(path)")
    let script =
      "import os, sys; os.environ['HOME'] = sys.argv[1]\nfrom oslo_config import cfg\nc = cfg.ConfigOpts()\n"
      + "c.register_opt(cfg.StrOpt('my_ip'))\nc([], project='nova', prog='nova-compute')\nprint(c.my_ip)"
    let outcome = try await python.run(["-c", script, "\(scratch.path)/home"])
    #expect((outcome.output == "192.168.10.20\n") == isRead, "\(outcome.said)")
  }

  @Test func `what the command line names is read whatever a home has`() throws {
    let home = "/var/lib/nova"
    let both = ["\(home)/nova.conf": Self.text, "\(home)/nova.conf.d/x.conf": Self.text]
    func started(_ options: String) -> [String: String] {
      both.merging([Self.unit: "\(Self.start) \(options)\n"]) { $1 }
    }
    #expect(try Self.claims(started("")).count == 2)
    #expect(
      try Self.claims(started("--config-file /etc/nova/nova.conf")).map(\.seen) == [
        "\(home)/nova.conf.d, which comes first"
      ])
    #expect(try Self.claims(started("--config-file /etc/nova/nova.conf --config-dir /etc/nova/nova.conf.d")).isEmpty)
    let dropIn = "/etc/systemd/system/openstack-nova-compute.service.d/own.conf"
    let own = [dropIn: "[Service]\nExecStart=\nExecStart=/usr/bin/nova-compute --config-file=/etc/nova/nova.conf\n"]
    #expect(try Self.claims(started("").merging(own) { $1 }).count == 1)
    // Debian's init script names the files, and no directory.
    #expect(try Self.claims(both, profile: "debian12").map(\.seen) == ["\(home)/nova.conf.d, which comes first"])
  }

  @Test(
    "what starts the service counts, and nothing else of its units",
    arguments: [
      (nil, "--config-file a", false), ("", "--config-file a", true), ("--config-file a", "", false),
      ("-x\nExecStartPre=/bin/ls --config-file a\nEnvironment=A=--config-file", "", true),
      ("$A\nEnvironment=A=--config-file=/etc/nova/nova.conf", "", false), ("\\\n  --config-file a", "", false),
      ("\\\n# --config-file a\n  -v", "", true),
    ] as [(String?, String, Bool)])
  func starts(_ own: String?, _ packaged: String, _ isRead: Bool) throws {
    var files = ["/var/lib/nova/nova.conf": Self.text, Self.unit: "\(Self.start) \(packaged)\n"]
    if let own { files["/etc/systemd/system/openstack-nova-compute.service"] = "\(Self.start) \(own)\n" }
    #expect(try Self.claims(files).isEmpty != isRead)
  }

  @Test func `a drop-in takes back what its unit says, and one of the same name in etc the drop-in`() throws {
    let unit = [Self.unit: "\(Self.start) --config-file a\n", "/var/lib/nova/nova.conf": Self.text]
    func claims(_ files: [String: String]) throws -> Int { try Self.claims(unit.merging(files) { $1 }).count }
    let taken = "[Service]\nExecStart=\nExecStart=/usr/bin/nova-compute\n"
    #expect(try claims([:]) == 0)
    #expect(try claims(["\(Self.unit).d/a.conf": taken]) == 1)
    let own = "/etc/systemd/system/openstack-nova-compute.service.d"
    #expect(try claims(["\(Self.unit).d/a.conf": taken, "\(own)/a.conf": "[Service]\nNice=1\n"]) == 0)
    #expect(
      try claims(["\(Self.unit).d/b.conf": taken, "\(own)/a.conf": "[Service]\nExecStart=x --config-file b\n"]) == 1)
    // Debian's init script is not what starts it then.
    let debians = "/etc/systemd/system/nova-compute.service"
    let files = [
      "/var/lib/nova/nova.conf": Self.text, debians: "[Service]\nExecStart=/etc/init.d/nova-compute systemd-start\n",
    ]
    #expect(try Self.claims(files, profile: "debian12").isEmpty)
    #expect(try Self.claims(files.merging(["\(debians).d/x.conf": taken]) { $1 }, profile: "debian12").count == 1)
  }

  @Test func `a link to the one in etc is that one, and the home is where the account has it`() throws {
    var tree = Lab.tree([Self.unit: Self.start])
    tree.makeLink("/var/lib/nova/nova.conf", to: "/etc/nova/nova.conf")
    func claims() throws -> [Claim] { try HomeConfiguration().propose(for: Clone.situation(tree)).claims }
    #expect(try claims().isEmpty)
    tree.write("/etc/passwd", "nova:x:162:162::/srv/nova:/sbin/nologin\n")
    tree.write("/var/lib/nova/nova.conf", Self.text)
    #expect(try claims().isEmpty)
    tree.write("/srv/nova/.nova/nova.conf", Self.text)
    #expect(try claims().map(\.seen) == ["/srv/nova/.nova/nova.conf, which comes first"])
  }

  @Test func `so it is with the services beside it`() throws {
    let files = ["/etc/ceilometer/ceilometer.conf": "", "/var/lib/ceilometer/ceilometer.conf": Self.text]
    #expect(try Self.claims(files).map(\.subject) == ["configuration of ceilometer"])
    #expect(try Self.claims(["/var/lib/ceilometer/ceilometer.conf": Self.text]).isEmpty)
    // What manila's unit says nobody knows.
    #expect(try Self.claims(["/etc/manila/manila.conf": "", "/var/lib/manila/manila.conf": Self.text]).isEmpty)
  }
}
