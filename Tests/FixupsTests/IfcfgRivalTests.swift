import Site
import Testing
import Tree

@testable import Fixups

/// A second ifcfg file for an interface of the node's: the network service brings up both.
@Suite("Two ifcfg files for one interface")
struct IfcfgRivalTests {
  static let other = "\(IfcfgTests.directory)/ifcfg-other"

  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let before: String
    let after: String
    var comesUp = true
  }

  static let rows = [
    Row(
      testDescription: "with the original's address",
      before: "DEVICE=ens33\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n",
      after: "DEVICE=ens33\nONBOOT=yes\n"),
    Row(
      testDescription: "with the original's address among others",
      before:
        "DEVICE=ens33\nIPADDR=10.0.0.1\nPREFIX=24\nIPADDR1=192.168.10.20\nNETMASK1=255.255.255.0\nGATEWAY=10.0.0.9\n",
      after: "DEVICE=ens33\nIPADDR=10.0.0.1\nPREFIX=24\nGATEWAY=10.0.0.9\n"),
    Row(
      testDescription: "with a third node's address in IPv6",
      before: "DEVICE=ens33\nIPV6ADDR=fd00::20/64\nIPV6ADDR_SECONDARIES=\"fd00::7/64 fd00::20/64\"\n",
      after: "DEVICE=ens33\nIPV6ADDR_SECONDARIES=\"fd00::7/64\"\n"),
    Row(
      testDescription: "with somebody's own address", before: "DEVICE=ens33\nIPADDR=10.0.0.1\nPREFIX=24\n",
      after: "DEVICE=ens33\nIPADDR=10.0.0.1\nPREFIX=24\n"),
    Row(
      testDescription: "that does not come up at boot",
      before: "DEVICE=ens33\nONBOOT=no\nIPADDR=192.168.10.20\nPREFIX=24\n", after: "DEVICE=ens33\nONBOOT=no\n",
      comesUp: false),
  ]

  @Test("one", arguments: rows) func rival(_ row: Row) throws {
    var site = try Lab.site()
    site.nodes[1].addresses[.management]?.append(try IPAddress("fd00::20"))
    let platform = try Lab.platform()
    let first = try Run(Lab.tree([Self.other: row.before]), site: site, platform: platform, [InterfacesFixup()])
    let second = try Run(first.after, site: site, platform: platform, [InterfacesFixup()])
    #expect(first.after[Self.other] == row.after)
    #expect(second.after[Self.other] == row.after)
    #expect(first.after[IfcfgTests.path]?.contains("IPADDR=\"192.168.10.21\"") == true)
    for run in [first, second] {
      let claim = run.claims.first { $0.subject == "the file of ens33" }
      #expect((claim != nil) == row.comesUp)
      #expect(claim.map { !$0.holds && $0.expected == IfcfgTests.path && $0.seen == Self.other } ?? true)
      #expect(run.findings.contains { $0.text.hasPrefix("\(Self.other) is for ens33 too") } == row.comesUp)
    }
  }

  @Test(
    "what a package or a tool left aside is one to whoever reads it",
    arguments: [
      ("rpmsave", true, false, true), ("rpmsave", false, true, false), ("old", true, true, true),
      ("augnew", true, false, false), ("augnew", false, true, true), ("rej", true, false, false),
      ("augtmp", true, true, true), ("rpmnew", true, true, false), ("orig", true, true, false),
    ])
  func leftAside(_ ending: String, _ hasManager: Bool, _ hasScripts: Bool, _ isRival: Bool) throws {
    let path = "\(IfcfgTests.path).\(ending)"
    let text = "DEVICE=ens33\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\n"
    var files = [path: text]
    if hasManager { files["/usr/sbin/NetworkManager"] = "" }
    if hasScripts { files["/etc/rc.d/init.d/network"] = "" }
    let first = try Run(Lab.tree(files), site: Lab.site(), platform: Lab.platform(), [InterfacesFixup()])
    let run = try Run(first.after, site: Lab.site(), platform: Lab.platform(), [InterfacesFixup()])
    #expect(run.after[path] == text)
    #expect(NetworkManagerReaderTests.failing(run) == (isRival ? ["the file of ens33: \(path)"] : []))
    #expect(run.findings.contains { $0.text.hasPrefix("\(path) is for ens33 too") } == isRival)
  }

  @Test("one that is tied to the original's card is none, after an apply too", arguments: [nil, "52:54:00:00:00:21"])
  func tied(_ mac: String?) throws {
    var site = try Lab.site()
    if let mac { site.nodes[2].macs[.management] = try MACAddress(mac) }
    let text = "DEVICE=ens33\nHWADDR=52:54:00:00:00:20\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\n"
    let fixups: [any Fixup] = [InterfacesFixup(), StampFixup()]
    let first = try Run(Lab.tree([Self.other: text]), site: site, platform: Lab.platform(), fixups)
    let second = try Run(first.after, site: site, platform: Lab.platform(), fixups)
    for run in [first, second] {
      #expect(run.after[Self.other] == text)
      #expect(!run.claims.contains { $0.subject == "the file of ens33" })
    }
    #expect(first.findings.contains { $0.text.hasPrefix("\(Self.other):2: HWADDR is for the card") })
    #expect(second.provenance.origin == .own)
  }

  @Test(
    "another interface that comes up with another node's address fails verify, and what does not come up, or is nobody's, does not",
    arguments: [
      ("DEVICE=eth9\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\n", "192.168.10.20, the address of compute"),
      ("DEVICE=eth9\nONBOOT=yes\nIPADDR1=192.168.10.10\nPREFIX1=24\n", "192.168.10.10, the address of controller"),
      ("DEVICE=eth9\nONBOOT=no\nIPADDR=192.168.10.20\nPREFIX=24\n", nil),
      ("DEVICE=eth9\nONBOOT=yes\nIPADDR=10.9.9.9\nPREFIX=24\n", nil),
    ])
  func elsewhere(_ text: String, _ seen: String?) throws {
    let path = "\(IfcfgTests.directory)/ifcfg-eth9"
    let first = try Run(Lab.tree([path: text]), site: Lab.site(), platform: Lab.platform(), [InterfacesFixup()])
    let second = try Run(first.after, site: Lab.site(), platform: Lab.platform(), [InterfacesFixup()])
    #expect(second.after[path] == text)
    #expect(
      second.claims.filter { !$0.holds }.map { "\($0.subject): \($0.seen)" }
        == (seen.map { ["addresses of eth9: \($0)"] } ?? []))
  }
}
