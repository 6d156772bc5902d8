import Site
import Support
import Testing
import Tree

@testable import Fixups

/// `Host=` of [Match]: which of several machines a file of systemd-networkd's is for.
@Suite("systemd-networkd's files for one machine") struct NetworkdHostTests {
  private static let networkd = ReaderChoiceTests.networkd
  private static let id = "0123456789abcdef0123456789abcdef"

  private static func text(_ match: String, _ number: Int) -> String {
    "[Match]\nName=ens33\n\(match)\n[Network]\nAddress=192.168.10.\(number)/24\nGateway=192.168.10.2\n"
  }

  /// A copy of compute that becomes compute2, with all that has to do with its name; then once more.
  private static func twice(_ files: [String: String]) throws -> (first: Run, second: Run) {
    let tree = MemoryTree(
      BackendTests.bare.merging(ReaderChoiceTests.tunnel) { $1 }.merging(["/etc/machine-id": "\(id)\n"]) { $1 }
        .merging(files) { $1 })
    let platform = try #require(Platform.named("debian12"))
    let fixups: [any Fixup] = [MachineIdentity(), HostnameFixup(), InterfacesFixup(), StampFixup()]
    let first = try Run(tree, site: Lab.site(), platform: platform, fixups)
    return (first, try Run(first.after, site: Lab.site(), platform: platform, fixups))
  }

  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// By the file's name: what [Match] says besides the interface, and the address's last number.
    let before: [String: (match: String, number: Int)]
    /// Those that change.
    let after: [String: (match: String, number: Int)]
    /// What systemd-networkd goes by on compute2.
    let taken: String
    /// Whether one behind it has the original's address still, and is told.
    var isTold = false
  }

  static let rows = [
    Row(
      testDescription: "one before it that is another machine's",
      before: ["10-a.network": ("Host=controller\n", 10), "20-b.network": ("", 20)], after: ["20-b.network": ("", 21)],
      taken: "20-b.network"),
    Row(
      testDescription: "the original's alone, which becomes this one's",
      before: ["10-a.network": ("Host=compute\n", 20), "20-b.network": ("", 99)],
      after: ["10-a.network": ("Host=compute2\n", 21)], taken: "10-a.network", isTold: true),
    Row(
      testDescription: "whatever the case",
      before: ["10-a.network": ("Host=Compute\n", 20)], after: ["10-a.network": ("Host=compute2\n", 21)],
      taken: "10-a.network"),
    Row(
      testDescription: "a pattern that both meet",
      before: ["10-a.network": ("Host=comp*\n", 20)], after: ["10-a.network": ("Host=comp*\n", 21)],
      taken: "10-a.network"),
    Row(
      testDescription: "a pattern that the copy meets no more",
      before: ["10-a.network": ("Host=comput[e]\n", 20)], after: ["10-a.network": ("Host=compute2\n", 21)],
      taken: "10-a.network"),
    Row(
      testDescription: "any machine but another", before: ["10-a.network": ("Host=!controller\n", 20)],
      after: ["10-a.network": ("Host=!controller\n", 21)], taken: "10-a.network"),
    Row(
      testDescription: "any machine but this one", before: ["10-a.network": ("Host=!compute2\n", 20)],
      after: ["10-a.network": ("Host=compute2\n", 21)], taken: "10-a.network"),
    Row(
      testDescription: "any machine but the original",
      before: ["10-a.network": ("Host=!compute\n", 99), "20-b.network": ("", 20)],
      after: ["10-a.network": ("Host=!compute\n", 21)], taken: "10-a.network", isTold: true),
    Row(
      testDescription: "one for each of several machines",
      before: [
        "10-a.network": ("Host=compute\n", 20), "10-b.network": ("Host=compute2\n", 99),
        "10-c.network": ("Host=controller\n", 10),
      ], after: ["10-b.network": ("Host=compute2\n", 21)], taken: "10-b.network"),
    Row(
      testDescription: "the original's machine-id",
      before: ["10-a.network": ("Host=\(id)\n", 20)], after: ["10-a.network": ("Host=compute2\n", 21)],
      taken: "10-a.network"),
    Row(
      testDescription: "another's machine-id",
      before: ["10-a.network": ("Host=11111111-1111-1111-1111-111111111111\n", 10), "20-b.network": ("", 20)],
      after: ["20-b.network": ("", 21)], taken: "20-b.network"),
    Row(
      testDescription: "the last word counts, and an empty one takes all back",
      before: [
        "10-a.network": ("Host=compute2\nHost=controller\n", 10), "20-b.network": ("Host=controller\nHost=\n", 20),
      ], after: ["20-b.network": ("Host=controller\nHost=\n", 21)], taken: "20-b.network"),
  ]

  @Test("are read as this machine reads them", arguments: rows)
  func row(_ row: Row) async throws {
    func files(_ said: [String: (match: String, number: Int)]) -> [String: String] {
      Dictionary(
        uniqueKeysWithValues: said.map { ("\(Self.networkd)/\($0.key)", Self.text($0.value.match, $0.value.number)) })
    }
    let runs = try Self.twice(files(row.before))
    let wanted = files(row.before).merging(files(row.after)) { $1 }
    for (path, text) in wanted { #expect(runs.first.after[path] == text, "\(path)") }
    #expect(runs.second.changes.isEmpty && NetworkdReaderTests.failing(runs.second) == [])
    // Nobody hears of what is another machine's.
    let told = runs.first.findings.filter { $0.text.contains(Self.networkd) }
    #expect(told.allSatisfy { $0.text.contains("20-b.network:5 gives ens33") } && told.isEmpty != row.isTold, "\(told)")

    let scratch = try Scratch()
    for path in wanted.keys { try scratch.write(runs.first.after[path] ?? "", to: String(path.dropFirst())) }
    try scratch.write(runs.first.after["/etc/machine-id"] ?? "", to: "etc/machine-id")
    try await SystemdOracles(root: scratch.path).networkd(
      .init(
        cards: ["ens33": "52:54:00:00:00:02"], addresses: ["ens33": ["192.168.10.21/24"]],
        files: ["ens33": "\(Self.networkd)/\(row.taken)"], hostname: "compute2"))
  }

  @Test("a bridge that is made on the original alone, its file and a drop-in of that follow") func devices() throws {
    let (netdev, port) = ("\(Self.networkd)/br0.netdev", "\(Self.networkd)/30-port.network")
    let dropIn = "\(Self.networkd)/20-b.network.d/host.conf"
    let files = [
      netdev: "[Match]\nHost=compute\n[NetDev]\nName=br0\nKind=bridge\n",
      port: "[Match]\nName=ens35\nHost=compute\n[Network]\nBridge=br0\n",
      "\(Self.networkd)/other.netdev": "[Match]\nHost=controller\n[NetDev]\nName=br1\nKind=bridge\n",
      "\(Self.networkd)/20-b.network": Self.text("", 20), dropIn: "[Match]\nHost=compute\n",
    ]
    let runs = try Self.twice(files)
    for path in [netdev, port, dropIn] {
      #expect(runs.first.after[path] == files[path]?.replacing("Host=compute", with: "Host=compute2"))
      #expect(runs.first.claims.contains { $0.subject == "host of \(path)" && !$0.holds })
    }
    #expect(runs.first.after["\(Self.networkd)/20-b.network"] == Self.text("", 21))
    #expect(runs.first.changes.filter { $0.path.description.hasPrefix(Self.networkd) }.count == 5)
    #expect(runs.second.changes.isEmpty && NetworkdReaderTests.failing(runs.second) == [])
  }

  @Test("a drop-in for another machine leaves netplan's file to that") func netplan() throws {
    func failing(_ host: String) throws -> [String] {
      let files = NetworkdReaderTests.netplan.merging([NetworkdReaderTests.dropIn: "[Match]\nHost=\(host)\n"]) { $1 }
      return NetworkdReaderTests.failing(try BackendTests.twice(files, profile: "ubuntu2404").second)
    }
    let said = "nobody (\(NetworkdReaderTests.dropIn):2 says Host=controller)"
    #expect(try failing("controller") == ["who brings up ens33: \(said)"])
    #expect(try failing("compute") == [] && failing("!controller") == [])
  }

  @Test("a short name was never met by a machine that has a full one") func full() throws {
    let files = [
      "/etc/hostname": "compute.lab.example.com\n",
      "\(Self.networkd)/10-a.network": Self.text("Host=compute\n", 20),
      "\(Self.networkd)/20-b.network": Self.text("Host=compute.*\n", 20),
      "\(Self.networkd)/30-c.network": "[Match]\nName=ens35\nHost=compute.lab.example.com\n[Network]\nDHCP=yes\n",
    ]
    let runs = try Self.twice(files)
    #expect(runs.first.after["\(Self.networkd)/10-a.network"] == files["\(Self.networkd)/10-a.network"])
    #expect(
      runs.first.after["\(Self.networkd)/20-b.network"] == Self.text("Host=compute2.lab.example.com\n", 21))
    #expect(
      runs.first.after["\(Self.networkd)/30-c.network"]?.contains("\nHost=compute2.lab.example.com\n") == true)
    #expect(runs.second.changes.isEmpty && NetworkdReaderTests.failing(runs.second) == [])
  }

  @Test("another machine's addresses are not the original's") func survey() throws {
    let files = BackendTests.bare.merging([
      "\(Self.networkd)/10-a.network": Self.text("Host=controller\n", 10),
      "\(Self.networkd)/20-b.network": Self.text("", 20),
    ]) { $1 }
    let survey = try InterfaceSurvey(#require(Platform.named("debian12")), MemoryTree(files))
    #expect(survey.interfaces.map { $0.addresses.map(\.address.description) } == [["192.168.10.20"]])
  }
}
