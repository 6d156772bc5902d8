import Site
import Testing
import Tree

@testable import Fixups

/// Which files NetworkManager reads, and which devices it leaves alone.
@Suite("What NetworkManager reads") struct NetworkManagerReaderTests {
  static let connections = BackendTests.connections
  static let own = [
    "\(connections)/ens33.nmconnection": BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2"),
    "\(connections)/ens34.nmconnection": BackendTests.connection("ens34", "192.168.20.20/24"),
  ]
  static let settings = "/etc/NetworkManager/conf.d/99-u.conf"

  static func failing(_ run: Run) -> [String] { NetworkdReaderTests.failing(run) }

  // As NetworkManager 1.42.4 logs it.
  @Test(
    "whose names it passes over",
    arguments: [
      ("a", true), ("a.bak", true), ("a.orig", true), ("a.rpmsave", true), ("a.rpmorig", true), ("a.dpkg-old", true),
      ("a.swp", true), ("a.abcde", true), ("a.save", true), ("ens33.nmconnection", true), (".hidden", false),
      ("a~", false), ("a.rpmnew", false), ("a.backup", false), ("a.nmmeta", false), ("a.ABCDEF", false),
      ("a.pem", false), ("a.der", false),
    ])
  func names(_ name: String, _ isRead: Bool) { #expect(KeyfileDirectory.isRead(name) == isRead) }

  @Test("a backup copy that it reads starts no more, and the connection itself is edited") func backup() throws {
    let copy = "\(Self.connections)/a.bak"
    let files = Self.own.merging([copy: BackendTests.connection("ens33", "192.168.10.20/24")]) { $1 }
    let run = try BackendTests.twice(files, profile: "el9-rdo").second
    #expect(run.after["\(Self.connections)/ens33.nmconnection"]?.contains("192.168.10.21/24") == true)
    #expect(run.after[copy]?.contains("autoconnect=false\n") == true)
    #expect(Self.failing(run) == [])
  }

  // MARK: Files that it passes over

  private static func idle(
    _ other: (text: String, owner: UInt32, mode: UInt32), own: (owner: UInt32, mode: UInt32),
    ownerCanChange: Bool = true
  ) throws -> (before: MemoryTree, first: Run, second: Run) {
    var tree = MemoryTree(BackendTests.bare)
    for (path, text) in Self.own { tree.write(path, text, owner: own.owner, mode: own.mode) }
    tree.write("\(connections)/a.nmconnection", other.text, owner: other.owner, mode: other.mode)
    let (site, platform) = (try Lab.site(), try #require(Platform.named("el9-rdo")))
    let fixups: [any Fixup] = [InterfacesFixup(), StampFixup()]
    let first = try Run(tree, site: site, platform: platform, fixups, ownerCanChange: ownerCanChange)
    return (
      tree, first, try Run(first.after, site: site, platform: platform, fixups, ownerCanChange: ownerCanChange)
    )
  }

  private static let rival = BackendTests.connection("ens33", "192.168.10.20/24")

  @Test(
    "a file that others may read, or that is not root's, stays as it is and takes nothing",
    arguments: [
      (rival, 0, 0o644), (rival, 0, 0o640), (rival, 1000, 0o600),
      ("[connection]\nid=any\ntype=ethernet\nautoconnect-priority=9\n[ipv4]\nmethod=auto\n", 0, 0o644),
    ] as [(String, UInt32, UInt32)])
  func passedOver(_ text: String, _ owner: UInt32, _ mode: UInt32) throws {
    let path = "\(Self.connections)/a.nmconnection"
    let (before, first, second) = try Self.idle((text, owner, mode), own: (0, 0o600))
    for run in [first, second] {
      #expect(run.after[path] == text && run.after.attributes(path) == before.attributes(path))
      #expect(run.findings.map(\.severity) == [.note], "\(run.findings)")
      #expect(run.findings.first?.text.hasPrefix("\(path) is no connection to NetworkManager, since ") == true)
      // Whose address it would come up with.
      let others =
        text == Self.rival ? ["; it is left as it is, with 192.168.10.20, which is the address of compute"] : []
      #expect(run.findings.map(\.text).allSatisfy { $0.hasSuffix(others.first ?? "; it is left as it is") })
    }
    #expect(Self.failing(second) == [])
  }

  @Test(
    "what only its name keeps from being one is told where it has another's address",
    arguments: [
      ("ens33.nmconnection~", "192.168.10.20/24", true), ("ens33.rpmnew", "192.168.10.10/24", true),
      ("ens33.nmconnection~", "192.168.10.21/24", false), ("ens33.rpmnew", "10.9.9.9/24", false),
      ("ca.pem", "192.168.10.20/24", false),
    ])
  func misnamed(_ name: String, _ address: String, _ isTold: Bool) throws {
    let path = "\(Self.connections)/\(name)"
    let files = Self.own.merging([path: BackendTests.connection("ens33", address)]) { $1 }
    let runs = try BackendTests.twice(files, profile: "el9-rdo")
    for run in [runs.first, runs.second] {
      let found = run.findings.filter { $0.text.contains(path) }
      #expect(found.map(\.severity) == (isTold ? [.note] : []), "\(found)")
      let whose = "it is left as it is, with \(address.prefix { $0 != "/" }), which is the address of "
      #expect(found.allSatisfy { $0.text.contains(whose) })
    }
  }

  @Test(
    "unless it is the only one, or all are an ordinary user's",
    arguments: [((0, 0o644), (0, 0o644), true), ((1000, 0o600), (1000, 0o600), false)]
      as [((UInt32, UInt32), (UInt32, UInt32), Bool)])
  func onlyOne(_ other: (UInt32, UInt32), _ own: (UInt32, UInt32), _ ownerCanChange: Bool) throws {
    let path = "\(Self.connections)/a.nmconnection"
    let (_, _, second) = try Self.idle(
      (Self.rival, other.0, other.1), own: own, ownerCanChange: ownerCanChange)
    #expect(!second.findings.contains { $0.text.contains("is no connection to NetworkManager") })
    // It is the first by its name, and the other one has its UUID.
    #expect(second.after[path]?.contains("192.168.10.21") == true)
    #expect(second.after["\(Self.connections)/ens33.nmconnection"]?.contains("autoconnect=false\n") == true)
    #expect(Self.failing(second) == [])
  }

  @Test(
    "one that is tied to the original's card takes nothing, after an apply too",
    arguments: [nil, "52:54:00:00:00:21"], ["a", "z"])
  func tied(_ mac: String?, _ name: String) throws {
    let path = "\(Self.connections)/\(name).nmconnection"
    let text = Self.rival.replacing("[ipv4]", with: "[ethernet]\nmac-address=52:54:00:00:00:20\n[ipv4]")
    let (first, second) = try BackendTests.twice(
      Self.own.merging([path: text]) { $1 }, mac: mac, profile: "el9-rdo")
    #expect(first.findings.contains { $0.text.contains("mac-address is for the card 52:54:00:00:00:20") })
    for run in [first, second] {
      #expect(!run.claims.contains { $0.subject == "the connection of ens33" }, "\(run.claims)")
      #expect(!run.findings.contains { $0.text.hasPrefix("\(path) is for ens33 too") })
    }
    #expect(Self.failing(second) == [])
  }

  // What NetworkManager 1.42.4 did with two cards of these names.
  static let devices: [(text: String, isAlone: Bool)] = [
    ("[keyfile]\nunmanaged-devices=type:ethernet\n", true),
    ("[keyfile]\nunmanaged-devices=type:veth\n", false),
    ("[keyfile]\nunmanaged-devices=except:interface-name:ens34\n", true),
    ("[keyfile]\nunmanaged-devices=except:interface-name:ens33\n", false),
    ("[keyfile]\nunmanaged-devices=interface-name:ens35 interface-name:ens33\n", false),
    ("[keyfile]\nunmanaged-devices=interface-name:ens35 ; interface-name:ens33 \n", true),
    (
      "[keyfile]\nunmanaged-devices=interface-name:ens3?,except:interface-name:ens33,except:mac:52:54:00:00:00:09\n",
      false
    ),
    ("[keyfile]\nunmanaged-devices=*;except:type:wifi\n", true),
    ("[keyfile]\nunmanaged-devices=*;except:type:ethernet\n", false),
    ("[keyfile]\nunmanaged-devices=ens33\n", true),
    ("[keyfile]\nunmanaged-devices=interface-name:~ens3*\n", true),
    ("[keyfile]\nunmanaged-devices=interface-name:ens3[3]\n", false),
    ("[keyfile]\nunmanaged-devices+=interface-name:ens33\n", true),
    ("[keyfile]\nunmanaged-devices=interface-name:ens33\nunmanaged-devices-=interface-name:ens33\n", false),
    ("[device-a]\nmatch-device=interface-name:ens33\nmanaged=0\n", true),
    ("[device-a]\nmanaged=0\n", true), ("[device]\nmanaged=0\n", true),
    (
      "[device-a]\nmatch-device=interface-name:ens33\nmanaged=1\n[device-b]\nmatch-device=interface-name:ens33\nmanaged=0\n",
      false
    ),
    (
      "[device-b]\nmatch-device=interface-name:ens33\nmanaged=0\n[device-a]\nmatch-device=interface-name:ens33\nmanaged=1\n",
      true
    ),
    ("[device]\nmanaged=0\n[device-a]\nmatch-device=type:ethernet\nmanaged=1\n", false),
    ("[device-a]\nmatch-device=type:ethernet\nstop-match=yes\n[device-b]\nmanaged=0\n", false),
    ("[device-a]\nmatch-device=except:interface-name:ens34\nmanaged=no\n", true),
    ("[device.a]\nmatch-device=type:ethernet\nmanaged=false\n", true),
    ("[device-a]\nmatch-device=\nmanaged=false\n", false),
    ("[device-a]\nmatch-device=*,except:driver:e1000\nwifi.backend=iwd\n[device-b]\nmanaged=0\n", true),
    ("[device-a]\nmatch-device=type:ethernet\nmanaged=1\n[keyfile]\nunmanaged-devices=*\n", true),
  ]

  @Test("an interface that it leaves alone is no, netplan's too", arguments: devices)
  func unmanaged(_ text: String, _ isAlone: Bool) throws {
    let netplan = [
      NetplanReaderTests.path: NetplanReaderTests.text(NetplanReaderTests.addresses)
        .replacing("version: 2\n", with: "version: 2\n  renderer: NetworkManager\n")
    ]
    for (profile, files) in [("el9-rdo", Self.own), ("ubuntu2404", netplan)] {
      let run = try BackendTests.twice(files.merging([Self.settings: text]) { $1 }, profile: profile).second
      let alone = Self.failing(run).filter { $0.hasPrefix("who brings up ens33: nobody (\(Self.settings):") }
      #expect(alone.isEmpty != isAlone, "\(profile): \(Self.failing(run))")
      let others = Self.failing(run).filter { !$0.hasPrefix("who brings up ens34") }
      #expect(isAlone || others.isEmpty, "\(profile): \(others)")
    }
    let others = netplan.mapValues { $0.replacing("NetworkManager", with: "networkd") }
    try BackendTests.settle(others.merging([Self.settings: text]) { $1 }, profile: "ubuntu2404")
  }

  @Test("ifcfg files too, where nobody else reads them", arguments: [true, false])
  func ifcfg(_ isAlone: Bool) throws {
    var files = [
      IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n",
      "\(IfcfgTests.directory)/ifcfg-ens34": "DEVICE=ens34\nNM_CONTROLLED=f\nIPADDR=192.168.20.20\nPREFIX=24\n",
      Self.settings: "[device-a]\nmatch-device=type:ethernet\nmanaged=0\n",
    ]
    if !isAlone { files["/etc/rc.d/init.d/network"] = "#!/bin/bash\n" }
    let run = try BackendTests.twice(files, profile: "el8-rdo").second
    let wanted = "who brings up ens33: nobody (\(Self.settings):3)"
    #expect(Self.failing(run).contains(wanted) == isAlone, "\(Self.failing(run))")
    #expect(!Self.failing(run).contains { $0.hasPrefix("who brings up ens34") })
  }

  @Test("of several files the later counts, and what only the machine can tell is told") func order() throws {
    let package = "/usr/lib/NetworkManager/conf.d/10-globally-managed-devices.conf"
    let all = "[keyfile]\nunmanaged-devices=*,except:type:wifi\n"
    let alone = try BackendTests.twice(Self.own.merging([package: all]) { $1 }, profile: "el9-rdo").second
    #expect(Self.failing(alone).count == 2)
    // netplan hides that one.
    let netplan = "network:\n  version: 2\n  renderer: NetworkManager\n"
    try BackendTests.settle(
      Self.own.merging([package: all, "/etc/netplan/01-all.yaml": netplan]) { $1 }, profile: "ubuntu2404")
    let first = "[device-a]\nmatch-device=interface-name:ens33\nmanaged=0\n"
    try BackendTests.settle(
      Self.own.merging([
        "/etc/NetworkManager/conf.d/1.conf": first, "/etc/NetworkManager/conf.d/2.conf": "[device-b]\nmanaged=1\n",
      ]) { $1 }, profile: "el9-rdo")
    let open = try BackendTests.settle(
      Self.own.merging([Self.settings: "[keyfile]\nunmanaged-devices=*,except:driver:e1000\n"]) { $1 },
      profile: "el9-rdo")
    #expect(open.findings.filter { $0.text.contains("but for exceptions that only the machine can tell") }.count == 2)
  }

  @Test(
    "a file of settings that counts on a condition is told, and no claim's",
    arguments: [
      ("env:NOPE", true), ("nm-version-max:1.2", true), ("nm-version-min:9.99", true), ("except:env:NOPE", true),
      ("true", false), ("", false),
    ])
  func condition(_ enable: String, _ isOpen: Bool) throws {
    let text = "[.config]\nenable=\(enable)\n[keyfile]\nunmanaged-devices=*\n"
    let run = try BackendTests.twice(Self.own.merging([Self.settings: text]) { $1 }, profile: "el9-rdo").second
    #expect(Self.failing(run).isEmpty == isOpen, "\(Self.failing(run))")
    let doubt = "where enable=\(enable) of [.config] in \(Self.settings) holds, which only the machine can tell"
    #expect(run.findings.filter { $0.text.hasSuffix(doubt) }.count == (isOpen ? 2 : 0), "\(run.findings)")
  }

  @Test("what a condition may take back is not sure either") func exception() throws {
    let files = [
      "/etc/NetworkManager/conf.d/1.conf": "[keyfile]\nunmanaged-devices=interface-name:ens33\n",
      "/etc/NetworkManager/conf.d/2.conf": "[.config]\nenable=env:A\n[keyfile]\nunmanaged-devices=\n",
    ]
    let run = try BackendTests.settle(Self.own.merging(files) { $1 }, profile: "el9-rdo")
    #expect(run.findings.contains { $0.text.contains("where enable=env:A of [.config] in ") })
  }

  @Test(
    "a name server of a family that the node has no address in goes where the connection takes it",
    arguments: [
      ("", "\n[ipv6]\ndns=2001:4860:4860::8888;\n", true),
      ("[ipv6]\nmethod=auto\n", "[ipv6]\nmethod=auto\ndns=2001:4860:4860::8888;\n", true),
      ("[ipv6]\nmethod=ignore\n", "[ipv6]\nmethod=ignore\n", false),
      ("[ipv6]\nmethod=disabled\n", "[ipv6]\nmethod=disabled\n", false),
    ])
  func otherServers(_ before: String, _ after: String, _ isPlaced: Bool) throws {
    let path = "\(Self.connections)/ens33.nmconnection"
    var site = try Lab.site()
    site.networks[0].dns = [try IPAddress("2001:4860:4860::8888")]
    let text = (Self.own[path] ?? "") + "dns=192.168.10.2;\n"
    let run = try BackendTests.settle(
      Self.own.merging([path: text + before]) { $1 }, profile: "el9-rdo", site: site)
    #expect(run.after[path]?.hasSuffix("method=manual\n\(after)") == true, "\(run.after[path] ?? "")")
    #expect(run.findings.contains { $0.text.contains("has no place beside method=") } != isPlaced)
  }

  @Test("a new connection has a place for it") func newServers() throws {
    var site = try Lab.site()
    site.networks[1].dns = [try IPAddress("2001:4860:4860::8888")]
    let path = "\(Self.connections)/ens34.nmconnection"
    let run = try BackendTests.settle(Self.own.filter { $0.key != path }, profile: "el9-rdo", site: site)
    #expect(run.after[path]?.hasSuffix("[ipv6]\nmethod=link-local\ndns=2001:4860:4860::8888;\n") == true)
    #expect(!run.findings.contains { $0.text.contains("has no place beside") })
  }

  @Test("a link to /dev/null is no file of settings: it does not start", arguments: ["/dev/null", "/nowhere"])
  func null(_ target: String) throws {
    var tree = MemoryTree(BackendTests.bare.merging(Self.own) { $1 })
    tree.makeLink(Self.settings, to: target)
    let run = try Run(
      tree, site: try Lab.site(), platform: try #require(Platform.named("el9-rdo")), [InterfacesFixup()])
    #expect(run.findings.contains { $0.text.hasPrefix("\(Self.settings) is no file that NetworkManager can read") })
    #expect(Self.failing(run).contains("who brings up ens33: nobody (\(Self.settings))"))
  }

  @Test("a package's connection of the same priority may be taken, unless it is put out")
  func package() throws {
    let path = "/usr/lib/NetworkManager/system-connections/default.nmconnection"
    let uuid = "5b2b1a5e-3f1a-4a6e-9f5d-1c7a3b2d4e59"
    func text(_ more: String) -> String {
      "[connection]\nid=d\nuuid=\(uuid)\ntype=ethernet\ninterface-name=ens33\n\(more)[ipv4]\nmethod=auto\n"
    }
    let taken = try BackendTests.twice(Self.own.merging([path: text("")]) { $1 }, profile: "el9-rdo").second
    #expect(Self.failing(taken) == ["the connection of ens33: \(path)"])
    try BackendTests.settle(
      Self.own.merging([path: text("autoconnect-priority=-1\n")]) { $1 }, profile: "el9-rdo")
    var tree = MemoryTree(BackendTests.bare.merging(Self.own) { $1 })
    tree.write(path, text(""))
    tree.makeLink("\(Self.connections)/\(uuid).nmmeta", to: "/dev/null")
    #expect(try KeyfileFiles(tree).shadows.isEmpty)
  }

  @Test("a connection that is not root's becomes root's, where the owners are the machine's", arguments: [true, false])
  func owner(_ isRoot: Bool) throws {
    let path = "\(Self.connections)/ens33.nmconnection"
    var tree = MemoryTree(BackendTests.bare.merging(Self.own) { $1 })
    tree.write(path, Self.own[path] ?? "", owner: 1000, group: 1000, mode: 0o600)
    let platform = try #require(Platform.named("el9-rdo"))
    let first = try Run(
      tree, site: try Lab.site(), platform: platform, [InterfacesFixup(), StampFixup()], ownerCanChange: isRoot)
    #expect(first.after.attributes(path)?.owner == (isRoot ? 0 : 1000))
    let who = "who may read \(path)"
    #expect(first.claims.contains { $0.subject == who && $0.seen == "owner 1000, mode 600" } == isRoot)
    let second = try Run(
      first.after, site: try Lab.site(), platform: platform, [InterfacesFixup()], ownerCanChange: isRoot)
    #expect(second.changes.isEmpty && Self.failing(second).isEmpty, "\(Self.failing(second))")
  }
}
