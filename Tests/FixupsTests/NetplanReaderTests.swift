import Site
import Testing
import Tree

@testable import Fixups

/// What netplan makes of files that look like others: names, patterns, masks.
@Suite("What netplan reads") struct NetplanReaderTests {
  static let path = "/etc/netplan/50-cloud-init.yaml"

  static func text(_ ens33: String) -> String {
    "network:\n  version: 2\n  ethernets:\n    ens33:\n\(ens33)    ens34:\n      addresses: [192.168.20.20/24]\n"
  }
  static let addresses = "      addresses: [192.168.10.20/24]\n      routes: [{to: default, via: 192.168.10.2}]\n"

  static func failing(_ run: Run) -> [String] {
    run.claims.filter { !$0.holds }.map { "\($0.subject): \($0.seen)" }
  }

  @Test(
    "a definition for whatever matches that has the address is edited where it stands",
    arguments: ["ens3[3]", "ens3[!4]", "en?33", "ens[0-9]3"])
  func pattern(_ pattern: String) throws {
    let files = [Self.path: Self.text("      match: {name: \"\(pattern)\"}\n" + Self.addresses)]
    let run = try BackendTests.settle(files, profile: "ubuntu2404")
    #expect(run.after[Self.path]?.contains("addresses: [192.168.10.21/24]") == true)
    #expect(run.after["/etc/netplan/90-ens33.yaml"] == nil)
  }

  @Test(
    "netplan's words are known",
    arguments: [
      "emit-lldp: true", "optional: true", "wakeonlan: true", "ipv6-mtu: 1400", "receive-checksum-offload: no",
    ])
  func words(_ line: String) throws {
    let files = [
      Self.path: Self.text(Self.addresses + "      \(line)\n"),
      "/etc/netplan/60-nm.yaml": "network:\n  nm-devices: {}\n  tunnels:\n    t0: {mode: gre, do-not-fragment: true}\n",
    ]
    let run = try BackendTests.settle(files, profile: "ubuntu2404")
    #expect(
      !run.findings.contains { $0.text.contains("60-nm.yaml") || $0.text.contains("has no key") }, "\(run.findings)")
  }

  @Test("beside a definition of the interface's name that is for others a new one has a name and a file of its own")
  func taken() throws {
    let files = [
      Self.path: Self.text("      match: {name: \"ens33*\"}\n      dhcp4: true\n"),
      "/etc/netplan/90-ens33.yaml": "network: {version: 2}\n",
    ]
    let run = try BackendTests.settle(files, profile: "ubuntu2404")
    let new = run.after["/etc/netplan/90-imprint-ens33.yaml"] ?? ""
    #expect(new.contains("    00-ens33:\n      match:\n        name: ens33\n"), "\(new)")
    #expect(run.after[Self.path]?.contains("dhcp4: true") == true)
  }

  @Test("the UUID that NetworkManager's own definition has is renewed as a keyfile's")
  func uuid() throws {
    let old = "5b2b1a5e-3f1a-4a6e-9f5d-1c7a3b2d4e51"
    let path = "/etc/netplan/90-NM-\(old).yaml"
    let text = """
      network:
        version: 2
        ethernets:
          NM-\(old):
            renderer: NetworkManager
            match:
              name: "ens33"
            addresses:
            - "192.168.10.20/24"
            networkmanager:
              uuid: "\(old)"
              name: "mgmt"
              passthrough:
                ipv4.address1: "192.168.10.20/24,192.168.10.2"
                ipv4.method: "manual"
          NM-2:
            match: {name: ens35}
            networkmanager: {uuid: 5b2b1a5e-3f1a-4a6e-9f5d-1c7a3b2d4e52, passthrough: {connection.master: \(old)}}

      """
    let files = [
      path: text, "/etc/netplan/60-t.yaml": "network:\n  ethernets:\n    ens34: {addresses: [192.168.20.20/24]}\n",
    ]
    let run = try BackendTests.settle(files, profile: "ubuntu2404")
    let after = try #require(run.after[path])
    let lines = after.split(separator: "\n").filter { $0.contains("uuid") }
    #expect(lines.count == 2 && lines.allSatisfy { !$0.contains("5b2b1a5e") }, "\(after)")
    #expect(after.contains("    NM-\(old):\n"))
    let fresh = lines.first?.split(separator: "\"").last ?? "?"
    #expect(after.contains("connection.master: \"\(fresh)\""), "\(after)")
  }

  @Test("a file of a name hides those of the next directories, a link to /dev/null too", arguments: ["/dev/null", ""])
  func masks(_ target: String) throws {
    var tree = MemoryTree(
      BackendTests.bare.merging([
        "/lib/netplan/00-a.yaml": "network:\n  version: 2\n  ethernets:\n    ens33: {dhcp4: true}\n",
        Self.path: Self.text(Self.addresses),
      ]) { $1 })
    let mask = "/etc/netplan/00-a.yaml"
    if target.isEmpty { tree.write(mask, "# nothing\n") } else { tree.makeLink(mask, to: target) }
    let run = try Run(
      tree, site: try Lab.site(), platform: try #require(Platform.named("ubuntu2404")), [InterfacesFixup()])
    #expect(run.after[Self.path]?.contains("192.168.10.21/24") == true)
  }

  @Test("what netplan cannot read keeps it from making anything")
  func unreadable() throws {
    var tree = MemoryTree(BackendTests.bare.merging([Self.path: Self.text(Self.addresses)]) { $1 })
    tree.makeLink("/etc/netplan/90-x.yaml", to: "/nowhere")
    let run = try Run(
      tree, site: try Lab.site(), platform: try #require(Platform.named("ubuntu2404")), [InterfacesFixup()])
    #expect(run.findings.contains { $0.text.hasPrefix("/etc/netplan/90-x.yaml is no file that netplan can read") })
    #expect(Self.failing(run).contains("what netplan makes: nothing (/etc/netplan/90-x.yaml)"))
  }

  @Test(
    "a list in brackets over several lines is edited where it stands",
    arguments: [
      "      addresses: [\n        192.168.10.20/24, # own\n      ]\n",
      "      addresses:\n        [192.168.10.20/24]\n",
      "      addresses:\n      - 192.168.10.20/24\n      nameservers: {\n        addresses: [1.1.1.1,\n  9.9.9.9] }\n",
    ])
  func spread(_ addresses: String) throws {
    let route = "      routes: [{to: default, via: 192.168.10.2}]\n"
    let run = try BackendTests.settle([Self.path: Self.text(addresses + route)], profile: "ubuntu2404")
    let wanted = Self.text(addresses.replacing("10.20", with: "10.21") + route).replacing("20.20/24", with: "20.21/24")
    #expect(run.after[Self.path] == wanted)
  }

  @Test(
    "what cannot be edited is said with what it is",
    arguments: [
      (
        "{\"network\": {\"version\": 2,\n  \"ethernets\": {\"ens33\": {}}}}\n", 1,
        "a flow collection in place of lines"
      ),
      ("{network: {version: 2}}\n", 1, "a flow collection in place of lines"),
      ("network:\n  {a: b}: c\n", 2, "a collection in place of a key"),
    ])
  func collections(_ text: String, _ line: Int, _ reason: String) throws {
    let error = try #require(throws: FixupError.self) {
      try BackendTests.settle([Self.path: text], profile: "ubuntu2404")
    }
    #expect(
      error.description.hasPrefix("\(Self.path):\(line): imprint does not edit YAML with \(reason); write it in block"),
      "\(error)")
  }

  @Test(
    "a word that netplan does not know is told, and of an interface of the node's it is no",
    arguments: [
      ("    ens33:\n      adresses: [192.168.10.21/24]\n", 5, "adresses", true),
      ("    ens33:\n      match: {nam: ens33}\n", 5, "nam", true),
      ("    ens35:\n      dhpc4: true\n", 5, "dhpc4", false),
      ("  ethernet:\n    ens35: {dhcp4: true}\n", 4, "ethernet", false),
      ("    ens33:\n      addresses: []\n", 0, "", false),
    ])
  func unknown(_ text: String, _ line: Int, _ key: String, _ isOwn: Bool) throws {
    let other = "/etc/netplan/90-x.yaml"
    let files = [
      Self.path: Self.text(Self.addresses),
      other: "network:\n  version: 2\n  ethernets:\n\(text)".replacing(
        "  ethernets:\n  ethernet:", with: "  wifis: {}\n  ethernet:"),
    ]
    let run = try BackendTests.twice(files, profile: "ubuntu2204").second
    let told = run.findings.filter { $0.text.hasPrefix("\(other):\(line): netplan has no key \(key)") }
    #expect(told.isEmpty == key.isEmpty, "\(run.findings)")
    let wanted = isOwn ? ["what netplan makes: nothing (\(other):\(line) has \(key))"] : []
    #expect(Self.failing(run) == wanted)
  }
}
