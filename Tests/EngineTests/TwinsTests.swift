import Cluster
import Fixups
import Live
import Site
import Support
import Testing

@testable import Engine

/// What peers show of themselves, beside what this node shows.
@Suite("Twins")
struct TwinsTests {
  static let own = Uniques([
    .machineID: ["32a0e5c5d5d94c5c9d5f0a8f5f2c7a11"], .hostKey: ["ssh-ed25519 AAAA", "ssh-rsa AAAB"],
    .card: ["52:54:00:00:00:21"], .address: ["192.168.10.21", "192.168.122.1"],
  ])

  static func testimony(_ peers: [(String, Result<Uniques, PeerFailure>)]) throws -> Testimony {
    Twins.testimony(
      of: try NodeName("compute2"), own, try peers.map { PeerUniques(name: try NodeName($0.0), answer: $0.1) })
  }

  @Test("that share one of several host keys, or a machine-id, are named") func shared() throws {
    let testimony = try Self.testimony([
      ("compute", .success(Uniques([.machineID: ["32a0e5c5d5d94c5c9d5f0a8f5f2c7a11"], .hostKey: ["ssh-rsa AAAB"]]))),
      ("compute3", .success(Uniques([.hostKey: ["ssh-rsa AAAB"], .card: ["52:54:00:00:00:22"]]))),
    ])
    #expect(
      testimony.claims.filter { !$0.holds }.map { "\($0.subject): \($0.seen)" } == [
        "machine-id of compute2: also that of compute", "SSH host key of compute2: also that of compute, compute3",
      ])
    #expect(testimony.claims.filter(\.holds).map(\.subject) == ["MAC address of compute2", "address of compute2"])
  }

  @Test("who could not be asked is said, and nobody asked is no proof") func unreachable() throws {
    let testimony = try Self.testimony([("compute", .failure(.unreadable("its answer is not one")))])
    #expect(testimony.claims.isEmpty)
    #expect(!testimony.isWell)
    #expect(testimony.findings.map(\.text) == ["compute was not asked whether it is a twin: its answer is not one"])
  }

  @Test("addresses outside of the site's networks, such as libvirt's own, are nobody's") func ownNetworks() throws {
    let site = try Site.parse(
      Array(
        """
        [networks.management]
        subnet = "192.168.10.0/24"
        [nodes.compute2]
        role = "compute"
        addresses = { management = "192.168.10.21" }
        """.utf8), file: "site.toml", profiles: [])
    #expect(Self.own.within(site).values[.address] == ["192.168.10.21"])
  }

  @Test("this machine shows what it is") func thisMachine() async throws {
    let own = try #require(try await onThread { try LiveActor.run { try await Uniques.own() } })
    #expect(own.shared(with: own).isSubset(of: Uniques.Kind.allCases))
    #expect(own.values[.card]?.allSatisfy { (try? MACAddress($0)) != nil } ?? true)
    #expect(own.values[.address]?.allSatisfy { (try? IPAddress($0)) != nil } ?? true)
  }

}
