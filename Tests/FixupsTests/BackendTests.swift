import Foundation
import Site
import Support
import Testing
import Tree

@testable import Fixups

/// The lab's node with its interfaces in the files of another backend.
@Suite("NetworkManager, systemd-networkd and netplan")
struct BackendTests {
  static let connections = "/etc/NetworkManager/system-connections"
  static let bare: [String: String] = Lab.compute.filter { !$0.key.hasPrefix("/etc/sysconfig") }

  static func connection(_ name: String, _ address: String, _ more: String = "") -> String {
    """
    [connection]
    id=\(name)
    uuid=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a\(name.suffix(2))
    type=ethernet
    interface-name=\(name)
    \(more)
    [ipv4]
    address1=\(address)
    method=manual

    """
  }

  /// What becomes of the lab's node with these files, and what of that.
  static func twice(
    _ files: [String: String], links: [String: String] = [:], mac: String? = nil, profile: String,
    modes: [String: UInt32] = [:], site: Site? = nil
  ) throws -> (first: Run, second: Run) {
    var site = try site ?? Lab.site()
    if let mac { site.nodes[2].macs[.management] = try MACAddress(mac) }
    var tree = MemoryTree(bare.merging(files) { $1 })
    for (path, mode) in modes { tree.write(path, files[path] ?? "", mode: mode) }
    for (path, target) in links { tree.makeLink(path, to: target) }
    let platform = try #require(Platform.named(profile))
    let fixups: [any Fixup] = [InterfacesFixup(), StampFixup()]
    let first = try Run(tree, site: site, platform: platform, fixups)
    return (first, try Run(first.after, site: site, platform: platform, fixups))
  }

  @discardableResult
  static func settle(
    _ files: [String: String], links: [String: String] = [:], mac: String? = nil, profile: String,
    modes: [String: UInt32] = [:], site: Site? = nil, failing: Set<String> = [],
    location: SourceLocation = #_sourceLocation
  ) throws -> Run {
    let (first, second) = try twice(files, links: links, mac: mac, profile: profile, modes: modes, site: site)
    for change in second.changes {
      Issue.record("a second run changes \(change.path): \(change.reasons)", sourceLocation: location)
    }
    for claim in second.claims where !claim.holds && !failing.contains(claim.subject) {
      Issue.record("\(claim.subject): \(claim.seen), not \(claim.expected)", sourceLocation: location)
    }
    #expect(first.provenance.isCopy, "\(first.provenance.evidence)", sourceLocation: location)
    return first
  }

  // MARK: NetworkManager

  @Test("a connection becomes the node's: address, gateway, UUID, no card of the original's, and 0600") func keyfile()
    throws
  {
    let path = "\(Self.connections)/ens33.nmconnection"
    let run = try Self.settle(
      [
        path: Self.connection(
          "ens33", "192.168.10.20/24,192.168.10.1",
          "[ethernet]\nmac-address=52:54:00:00:00:01\ncloned-mac-address=52:54:00:00:00:01"),
        "\(Self.connections)/ens34.nmconnection": Self.connection("ens34", "192.168.20.20/24"),
      ], profile: "el9-rdo", modes: [path: 0o644])
    #expect(
      run.after[path] == """
        [connection]
        id=ens33
        uuid=01010101-0101-4101-8101-010101010101
        type=ethernet
        interface-name=ens33
        [ethernet]
        [ipv4]
        address1=192.168.10.21/24,192.168.10.2
        method=manual

        """)
    #expect(run.after.attributes(path)?.mode.bits == 0o600)
    #expect(run.after["\(Self.connections)/ens34.nmconnection"]?.contains("192.168.20.21/24") == true)
    #expect(run.findings.isEmpty, "\(run.findings)")
  }

  @Test("a port follows the UUID of its bridge, and has the card that the site says") func bridge() throws {
    let (bridge, port) = ("\(Self.connections)/br.nmconnection", "\(Self.connections)/port.nmconnection")
    let bridgeText = Self.connection("ens33", "192.168.10.20/24").split(separator: "type=ethernet").joined(
      separator: "type=bridge")
    let run = try Self.settle(
      [
        bridge: bridgeText,
        port: """
        [connection]
        id=eth0
        uuid=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3aee
        type=ethernet
        interface-name=eth0
        master=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a33
        slave-type=bridge
        [ethernet]
        mac-address=52:54:00:00:00:01

        """,
        "\(Self.connections)/ens34": Self.connection("ens34", "192.168.20.20/24"),
      ], mac: "52:54:00:00:00:02", profile: "el9-rdo")
    let fresh = run.after[bridge]?.split(separator: "\n").first { $0.hasPrefix("uuid=") }?.dropFirst(5)
    #expect(run.after[port]?.contains("master=\(fresh ?? "?")\n") == true)
    #expect(run.after[port]?.contains("mac-address=52:54:00:00:00:02\n") == true)
    #expect(run.after[bridge]?.contains("mac-address") == false)
  }

  @Test(
    "what stands on a connection that it names by its UUID follows that",
    arguments: ["vlan", "macvlan", "ip-tunnel", "vxlan", "macsec", "ipvlan", "6lowpan"])
  func parent(_ type: String) throws {
    let (card, upper) = ("\(Self.connections)/ens33.nmconnection", "\(Self.connections)/upper.nmconnection")
    let run = try Self.settle(
      [
        card: Self.connection("ens33", "192.168.10.20/24"),
        upper: """
        [connection]
        id=upper
        uuid=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3aee
        type=\(type)
        interface-name=upper0
        [\(type)]
        parent=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a33

        """,
      ], profile: "el9-rdo")
    let fresh = run.after[card]?.split(separator: "\n").first { $0.hasPrefix("uuid=") }?.dropFirst(5)
    #expect(run.after[upper]?.contains("parent=\(fresh ?? "?")\n") == true)
  }

  @Test("where no file has an interface, it goes where the others are") func created() throws {
    let run = try Self.settle(
      ["\(Self.connections)/ens33.nmconnection": Self.connection("ens33", "192.168.10.20/24")], profile: "el8-rdo")
    let path = "\(Self.connections)/ens34.nmconnection"
    #expect(run.after[path]?.contains("address1=192.168.20.21/24\n") == true)
    #expect(run.after.attributes(path)?.mode.bits == 0o600)
  }

  @Test("two that fight over an interface are named, and the platform's first is edited") func fight() throws {
    let keyfile = "\(Self.connections)/ens33.nmconnection"
    let ifcfg = "/etc/sysconfig/network-scripts/ifcfg-ens33"
    let run = try Self.settle(
      [
        keyfile: Self.connection("ens33", "192.168.10.20/24"),
        ifcfg: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n",
      ], profile: "el9-rdo", failing: ["the connection of ens33"])
    #expect(run.after[ifcfg]?.contains("192.168.10.20") == true)
    #expect(run.after[keyfile]?.contains("192.168.10.21") == true)
    #expect(
      run.findings.map(\.text).contains(
        "ens33 is configured by NetworkManager (\(keyfile)) and by ifcfg files (\(ifcfg)), and they fight over it"))
  }

  @Test("a key file that GLib gives up on is refused with its line") func brokenKeyfile() throws {
    let path = "\(Self.connections)/ens33.nmconnection"
    #expect {
      _ = try Self.settle([path: "[connection]\nid=x\nnonsense\n"], profile: "el9-rdo")
    } throws: { "\($0)".hasPrefix("\(path):3: ") }
  }

  @Test("any mixture of a connection's lines settles") func keyfileMixtures() throws {
    let lines = [
      "address1=192.168.10.20/24,192.168.10.2", "address=192.168.10.20/24", "addresses=192.168.10.20/16",
      "address2=192.168.10.30/24", "addresses1=192.168.10.21/24", "gateway=192.168.10.1", "gateway=192.168.10.2",
      "method=auto", "method=manual", "method=disabled", "dns=1.1.1.1;", "address1=192.168.10.21;24;192.168.10.1;",
      "route1=10.0.0.0/8,192.168.10.1", "route=10.0.0.0/8,192.168.10.9,5", "routes2=172.16.0.0/12",
      "route1_options=mtu=9",
    ]
    var random = SeededNumbers(seed: 5)
    for _ in 0..<120 {
      let chosen = (0..<Int.random(in: 0...6, using: &random)).compactMap { _ in lines.randomElement(using: &random) }
      let text = "[connection]\nid=a\ninterface-name=ens33\n[ipv4]\n" + chosen.joined(separator: "\n") + "\n"
      var tree = MemoryTree(Self.bare)
      tree.write("\(Self.connections)/a", text, mode: 0o600)
      try Self.settle(["\(Self.connections)/a": text], profile: "el9-rdo")
      try Self.settle(["\(Self.connections)/a": text], profile: "el9-rdo", site: RouteTests.site())
    }
  }

  // MARK: systemd-networkd

  @Test("a .network and its drop-in become the node's, and the match follows the card") func networkd() throws {
    let (path, dropIn) = (
      "/etc/systemd/network/10-ens33.network", "/etc/systemd/network/10-ens33.network.d/dns.conf"
    )
    let run = try Self.settle(
      [
        path: "[Match]\nMACAddress=52:54:00:00:00:01\nName=ens33\n\n[Network]\nAddress=192.168.10.20/24\n"
          + "Gateway=192.168.10.1\n# kept\n[Route]\nDestination=10.0.0.0/8\nGateway=192.168.10.9\n",
        dropIn: "[Link]\nMTUBytes=1500\nMACAddress=52:54:00:00:00:01\n",
        "/etc/systemd/network/20-ens34.network": "[Match]\nName=ens34\n[Address]\nAddress=192.168.20.20/24\n",
      ], profile: "ubuntu2404")
    #expect(
      run.after[path] == "[Match]\nName=ens33\n\n[Network]\nAddress=192.168.10.21/24\nGateway=192.168.10.2\n# kept\n"
        + "[Route]\nDestination=10.0.0.0/8\nGateway=192.168.10.9\n")
    #expect(run.after[dropIn] == "[Link]\nMTUBytes=1500\n")
    #expect(run.after["/etc/systemd/network/20-ens34.network"]?.contains("Address=192.168.20.21/24") == true)
  }

  @Test("a file that goes before the interface's own, and one of a package, are told") func shadows() throws {
    let own = "/etc/systemd/network/50-ens33.network"
    let tree = MemoryTree(
      Self.bare.merging([
        own: "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n",
        "/usr/lib/systemd/network/10-all.network": "[Match]\nName=en*\n[Network]\nDHCP=yes\n",
      ]) { $1 })
    let run = try Run(
      tree, site: Lab.site(), platform: #require(Platform.named("ubuntu2404")), [InterfacesFixup(), StampFixup()])
    // systemd-networkd would not give it its address, and so no verify says that all is well.
    #expect(run.claims.contains { !$0.holds && $0.subject == "the file of ens33" })
    #expect(
      run.findings.map(\.text).contains(
        "/usr/lib/systemd/network/10-all.network matches ens33 too, and goes before \(own)"))
    #expect {
      _ = try Self.settle(
        ["/usr/lib/systemd/network/10-ens33.network": "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n"],
        profile: "ubuntu2404")
    } throws: { "\($0)".contains("imprint edits files below /etc only") }
  }

  @Test("drop-ins of any directory are read in systemd's order, and an administrator's edited where the value stands")
  func networkdDropIns() async throws {
    let path = "/etc/systemd/network/10-ens33.network"
    var tree = MemoryTree(Self.bare)
    tree.write(path, "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n")
    tree.write(
      "\(path).d/10-way.conf",
      "# way\n[Network]\nGateway=192.168.10.9\n[Route]\nDestination=10.0.0.0/8\nGateway=192.168.10.9\nPreferredSource=192.168.10.20\n"
    )
    // The first is the same name as above, the second is hidden.
    tree.write("/run/systemd/network/10-ens33.network.d/10-way.conf", "[Network]\nGateway=192.168.10.8\n")
    tree.write("/run/systemd/network/10-ens33.network.d/20-more.conf", "[Network]\nAddress=192.168.10.30/24\n")
    tree.makeLink("\(path).d/20-more.conf", to: "/dev/null")
    tree.write("/run/systemd/network/10-ens33.network.d/30-mtu.conf", "[Link]\nMTUBytes=1400\n")
    tree.write("/etc/systemd/network/20-br.netdev", "[NetDev]\nName=br0\nKind=bridge\n")
    tree.write(
      "/etc/systemd/network/20-br.netdev.d/mac.conf", "[NetDev]\nMACAddress=52:54:00:00:00:01\nMTUBytes=1400\n")
    let platform = try #require(Platform.named("ubuntu2404"))
    let run = try Run(tree, site: RouteTests.site(), platform: platform, [InterfacesFixup(), StampFixup()])
    #expect(
      run.after[path]
        == "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.21/24\n\n[Route]\nDestination=172.16.0.0/12\nGateway=192.168.10.3\n"
    )
    let way =
      "# way\n[Network]\nGateway=192.168.10.2\n[Route]\nDestination=10.0.0.0/8\nGateway=192.168.10.1\nPreferredSource=192.168.10.21\nMetric=100\n"
    #expect(run.after["\(path).d/10-way.conf"] == way)
    #expect(run.after["/etc/systemd/network/20-br.netdev.d/mac.conf"] == "[NetDev]\nMTUBytes=1400\n")
    #expect(!run.changes.contains { $0.path.description.hasPrefix("/run/") })
    let again = try Run(run.after, site: RouteTests.site(), platform: platform, [InterfacesFixup(), StampFixup()])
    #expect(again.changes.isEmpty && !again.claims.contains { !$0.holds })

    let scratch = try Scratch()
    for (path, item) in run.after.items where path.description.contains("/systemd/network/") && item.kind == .regular {
      try scratch.write(String(decoding: item.bytes, as: UTF8.self), to: String(path.description.dropFirst()))
    }
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)\(path).d/20-more.conf", withDestinationPath: "/dev/null")
    try await SystemdOracles(root: scratch.path).networkd(
      .init(
        cards: ["ens33": "52:54:00:00:00:02"], addresses: ["ens33": ["192.168.10.21/24"]],
        routes: [
          "ens33": ["default via 192.168.10.2", "10.0.0.0/8 via 192.168.10.1", "172.16.0.0/12 via 192.168.10.3"]
        ]))
  }

  @Test("a drop-in that imprint would have to edit and does not is refused with its path") func foreignDropIn() throws {
    let files = [
      "/etc/systemd/network/1.network": "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n",
      "/usr/lib/systemd/network/1.network.d/way.conf": "[Network]\nGateway=192.168.10.9\n",
    ]
    #expect {
      _ = try Self.settle(files, profile: "ubuntu2404")
    } throws: { "\($0)".hasPrefix("/usr/lib/systemd/network/1.network.d/way.conf configures ens33") }
  }

  @Test("any mixture of a .network's lines settles") func networkdMixtures() throws {
    let lines = [
      "[Network]", "[Address]", "[Route]", "[Link]", "Address=192.168.10.20/24", "Address=192.168.10.21/24",
      "Address=192.168.10.20/16", "Gateway=192.168.10.1", "Gateway=192.168.10.2", "DHCP=yes", "DNS=1.1.1.1",
      "MACAddress=52:54:00:00:00:01", "Broadcast=192.168.10.255", "Destination=0.0.0.0/0", "# comment", "nonsense",
      "Destination=10.0.0.0/8", "Metric=100", "Gateway=192.168.10.3",
    ]
    var random = SeededNumbers(seed: 6)
    for _ in 0..<150 {
      let chosen = (0..<Int.random(in: 0...9, using: &random)).compactMap { _ in lines.randomElement(using: &random) }
      let text = "[Match]\nName=ens33\n" + chosen.joined(separator: "\n") + "\n"
      try Self.settle(["/etc/systemd/network/1.network": text], profile: "ubuntu2204")
      try Self.settle(["/etc/systemd/network/1.network": text], profile: "ubuntu2204", site: RouteTests.site())
    }
  }

  // MARK: netplan

  static let cloudInit = """
    # from cloud-init
    network:
      version: 2
      ethernets:
        ens33:
          match:
            macaddress: "52:54:00:00:00:01"
          addresses:
          - "192.168.10.20/24"
          nameservers:
            addresses:
            - 192.168.10.2
          routes:
          - to: "default"
            via: "192.168.10.1"
          set-name: "ens33"

    """

  @Test("cloud-init's file becomes the node's", arguments: [nil, "52:54:00:00:00:02"] as [String?])
  func netplan(_ mac: String?) throws {
    let path = "/etc/netplan/50-cloud-init.yaml"
    let run = try Self.settle([path: Self.cloudInit], mac: mac, profile: "ubuntu2404")
    let card = mac.map { "macaddress: \"\($0)\"" } ?? "name: ens33"
    #expect(
      run.after[path]
        == Self.cloudInit.split(separator: "macaddress: \"52:54:00:00:00:01\"").joined(separator: card)
        .split(separator: "192.168.10.20").joined(separator: "192.168.10.21")
        .split(separator: "\"192.168.10.1\"").joined(separator: "\"192.168.10.2\""))
    #expect(
      run.after["/etc/netplan/90-ens34.yaml"]
        == "network:\n  version: 2\n  ethernets:\n    ens34:\n      addresses:\n        - 192.168.20.21/24\n")
  }

  @Test("an anchor is refused with its line") func anchor() throws {
    let path = "/etc/netplan/1.yaml"
    #expect {
      _ = try Self.settle([path: "network:\n  ethernets: &x\n    ens33: {}\n"], profile: "ubuntu2404")
    } throws: { "\($0)".hasPrefix("\(path):2: imprint does not edit YAML with an anchor or an alias") }
  }

  @Test("any mixture of a definition's lines settles, or is refused with a line") func netplanMixtures() throws {
    let lines = [
      "addresses: [192.168.10.20/24]", "addresses:\n        - 192.168.10.20/24\n        - 192.168.10.30/24",
      "gateway4: 192.168.10.1",
      "routes:\n        - to: default\n          via: 192.168.10.1\n        - {to: 10.0.0.0/8, via: 192.168.10.9}",
      "routes: [{to: 0.0.0.0/0, via: 192.168.10.2}]", "dhcp4: true", "dhcp4: no", "mtu: 1500",
      "macaddress: 52:54:00:00:00:01",
      "match: {name: ens33}", "match:\n        macaddress: 52:54:00:00:00:01", "optional: true # c", "addresses:",
      "addresses:\n        - 192.168.10.20/24:\n            label: x",
    ]
    var random = SeededNumbers(seed: 9)
    for _ in 0..<150 {
      var chosen: [String] = []
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        guard let line = lines.randomElement(using: &random) else { continue }
        if !chosen.contains(where: { $0.prefix { $0 != ":" } == line.prefix { $0 != ":" } }) { chosen.append(line) }
      }
      let text =
        "network:\n  version: 2\n  ethernets:\n    ens33:\n" + chosen.map { "      \($0)\n" }.joined() + "    ens34:\n"
        + "      addresses: [192.168.20.20/24]\n"
      do {
        try Self.settle(["/etc/netplan/1.yaml": text], profile: "ubuntu2204")
        try Self.settle(["/etc/netplan/1.yaml": text], profile: "ubuntu2204", site: RouteTests.site())
      } catch let error as FixupError {
        #expect(error.description.hasPrefix("/etc/netplan/1.yaml:"), "\(text)\n\(error)")
      }
    }
  }
}
