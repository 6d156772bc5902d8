import Support
import Testing

@testable import Fixups

/// netplan makes nothing at all where one value is none that it knows.
@Suite("What netplan refuses") struct NetplanValuesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    /// Below `network:`.
    let text: String
    /// What is told, after the file's name; nil where netplan takes it.
    var told: String?
    /// Whether it is about an interface of the node's, or about all.
    var isOwn = false
    var testDescription: String { text }
  }

  private static func ens33(_ line: String, _ told: String? = nil) -> Row {
    Row(
      text: "  ethernets:\n    ens33:\n      \(line)\n", told: told.map { ":5: \($0)" }, isOwn: told != nil)
  }

  static let rows = [
    ens33("dhcp6: No"), ens33("dhcp6: \"off\""), ens33("mtu: 1500"), ens33("mtu: \"9000\""),
    ens33("renderer: networkd"),
    ens33("optional: perhaps", "optional is \"perhaps\""), ens33("accept-ra: maybe", "accept-ra is \"maybe\""),
    ens33("mtu: \"1500 \"", "mtu is \"1500 \""), ens33("mtu: 1.5k", "mtu is \"1.5k\""),
    ens33("mtu: -1", "mtu is \"-1\""),
    ens33("renderer: network", "renderer is \"network\""),
    Row(text: "  renderer: NetworkManger\n", told: ":3: renderer is \"NetworkManger\"", isOwn: true),
    Row(text: "  vlans:\n", told: ":3: vlans has nothing in it", isOwn: true),
    Row(text: "  vlans: {}\n"),
    Row(
      text: "  bridges:\n    br-x:\n      interfaces: [ens35]\n",
      told: ":5: interfaces names ens35, which no file defines"),
    Row(text: "  ethernets: {ens35: {}}\n  bridges:\n    br-x: {interfaces: [ens35]}\n"),
    Row(text: "  ethernets: {ens35: {}}\n  bonds:\n    bond7:\n      interfaces:\n      - ens35\n"),
    Row(text: "  vlans:\n    v7:\n      id: 7\n      link: ens33\n"),
    Row(text: "  vlans:\n    v7:\n      link: ens33\n", told: ":4: v7 has no id"),
    Row(text: "  vlans:\n    v7:\n      id: seven\n      link: ens33\n", told: ":5: id is \"seven\""),
    Row(
      text: "  vlans:\n    v7:\n      id: 7\n      link: ens39\n", told: ":6: link names ens39, which no file defines"),
  ]

  @Test("as the real netplan does", arguments: rows) func refused(_ row: Row) async throws {
    let other = "/etc/netplan/90-x.yaml"
    let file = "network:\n  version: 2\n\(row.text)"
    let files = [NetplanReaderTests.path: NetplanReaderTests.text(NetplanReaderTests.addresses), other: file]
    let run = try BackendTests.twice(files, profile: "ubuntu2204").second
    let told = run.findings.map(\.text).filter { $0.contains("netplan refuses it") }
    #expect(told.count == (row.told == nil ? 0 : 1), "\(told)")
    if let wanted = row.told { #expect(told.first?.hasPrefix("\(other)\(wanted): ") == true, "\(told)") }
    let wanted = row.isOwn ? ["what netplan makes: nothing (\(other)\(row.told ?? ""))"] : []
    #expect(NetplanReaderTests.failing(run) == wanted)
    // The interfaces that the other file has, in one with it.
    let lacking = ["ens33", "ens34"].filter { !file.contains("    \($0):") }.map { "    \($0): {}\n" }.joined()
    let whole =
      file.contains("  ethernets:\n")
      ? file.replacing("  ethernets:\n", with: "  ethernets:\n\(lacking)")
      : file.contains("{ens35: {}}")
        ? file.replacing("{ens35: {}}", with: "{ens33: {}, ens34: {}, ens35: {}}") : file + "  ethernets:\n\(lacking)"
    guard let isTaken = try await NetworkOracles.takesNetplan(whole) else { return }
    #expect(isTaken == (row.told == nil), "\(whole)")
  }
}
