import Site
import Testing
import Tree

@testable import Fixups

/// NetworkManager falls back on a second connection for an interface where the first fails or is taken down.
@Suite("A second connection for an interface")
struct SecondConnectionTests {
  private static let directory = BackendTests.connections
  private static let second = "\(directory)/ens33-old.nmconnection"

  static func files(_ address: String, _ more: String = "") -> [String: String] {
    [
      "\(directory)/ens33.nmconnection": BackendTests.connection(
        "ens33", "192.168.10.20/24,192.168.10.2", "autoconnect-priority=10"),
      "\(directory)/ens34.nmconnection": BackendTests.connection("ens34", "192.168.20.20/24"),
      second: BackendTests.connection("ens33", address, more).replacing("uuid=6a", with: "uuid=7a"),
    ]
  }

  @Test(
    "of a lower priority, or of the same, becomes what the site says where it has another node's address",
    arguments: ["192.168.10.20", "192.168.10.10"], ["autoconnect-priority=0", "autoconnect-priority=10"])
  func another(_ address: String, _ priority: String) throws {
    let run = try BackendTests.settle(Self.files("\(address)/24,192.168.10.2", priority), profile: "el10-rdo")
    #expect(run.after[Self.second]?.contains("address1=192.168.10.21/24,192.168.10.2\n") == true)
    #expect(run.claims.contains { !$0.holds && $0.seen.contains("by \(Self.directory)/ens33") }, "\(run.claims)")
    #expect(!run.findings.contains { $0.text.contains("it is left as it is") }, "\(run.findings)")
  }

  @Test("that does not come up by itself stays, with what to do with it")
  func off() throws {
    let run = try BackendTests.settle(Self.files("192.168.10.20/24", "autoconnect=false"), profile: "el10-rdo")
    #expect(run.after[Self.second]?.contains("192.168.10.20/24") == true)
    let told = run.findings.filter { $0.text.contains("\(Self.second):") }
    #expect(told.map(\.advice) == ["take it away, or correct it by hand"])
  }

  @Test("with no other node's address stays, and nothing is said", arguments: ["192.168.10.21/24", ""])
  func own(_ address: String) throws {
    var files = Self.files(address, "autoconnect-priority=-5")
    if address.isEmpty {
      files[Self.second] = files[Self.second]?.replacing("address1=\nmethod=manual", with: "method=auto")
    }
    files["/etc/resolv.conf"] = "nameserver 192.168.10.2\n"
    let before = files[Self.second]
    let run = try BackendTests.twice(files, profile: "el10-rdo").second
    #expect(run.changes.isEmpty && run.claims.allSatisfy(\.holds) && run.findings.isEmpty, "\(run.findings)")
    #expect(run.after[Self.second]?.split(separator: "\n").last == before?.split(separator: "\n").last)
  }

  @Test("for whatever card comes first makes verify say no, and stays") func anyCard() throws {
    var files = Self.files("192.168.10.20/24", "autoconnect-priority=-5")
    files[Self.second] = files[Self.second]?.replacing("interface-name=ens33\n", with: "")
    let (_, second) = try BackendTests.twice(files, profile: "el10-rdo")
    #expect(second.claims.contains { !$0.holds && $0.seen.contains("192.168.10.20") }, "\(second.claims)")
    #expect(second.findings.contains { $0.advice == "take it away, or correct it by hand" }, "\(second.findings)")
    #expect(second.changes.isEmpty)
  }

  @Test("of a package's, or beside an ifcfg file, makes verify say no") func elsewhere() throws {
    let package = "/usr/lib/NetworkManager/system-connections/x.nmconnection"
    var files = Self.files("192.168.10.20/24", "autoconnect-priority=-5")
    files[package] = files.removeValue(forKey: Self.second)
    let (_, second) = try BackendTests.twice(files, profile: "el10-rdo")
    #expect(second.claims.filter { !$0.holds }.map(\.seen) == ["192.168.10.20, the address of compute, by \(package)"])
    let ifcfg = [
      "\(IfcfgTests.directory)/ifcfg-ens33": "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n",
      "\(IfcfgTests.directory)/ifcfg-ens34": "DEVICE=ens34\nIPADDR=192.168.20.20\nPREFIX=24\n",
      Self.second: Self.files("192.168.10.20/24", "autoconnect-priority=-5")[Self.second] ?? "",
    ]
    let beside = try BackendTests.twice(ifcfg, profile: "el8-rdo").second
    #expect(
      beside.claims.filter { !$0.holds }.map(\.seen) == ["192.168.10.20, the address of compute, by \(Self.second)"])
    let path = "\(IfcfgTests.directory)/ifcfg-ens33"
    var own = Self.files("192.168.10.20/24")
    own[Self.second] = nil
    own[path] = "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n"
    let other = try BackendTests.twice(own, profile: "el9-rdo").second
    #expect(other.claims.filter { !$0.holds }.map(\.seen) == ["192.168.10.20, the address of compute, by \(path)"])
  }

  @Test("counts among what two machines have in common") func twins() throws {
    var tree = MemoryTree(BackendTests.bare)
    for (path, text) in Self.files("192.168.10.99/24", "autoconnect-priority=0") { tree.write(path, text, mode: 0o600) }
    let template = Template(tree: tree, platform: try #require(Platform.named("el10-rdo")))
    let row = try #require(UniqueThings.table.first { $0.key == "addresses" })
    let values = try row.values(in: template)
    #expect(values.filter { $0.path.description == Self.second }.map(\.shown) == ["192.168.10.99"])
    #expect(values.count == 3, "\(values)")
  }
}
