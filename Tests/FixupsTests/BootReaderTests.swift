import Site
import Testing

@testable import Fixups

/// Whose files count at boot: of several backends that name an interface, and of services that are started or not.
@Suite("Who reads at boot") struct BootReaderTests {
  private typealias Files = [String: String]
  static let system = "/etc/systemd/system"
  private static let packages = "/usr/lib/systemd/system"
  private static let keyfilePath = "\(BackendTests.connections)/a.nmconnection"
  private static let networkdPath = "/etc/systemd/network/20-ens33.network"
  private static let netplanPath = "/etc/netplan/50-own.yaml"
  private static let ifcfgPath = "/etc/sysconfig/network-scripts/ifcfg-ens33"
  private static let conf = "/etc/NetworkManager/conf.d/10-own.conf"

  private static let keyfile = BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2")
  private static let networkd = "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n"
  private static let netplan =
    "network:\n  ethernets:\n    ens33:\n      addresses: [192.168.10.20/24]\n      routes: [{to: default, via: 192.168.10.2}]\n"
  private static let ifcfg =
    "DEVICE=ens33\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n"
  private static let wicked = "BOOTPROTO=static\nSTARTMODE=auto\nIPADDR=192.168.10.20/24\n"
  private static func stanza(_ start: String = "auto ens33") -> String {
    "auto lo\niface lo inet loopback\n\(start)\niface ens33 inet static\n  address 192.168.10.20/24\n  gateway 192.168.10.2\n"
  }

  private static func units(_ names: String...) -> Files {
    Dictionary(uniqueKeysWithValues: names.map { ("\(packages)/\($0)", "[Service]\n") })
  }
  private static func started(_ names: String...) -> Files {
    Dictionary(
      uniqueKeysWithValues: names.map { ("\(system)/multi-user.target.wants/\($0)", "\(packages)/\($0)") })
  }

  // MARK: Files that give no address

  struct Idle: Sendable, CustomTestStringConvertible {
    let profile: String
    let path: String
    let text: String
    let owner: (path: String, text: String)
    var more: [String: String] = [:]
    var testDescription: String { "\(profile): \(text)" }
  }

  static let idle = [
    Idle(
      profile: "debian12", path: IfupdownTests.path, text: "auto ens33\niface ens33 inet manual\n",
      owner: (keyfilePath, keyfile), more: [conf: "[main]\nplugins=keyfile\n"]),
    Idle(
      profile: "debian12", path: IfupdownTests.path, text: "auto ens33\niface ens33 inet manual\n",
      owner: (keyfilePath, keyfile), more: [conf: "[ifupdown]\nmanaged=true\n"]),
    Idle(
      profile: "debian12", path: IfupdownTests.path,
      text: "auto ens33\niface ens33 inet manual\n  up ip link set ens33 up\n",
      owner: (networkdPath, networkd)),
    Idle(
      profile: "debian13", path: IfupdownTests.path, text: "iface ens33 inet dhcp\n", owner: (netplanPath, netplan)),
    Idle(
      profile: "el8-rdo", path: ifcfgPath, text: "DEVICE=ens33\nONBOOT=no\nBOOTPROTO=dhcp\n",
      owner: (keyfilePath, keyfile)),
    Idle(
      profile: "el8-rdo", path: ifcfgPath, text: "DEVICE=ens33\nONBOOT=yes\nBOOTPROTO=none\n",
      owner: (keyfilePath, keyfile)),
    Idle(
      profile: "opensuse15", path: WickedTests.path, text: "STARTMODE=off\nBOOTPROTO=dhcp\n",
      owner: (keyfilePath, keyfile)),
  ]

  @Test("the one that has the address is edited, and what gives none is left and fights with nobody", arguments: idle)
  func gives(_ row: Idle) throws {
    let files = row.more.merging([row.path: row.text, row.owner.path: row.owner.text]) { $1 }
    let run = try BackendTests.settle(files, profile: row.profile)
    #expect(run.after[row.owner.path]?.contains("192.168.10.21") == true)
    #expect(run.after[row.owner.path]?.contains("192.168.10.20") == false)
    // What it has of the other interface is made there, or here.
    #expect(run.after[row.path]?.contains("192.168.10.") == false)
    #expect(!run.findings.contains { $0.text.contains("fight") }, "\(run.findings)")
  }

  @Test(
    "of netplan's file and another for one interface systemd-networkd takes the first by name, whichever has the address",
    arguments: [("20-ens33", "", true), ("05-ens33", "", false), ("20-ens33", "  renderer: NetworkManager\n", false)])
  func netplanFirst(_ name: String, _ renderer: String, _ isNetplan: Bool) throws {
    let path = "/etc/systemd/network/\(name).network"
    let files = [
      Self.netplanPath: "network:\n\(renderer)  ethernets:\n    ens33:\n      dhcp4: true\n", path: Self.networkd,
    ]
    let run = try BackendTests.twice(files, profile: "ubuntu2404").first
    #expect(run.after[Self.netplanPath]?.contains("192.168.10.21") == isNetplan)
    #expect(run.after[path]?.contains("192.168.10.21") != isNetplan)
    #expect(run.findings.contains { $0.text.contains("fight") })
  }

  @Test func `what a masked service would read refuses nothing`() throws {
    let text = "auto br0\niface br0 inet static\n  bridge_ports ens33\n  address 192.168.10.20/24\n"
    let files = [IfupdownTests.path: text, Self.networkdPath: Self.networkd]
    #expect(throws: FixupError.self) { try BackendTests.twice(files, profile: "debian12") }
    let run = try BackendTests.settle(files, links: Self.masked("networking.service"), profile: "debian12")
    #expect(run.after[Self.networkdPath]?.contains("192.168.10.21") == true && run.after[IfupdownTests.path] == text)
  }

  @Test func `a stanza that asks for an address fights with the one that has it`() throws {
    let text = "auto ens33\niface ens33 inet dhcp\n"
    let run = try BackendTests.settle(
      [IfupdownTests.path: text, Self.networkdPath: Self.networkd], profile: "debian12")
    #expect(run.after[Self.networkdPath]?.contains("192.168.10.21") == true)
    #expect(run.after[IfupdownTests.path]?.contains("192.168.10.") == false)
    let fights = run.findings.filter { $0.text.contains("fight") }
    #expect(fights.map(\.advice) == ["keep one; imprint edits what systemd-networkd reads"], "\(run.findings)")
  }

  @Test(
    "what has a stanza NetworkManager leaves to ifupdown, unless its settings say otherwise",
    arguments: [
      ("", true), ("[main]\nplugins=ifupdown,keyfile\n", true), ("[ifupdown]\nmanaged=false\n", true),
      ("[main]\nplugins=keyfile\n", false), ("[ifupdown]\nmanaged=true\n", false),
    ])
  func leftToIfupdown(_ settings: String, _ isLeft: Bool) throws {
    let idle = "auto ens33\niface ens33 inet manual\n"
    for (text, isIdle) in [(idle, true), (Self.stanza(), false)] {
      let files = [IfupdownTests.path: text, Self.keyfilePath: Self.keyfile, Self.conf: settings]
      let run = try BackendTests.settle(
        files, profile: "debian12", failing: isLeft || isIdle ? [] : ["addresses of ens33"])
      let isOwn = isLeft || !isIdle
      #expect(run.after[IfupdownTests.path]?.contains("192.168.10.21") == isOwn)
      #expect(run.after[Self.keyfilePath]?.contains("192.168.10.21") != isOwn)
      #expect(run.findings.contains { $0.text.contains("fight") } == (!isLeft && !isIdle), "\(run.findings)")
      #expect(run.findings.contains { $0.text.contains("leaves ens33 to ifupdown") } == isLeft, "\(run.findings)")
    }
    let masked = try BackendTests.twice(
      [IfupdownTests.path: idle, Self.keyfilePath: Self.keyfile, Self.conf: settings],
      links: Self.masked("networking.service"), profile: "debian12"
    ).second
    #expect(masked.after[Self.keyfilePath]?.contains("192.168.10.21") == true)
    #expect(masked.claims.contains { $0.subject == "reader of ens33" && !$0.holds } == isLeft, "\(masked.claims)")
  }

  // MARK: Services

  struct Dead: Sendable, CustomTestStringConvertible {
    let profile: String
    let dead: (path: String, text: String)
    let alive: (path: String, text: String)
    let units: [String: String]
    let links: [String: String]
    let reason: String
    var testDescription: String { "\(profile): \(reason)" }
  }

  static let dead = [
    Dead(
      profile: "debian12", dead: (IfupdownTests.path, stanza()), alive: (networkdPath, networkd),
      units: units("networking.service", "systemd-networkd.service"),
      links: started("systemd-networkd.service", "networking.service")
        .merging(["\(system)/networking.service": "/dev/null"]) { $1 },
      reason: "networking.service is masked (/etc/systemd/system/networking.service)"),
    Dead(
      profile: "debian12", dead: (IfupdownTests.path, stanza()), alive: (networkdPath, networkd),
      units: units("networking.service", "systemd-networkd.service"), links: started("systemd-networkd.service"),
      reason: "networking.service is not enabled"),
    Dead(
      profile: "ubuntu2404", dead: (netplanPath, netplan), alive: (keyfilePath, keyfile), units: [:],
      links: ["\(system)/systemd-networkd.service": "/dev/null"],
      reason: "systemd-networkd.service is masked (/etc/systemd/system/systemd-networkd.service)"),
    Dead(
      profile: "opensuse15", dead: (WickedTests.path, wicked), alive: (keyfilePath, keyfile),
      units: units("wicked.service", "NetworkManager.service"),
      links: started("NetworkManager.service")
        .merging(["\(system)/network.service": "\(packages)/NetworkManager.service"]) { $1 },
      reason: "/etc/systemd/system/network.service starts NetworkManager.service, and not wicked"),
    Dead(
      profile: "el8-rdo", dead: (ifcfgPath, ifcfg), alive: (keyfilePath, keyfile),
      units: units("NetworkManager.service").merging([conf: "[main]\nplugins=keyfile\n"]) { $1 },
      links: started("NetworkManager.service"),
      reason: "\(conf):2 has no ifcfg-rh among NetworkManager's plugins, and there are no network scripts"),
  ]

  @Test("the one that is started is edited, and what nobody reads is left and told", arguments: dead)
  func services(_ row: Dead) throws {
    let files = row.units.merging([row.dead.path: row.dead.text, row.alive.path: row.alive.text]) { $1 }
    let run = try BackendTests.settle(files, links: row.links, profile: row.profile)
    #expect(run.after[row.alive.path]?.contains("192.168.10.21") == true)
    #expect(run.after[row.dead.path] == row.dead.text)
    #expect(!run.findings.contains { $0.text.contains("fight") }, "\(run.findings)")
    // Once, and not to be corrected where it shall go.
    let told = run.findings.filter { $0.text.contains(row.dead.path) }.map(\.text)
    #expect(told.count == 1 && told[0].hasSuffix("too, which nobody reads: \(row.reason)"), "\(run.findings)")
    #expect(told.first?.hasPrefix("ens33 has 192.168.10.20, which is the address of compute, in files of") == true)
  }

  struct Only: Sendable, CustomTestStringConvertible {
    let profile: String
    let file: (path: String, text: String)
    var units: [String: String] = [:]
    let links: [String: String]
    /// nil: it is read.
    let reason: String?
    var isCertain = true
    var testDescription: String { "\(profile): \(reason ?? "is read")" }
  }

  private static func masked(_ unit: String) -> Files { ["\(system)/\(unit)": "/dev/null"] }

  static let only = [
    Only(
      profile: "debian12", file: (IfupdownTests.path, stanza()), links: masked("networking.service"),
      reason: "networking.service is masked (/etc/systemd/system/networking.service)"),
    Only(
      profile: "debian12", file: (IfupdownTests.path, stanza("allow-hotplug ens33")),
      links: masked("networking.service"), reason: nil),
    Only(
      profile: "debian12", file: (IfupdownTests.path, stanza()), units: units("networking.service"),
      links: started("ssh.service"), reason: "networking.service is not enabled", isCertain: false),
    Only(
      profile: "debian12", file: (IfupdownTests.path, stanza()), units: units("networking.service"), links: [:],
      reason: nil),
    Only(
      profile: "debian12", file: (networkdPath, networkd), links: masked("systemd-networkd.service"),
      reason: "systemd-networkd.service is masked (/etc/systemd/system/systemd-networkd.service)"),
    Only(
      profile: "debian12", file: (networkdPath, networkd),
      units: units("systemd-networkd.service", "systemd-networkd.socket"),
      links: ["\(system)/sockets.target.wants/systemd-networkd.socket": "\(packages)/systemd-networkd.socket"],
      reason: nil),
    Only(
      profile: "ubuntu2404", file: (netplanPath, netplan), units: units("systemd-networkd.service"),
      links: started("ssh.service"), reason: nil),
    Only(
      profile: "ubuntu2404",
      file: (netplanPath, netplan.replacing("network:", with: "network:\n  renderer: NetworkManager")),
      links: masked("NetworkManager.service"),
      reason: "NetworkManager.service is masked (/etc/systemd/system/NetworkManager.service)"),
    Only(
      profile: "ubuntu2404",
      file: (netplanPath, netplan.replacing("network:", with: "network:\n  renderer: NetworkManager")),
      links: masked("systemd-networkd.service"), reason: nil),
    Only(
      profile: "el9-rdo", file: (keyfilePath, keyfile), links: masked("NetworkManager.service"),
      reason: "NetworkManager.service is masked (/etc/systemd/system/NetworkManager.service)"),
    Only(
      profile: "opensuse15", file: (WickedTests.path, wicked), links: masked("wicked.service"),
      reason: "wicked.service is masked (/etc/systemd/system/wicked.service)"),
    Only(
      profile: "opensuse15", file: (WickedTests.path, wicked), units: units("wicked.service"),
      links: ["\(system)/network.service": "\(packages)/wicked.service"].merging(started("sshd.service")) { $1 },
      reason: nil),
    Only(
      profile: "el8-rdo", file: (ifcfgPath, ifcfg + "NM_CONTROLLED=no\n"), units: units("NetworkManager.service"),
      links: started("NetworkManager.service"),
      reason: "\(ifcfgPath):7 keeps NetworkManager from it, and there are no network scripts"),
    Only(
      profile: "el8-rdo", file: (ifcfgPath, ifcfg + "NM_CONTROLLED=no\n"),
      units: units("NetworkManager.service").merging(["/etc/rc.d/init.d/network": "#!/bin/bash\n"]) { $1 },
      links: started("NetworkManager.service"), reason: nil),
    Only(
      profile: "el8-rdo", file: (ifcfgPath, ifcfg + "NM_CONTROLLED=no\n"), links: [:], reason: nil),
    Only(
      profile: "el8-rdo", file: (ifcfgPath, ifcfg),
      units: units("NetworkManager.service").merging([conf: "[main]\nplugins=keyfile\n"]) { $1 },
      links: started("NetworkManager.service"),
      reason: "\(conf):2 has no ifcfg-rh among NetworkManager's plugins, and there are no network scripts"),
    Only(
      profile: "el8-rdo", file: (ifcfgPath, ifcfg),
      units: units("NetworkManager.service").merging([conf: "[main]\nplugins=keyfile\nplugins+=ifcfg-rh\n"]) { $1 },
      links: started("NetworkManager.service"), reason: nil),
    Only(
      profile: "centos7-rdo", file: (ifcfgPath, ifcfg), links: masked("NetworkManager.service"), reason: nil),
  ]

  @Test("files that nobody reads at boot fail verify, or are told where that is not sure", arguments: only)
  func alone(_ row: Only) throws {
    let files = row.units.merging([row.file.path: row.file.text]) { $1 }
    let run = try BackendTests.twice(files, links: row.links, profile: row.profile).second
    #expect(run.after[row.file.path]?.contains("192.168.10.21") == true)
    let told = run.findings.filter { $0.text.hasPrefix("ens33 stays without its address, since nobody reads") }
    let failed = run.claims.filter { !$0.holds && $0.subject == "reader of ens33" }
    #expect(told.map { String($0.text.split(separator: ": ", maxSplits: 1)[1]) } == (row.reason.map { [$0] } ?? []))
    #expect(failed.isEmpty == (row.reason == nil || !row.isCertain))
  }

  // MARK: systemd-networkd's files for whatever matches

  @Test(
    "such a file fights with whoever else has the interface, where systemd-networkd may be started",
    arguments: [
      ("DHCP=yes\n", [:], true), ("DHCP=yes\n", ["\(system)/systemd-networkd.service": "/dev/null"], false),
      ("DHCP=no\n[Link]\nUnmanaged=yes\n", [:], false),
    ])
  func general(_ text: String, _ links: [String: String], _ isTold: Bool) throws {
    let path = "/etc/systemd/network/20-dhcp.network"
    for own in [(IfupdownTests.path, Self.stanza()), (Self.keyfilePath, Self.keyfile)] {
      let files = [own.0: own.1, path: "[Match]\nName=en*\n[Network]\n\(text)"]
      let run = try BackendTests.settle(files, links: links, profile: "debian12")
      let told = run.findings.filter { $0.text.contains("and by systemd-networkd (\(path)), and they fight over it") }
      #expect(told.contains { $0.text.hasPrefix("ens33 ") } == isTold, "\(run.findings)")
    }
  }

  @Test(
    "so does what netplan says of whatever matches, as far as a tree can tell",
    arguments: [
      ("match: {name: \"en*\"}, dhcp4: true", true), ("match: {name: \"eth*\"}, dhcp4: true", false),
      ("match: {name: ens33}, dhcp4: true", true), ("match: {}, dhcp4: true", true),
      ("match: {macaddress: \"52:54:00:00:00:01\"}, dhcp4: true", true),
      ("match: {macaddress: \"52:54:00:00:00:02\"}, dhcp4: true", false),
      ("match: {name: \"en*\", macaddress: \"52:54:00:00:00:02\"}, dhcp4: true", false),
      ("match: {name: \"en*\", driver: virtio_net}, dhcp4: true", false),
      ("match: {name: \"en*\", driver: [virtio_net, \"*\"]}, dhcp4: true", true),
      ("match: {name: \"en*\"}, set-name: lan0, dhcp4: true", false),
    ])
  func matching(_ definition: String, _ isTold: Bool) throws {
    let text = "network:\n  version: 2\n  ethernets:\n    x: {\(definition)}\n"
    let files = [IfupdownTests.path: Self.stanza(), Self.netplanPath: text]
    for (links, isRead) in [([:], true), (Self.masked("systemd-networkd.service"), false)] {
      let run = try BackendTests.twice(files, links: links, mac: "52:54:00:00:00:01", profile: "debian12").first
      let told = run.findings.filter {
        $0.text.contains("by netplan (\(Self.netplanPath))") && $0.text.contains("fight")
      }
      #expect(told.contains { $0.text.hasPrefix("ens33 ") } == (isTold && isRead), "\(run.findings)")
      #expect(run.after[IfupdownTests.path]?.contains("192.168.10.21") == true)
    }
  }

  @Test func `NetworkManager leaves a stanza's interface alone, also where netplan hands it over`() throws {
    let text = "network:\n  renderer: NetworkManager\n  ethernets:\n    x: {match: {name: \"en*\"}, dhcp4: true}\n"
    let run = try BackendTests.twice(
      [IfupdownTests.path: Self.stanza(), Self.netplanPath: text], profile: "debian12"
    ).first
    #expect(!run.findings.contains { $0.text.contains("fight") }, "\(run.findings)")
  }
}
