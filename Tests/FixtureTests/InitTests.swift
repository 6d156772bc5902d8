import Foundation
import Support
import Testing

/// `imprint init` on the fixtures' own trees, as a program and as its answer is read by others.
@Suite("A site from a fixture's tree")
struct InitTests {
  private static let expected: [(fixture: String, site: [String: String])] = [
    (
      "tutorial-compute",
      [
        "nodes.compute.addresses.management": "192.168.10.20", "nodes.compute.addresses.tunnel": "192.168.20.20",
        "networks.management.interface": "ens33", "networks.tunnel.interface": "ens34",
        "networks.management.gateway": "192.168.10.2", "nodes.controller.role": "controller",
      ]
    ),
    (
      "debian12-compute",
      [
        "nodes.compute.addresses.management": "192.168.10.20", "nodes.compute.addresses.tunnel": "192.168.20.20",
        "networks.management.interface": "ens33", "networks.tunnel.interface": "ens34",
      ]
    ),
    (
      "messy-compute",
      [
        "nodes.renamedbyhandonafriday.addresses.management": "192.168.10.20",
        "nodes.renamedbyhandonafriday.addresses.tunnel": "192.168.20.20", "networks.management.interface": "ens33",
        "networks.management.subnet": "192.168.10.0/24", "nodes.controller.role": "controller",
      ]
    ),
    (
      "already-right",
      ["nodes.compute2.addresses.management": "192.168.10.21", "nodes.compute2.addresses.tunnel": "192.168.20.21"]
    ),
  ]

  private struct Plan: Decodable {
    struct Change: Decodable { var path: String }
    var changes: [Change]
  }

  @Test(arguments: expected.map(\.fixture))
  func describesTheNode(_ name: String) async throws {
    let run = try await FixtureRun(Fixture(name: name))
    let made = try await Imprint.run(["init", "--root", run.root]).succeeded("init")
    #expect(made.output.isEmpty && made.error.contains("add the clone"))
    let site = "\(run.root)/etc/imprint/site.toml"
    let said = try await flat(site)
    let wanted = try #require(Self.expected.first { $0.fixture == name }).site
    for (key, value) in wanted { #expect(said[key] == value, "\(key) in \(said)") }

    let node = try #require(firstNode(in: site))
    let plan = try await Imprint.run(["plan", node, "--root", run.root, "--format", "json"])
      .succeeded("plan")
    let paths = try JSONDecoder().decode(Plan.self, from: Data(plan.output.utf8)).changes.map(\.path)
    // The messy one says its address twice, with two prefixes.
    let network =
      name == "messy-compute" ? [] : paths.filter { $0.contains("/network-scripts/") || $0.contains("/etc/network/") }
    #expect(network == [])

    let again = try await Imprint.run(["init", "--root", run.root])
    #expect(again.status == 73 && again.error.contains("there is a site file"))
    #expect(
      try await Imprint.run(["init", "--root", run.root, "--site", "-"]).output
        == String(contentsOfFile: site, encoding: .utf8))
  }

  /// The node itself comes first in what init writes.
  private func firstNode(in site: String) -> String? {
    (try? String(contentsOfFile: site, encoding: .utf8))?.split(separator: "[nodes.").dropFirst().first.map {
      String($0.prefix { $0 != "]" })
    }
  }

  /// The values by their dotted keys, as Python reads them.
  private func flat(_ file: String) async throws -> [String: String] {
    let script = """
      import json, sys, tomllib
      def walk(value, key):
        if isinstance(value, dict):
          for name, inner in value.items(): yield from walk(inner, f"{key}.{name}" if key else name)
        else: yield key, str(value)
      print(json.dumps(dict(walk(tomllib.load(open(sys.argv[1], "rb")), ""))))
      """
    let json = try await RealProgram.needed("python3").run(["-c", script, file]).succeeded(file).output
    return try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
  }
}
