import Site
import Testing
import Tree

@testable import Fixups

/// Name servers of the site that no reader takes from where they are written.
@Suite("Name servers without a reader")
struct NameServerReaderTests {
  private static let settings = "/etc/NetworkManager"
  private static let packages = "/usr/lib/NetworkManager/conf.d"
  private static let resolv = ["/etc/resolv.conf": "search lab\nnameserver 192.168.10.2\n"]
  private static let none = "[main]\ndns = none\n"

  private static let keyfiles = [
    "\(BackendTests.connections)/ens33.nmconnection": BackendTests.connection("ens33", "192.168.10.20/24"),
    "\(BackendTests.connections)/ens34.nmconnection": BackendTests.connection("ens34", "192.168.20.20/24"),
  ]
  private static let ifcfg = [
    "\(IfcfgTests.directory)/ifcfg-ens33": "DEVICE=ens33\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\n",
    "\(IfcfgTests.directory)/ifcfg-ens34": "DEVICE=ens34\nONBOOT=yes\nIPADDR=192.168.20.20\nPREFIX=24\n",
  ]

  /// What is said of the servers, and what to do.
  private static func told(
    _ profile: String, _ files: [String: String], _ more: [String: String], links: [String: String] = [:]
  ) throws -> [String] {
    var site = try Lab.site()
    site.networks[0].dns = [try IPAddress("192.168.10.5")]
    let run = try BackendTests.settle(
      files.merging(more) { $1 }, links: links, profile: profile, modes: files.mapValues { _ in 0o600 }, site: site)
    return run.findings.filter { $0.text.contains("have no reader") }.map { $0.text + " | " + ($0.advice ?? "") }
  }

  @Test(
    "NetworkManager writes no resolv.conf where it is told so, and the last file counts",
    arguments: [
      ["\(settings)/conf.d/99-cloud-init.conf": none], ["\(settings)/NetworkManager.conf": none],
      ["\(packages)/10-dns.conf": none], ["\(settings)/conf.d/x.conf": "[main]\nrc-manager=unmanaged\n"],
      ["\(settings)/conf.d/90-a.conf": none, "\(settings)/conf.d/10-b.conf": "[main]\ndns=default\n"],
    ])
  func unmanaged(_ more: [String: String]) throws {
    for (profile, files) in [("el10-rdo", Self.keyfiles), ("el8-rdo", Self.ifcfg)] {
      let told = try Self.told(profile, files, more.merging(Self.resolv) { $1 })
      #expect(told.count == 1 && told[0].contains("keeps NetworkManager from it"), "\(told)")
      #expect(
        told.allSatisfy { $0.hasSuffix("names 192.168.10.2 | write them into /etc/resolv.conf, or take that out") })
      let said = try Self.told(profile, files, more.merging(["/etc/resolv.conf": "nameserver 192.168.10.5\n"]) { $1 })
      #expect(said == [])
      // A resolver of the machine's own.
      #expect(try Self.told(profile, files, more.merging(["/etc/resolv.conf": "nameserver 127.0.0.53\n"]) { $1 }) == [])
      #expect(try Self.told(profile, files, more).count == 1)
    }
  }

  @Test(
    "NetworkManager writes it where another file takes that back, and by any other word",
    arguments: [
      ["\(packages)/90-dns.conf": none, "\(settings)/conf.d/90-dns.conf": ""],
      ["\(packages)/90-dns.conf": none, "\(settings)/conf.d/10-dns.conf": "[main]\ndns=default\n"],
      ["\(settings)/conf.d/x.conf": "[main]\nrc-manager=none\n"], ["\(settings)/conf.d/x": none],
      ["\(settings)/conf.d/x.conf": "#[main]\n#dns=none\n"],
      ["\(settings)/conf.d/x.conf": "[.config]\nenable=false\n[main]\ndns=none\n"], [:],
    ])
  func managed(_ more: [String: String]) throws {
    for (profile, files) in [("el10-rdo", Self.keyfiles), ("el8-rdo", Self.ifcfg)] {
      #expect(try Self.told(profile, files, more.merging(Self.resolv) { $1 }) == [])
    }
  }

  @Test("what the network scripts read is theirs") func scripts() throws {
    let more = [
      "\(Self.settings)/conf.d/x.conf": Self.none, "/etc/rc.d/init.d/network": "", "/usr/sbin/NetworkManager": "",
    ].merging(Self.resolv) { $1 }
    let masked = ["/etc/systemd/system/NetworkManager.service": "/dev/null"]
    #expect(try Self.told("centos7-rdo", Self.ifcfg, more, links: masked) == [])
    #expect(try Self.told("centos7-rdo", Self.ifcfg, more).count == 1)
    let unmanaged = Self.ifcfg.mapValues { "NM_CONTROLLED=no\n" + $0 }
    #expect(try Self.told("centos7-rdo", unmanaged, more) == [])
  }

  @Test("the servers for every domain go before each connection's") func global() throws {
    let path = "\(Self.settings)/conf.d/dns.conf"
    func told(_ text: String) throws -> [String] { try Self.told("el10-rdo", Self.keyfiles, [path: text]) }
    let said = try told("[global-dns-domain-*]\nservers=192.168.10.2,192.168.10.3\n")
    #expect(said.count == 1 && said[0].contains("takes 192.168.10.2 and 192.168.10.3 in their place (\(path):2)"))
    #expect(try told("[global-dns-domain-*]\nservers=192.168.10.2,192.168.10.5\n") == [])
    #expect(try told("[global-dns-domain-*]\nservers=\n") == [])
    #expect(try told("[global-dns-domain-lab]\nservers=192.168.10.2\n") == [])
  }

  @Test(
    "netconfig takes its list by its policy",
    arguments: [
      ("", true), ("auto", false), ("STATIC *", false), ("STATIC_FALLBACK NetworkManager", false), ("eth*", true),
      ("NetworkManager STATIC", true),
    ])
  func netconfig(_ policy: String, _ isTold: Bool) throws {
    let wicked = [
      WickedTests.path: "BOOTPROTO=static\nSTARTMODE=auto\nIPADDR=192.168.10.20/24\n",
      "\(WickedTests.directory)/ifcfg-ens34": "BOOTPROTO=static\nSTARTMODE=auto\nIPADDR=192.168.20.20/24\n",
      "\(WickedTests.directory)/config":
        "NETCONFIG_DNS_POLICY=\"\(policy)\"\nNETCONFIG_DNS_STATIC_SERVERS=\"192.168.10.2\"\n",
    ]
    let made = ["/etc/resolv.conf": "/run/netconfig/resolv.conf"]
    for told in [
      try Self.told("opensuse15", wicked, Self.resolv), try Self.told("opensuse15", wicked, [:], links: made),
    ] {
      #expect(told.count == (isTold ? 1 : 0), "\(told)")
      #expect(told.allSatisfy { $0.contains("\(WickedTests.directory)/config:1: ") && $0.hasSuffix("say auto there") })
    }
    let asking = ["\(WickedTests.directory)/ifcfg-ens35": "BOOTPROTO=dhcp\nSTARTMODE=auto\n"]
    let beside = try Self.told(
      "opensuse15", wicked.merging(asking) { $1 }.mapValues { $0.replacing("NetworkManager", with: "*") }, Self.resolv)
    #expect(beside.count == (isTold && policy != "NetworkManager STATIC" || policy.hasPrefix("STATIC_") ? 1 : 0))
  }
}
