import Foundation
import Support
import Testing

/// The service at its real addresses, in a network of the test's own.
@Suite("169.254.169.254 and its IPv6 twin")
struct LinkLocalTests {
  /// A peer's, at the IPv6 address, or at both with a way to the other.
  private static func service(
    on peer: NetworkNamespace, for node: NetworkNamespace, _ hasIPv4: Bool, in scratch: Scratch
  ) async throws -> LoopbackServer {
    let tree = try MetadataTree(in: scratch)
    for namespace in [node, peer] { try await namespace.ip("link set lo up") }
    try await peer.ip("addr add fe80::a9fe:a9fe/64 dev ens33 nodad")
    if hasIPv4 {
      try await peer.ip("addr add 169.254.169.254/16 dev ens33")
      try await node.ip("addr add 169.254.10.20/16 dev ens33")
    }
    let bind = hasIPv4 ? "169.254.169.254" : "fe80::a9fe:a9fe%ens33"
    let service = try await LoopbackServer(
      "MetadataTests/Servers/service.py", [tree.root, "--bind", bind, "--port", "80"], in: scratch, namespace: peer)
    #expect(service.port == 80)
    return service
  }

  @Test("are found, and also with the twin alone", arguments: [true, false])
  func found(_ hasIPv4: Bool) async throws {
    try await NetworkNamespace.pair { node, peer in
      let scratch = try Scratch()
      let service = try await Self.service(on: peer, for: node, hasIPv4, in: scratch)
      defer { withExtendedLifetime(service) {} }
      let outcome = try await node.run(Imprint.program.path, ["metadata", "--source", "service"])
      #expect(outcome.status == 0, "\(outcome.said)")
      let place = hasIPv4 ? "http://169.254.169.254" : "http://[fe80::a9fe:a9fe] on ens33"
      #expect(outcome.output.hasPrefix("the metadata service \(place)  version 2033-03-03"), "\(outcome.said)")
    }
  }

  @Test("are asked past every proxy that the environment names; that one hears nothing", arguments: [true, false])
  func proxies(_ hasIPv4: Bool) async throws {
    try await NetworkNamespace.pair { node, peer in
      let scratch = try Scratch()
      let service = try await Self.service(on: peer, for: node, hasIPv4, in: scratch)
      defer { withExtendedLifetime(service) {} }
      let heard = "\(scratch.path)/heard"
      let proxy = try await LoopbackServer("MetadataTests/Servers/proxy.py", [heard], in: scratch, namespace: node)
      let url = "http://127.0.0.1:\(proxy.port)"
      let names = ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"]
      for set in names.map({ [$0] }) + [names] {
        for exceptions in ["", "localhost", "*"] {
          var environment = Dictionary(uniqueKeysWithValues: set.map { ($0, url) })
          for name in ["no_proxy", "NO_PROXY"] { environment[name] = exceptions }
          let outcome = try await node.run(
            Imprint.program.path, ["metadata", "--source", "service", "--versions"], environment: environment)
          #expect(outcome.status == 0 && outcome.output.contains("2033-03-03"), "\(environment): \(outcome.said)")
        }
      }
      #expect(!FileManager.default.fileExists(atPath: heard))
      // It does hear who uses it.
      let curl = try await node.run(
        try RealProgram.needed("python3").path,
        ["-c", "import urllib.request; urllib.request.urlopen('http://169.254.169.254/openstack', timeout=10)"],
        environment: ["http_proxy": url])
      #expect(curl.status != 0)
      #expect(try String(contentsOfFile: heard, encoding: .utf8) == "GET http://169.254.169.254/openstack\n")
    }
  }

  @Test("nobody there is said within the limit") func nobody() async throws {
    try await NetworkNamespace.pair { node, _ in
      let outcome = try await node.run(Imprint.program.path, ["metadata", "--source", "service"])
      #expect(outcome.status == 69)
      #expect(
        outcome.error.contains("no metadata service answers: http://169.254.169.254: cannot connect"), "\(outcome.said)"
      )
    }
  }
}
