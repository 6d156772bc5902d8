import Foundation
import Site
import Support
import Testing
import Tree

@testable import Engine

@Suite("The fence")
struct FenceTests {
  @Test("is a file with its reason, raised twice and lifted once") func file() throws {
    let scratch = try Scratch()
    let fence = Fence(of: try Tree(root: scratch.path))
    #expect(try !fence.isRaised)
    #expect(try fence.reason == nil)
    #expect(try !fence.lift())
    try fence.raise(because: "it is a copy\nof compute")
    #expect(try fence.isRaised)
    #expect(try fence.reason == "it is a copy of compute")
    try fence.notify("what to do\n")
    let notice = "\(scratch.path)/run/imprint/notice"
    #expect(FileManager.default.fileExists(atPath: notice))
    try fence.raise(because: "other")
    #expect(try fence.reason == "other")
    #expect(FileManager.default.fileExists(atPath: "\(scratch.path)/run/imprint/fenced"))
    #expect(try fence.lift())
    #expect(try !fence.isRaised)
    #expect(!FileManager.default.fileExists(atPath: notice))
  }

  /// The list that the drop-ins are made from.
  private static func installed() throws -> Set<String> {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../Units/fenced-units")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    return Set(lines.filter { !$0.hasPrefix("#") }.map(String.init))
  }

  @Test(
    "holds back every unit that a profile names, save those that people come in by and logs", arguments: Platform.names)
  func covers(_ name: String) throws {
    let platform = try #require(Platform.named(name))
    let units = Fence.units(of: platform).map(\.description)
    let missing = Set(units).subtracting(try Self.installed())
    #expect(missing.isEmpty, "put these into Units/fenced-units")
    let named = Set(platform.units.map(\.name.description) + platform.neutron.map(\.unit.description))
    #expect(
      named.subtracting(units).subtracting([
        "ssh.service", "sshd.service", "rsyslog.service", "systemd-journald.service",
      ]).isEmpty)
    let first =
      switch platform.networks.first {
      case .ifcfg, nil: "network.service"
      case .ifupdown: "networking.service"
      case .keyfile: "NetworkManager.service"
      case .wicked: "wicked.service"
      case .networkd, .netplan: "systemd-networkd.service"
      }
    #expect(units.first == first)
    #expect(Set(units).count == units.count)
    #expect(try Self.installed().isDisjoint(with: ["ssh.service", "sshd.service"]))
  }
}
