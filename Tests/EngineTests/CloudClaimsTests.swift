import Cluster
import Engine
import Fixups
import Site
import Testing

@Suite("What the cloud should say of a node")
struct CloudClaimsTests {
  static let id = "ace800c0-e850-4a1a-b886-84e227e190a0"
  static let node = CloudExpectation(names: ["compute2"], myIP: try? IPAddress("192.168.10.21"))
  static let well = CloudView(
    hypervisors: [
      .init(id: "db6cf38c", name: "compute", hostIP: "192.168.10.20", state: "up", status: "enabled", host: "compute"),
      .init(id: id, name: "compute2", hostIP: "192.168.10.21", state: "up", status: "enabled", host: "compute2"),
    ],
    services: [.init(host: "compute2", zone: "nova", state: "up", status: "enabled")],
    providers: [.init(uuid: id, name: "compute2", inventories: ["DISK_GB", "MEMORY_MB", "VCPU"])])

  @Test("all of it holds where all is well") func wellNode() {
    let claims = Self.node.claims(of: Self.well)
    #expect(claims.filter { !$0.holds } == [])
    #expect(
      claims.map(\.subject) == [
        "nova-compute on compute2", "compute2 in nova's list of hypervisors", "the hypervisor compute2",
        "host_ip of the hypervisor compute2", "hypervisors with the address 192.168.10.21",
        "the resource provider compute2", "the inventories of the resource provider compute2",
      ])
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var node = CloudClaimsTests.node
    let change: @Sendable (inout CloudView) -> Void
    let seen: String
  }

  @Test(
    "says what it saw",
    arguments: [
      Case(
        testDescription: "nothing of the node",
        change: { $0 = CloudView(hypervisors: [], services: [], providers: []) },
        seen: "no such hypervisor, nor a compute service of that name: nova-compute has not reached the cloud"),
      Case(
        testDescription: "a host that no cell knows", change: { $0.hypervisors.removeLast() },
        seen:
          "no such hypervisor, though its compute service is there: no cell knows the host yet (imprint join runs discover_hosts)"
      ),
      Case(
        testDescription: "two of the name", change: { $0.hypervisors.append($0.hypervisors[1]) },
        seen: "2 times, with the ids \(id), \(id)"),
      Case(testDescription: "down", change: { $0.hypervisors[1].state = "down" }, seen: "down, enabled"),
      Case(
        testDescription: "the original's address", change: { $0.hypervisors[1].hostIP = "192.168.10.20" },
        seen: "192.168.10.20"),
      Case(
        testDescription: "another node at its address", change: { $0.hypervisors[0].hostIP = "192.168.10.21" },
        seen: "also compute"),
      Case(
        testDescription: "a disabled service",
        change: {
          $0.services[0].status = "disabled"
          $0.services[0].disabledReason = "x\u{1B}[31m"
        },
        seen: "up, disabled (x [31m)"),
      Case(testDescription: "no provider", change: { $0.providers = [] }, seen: "none"),
      Case(
        testDescription: "a provider with another id", change: { $0.providers[0].uuid = "1" },
        seen: "compute2 with the id 1"),
      Case(
        testDescription: "a provider of another name", change: { $0.providers[0].name = "compute" },
        seen: "compute with the id \(id)"),
      Case(
        testDescription: "two providers",
        change: { $0.providers.append(.init(uuid: "1", name: "compute2", inventories: [])) },
        seen: "compute2 with the id \(id), compute2 with the id 1"),
      Case(
        testDescription: "no inventories", change: { $0.providers[0].inventories = [] },
        seen: "none: nothing can be placed there"),
      Case(
        testDescription: "another compute_id",
        node: CloudExpectation(names: ["compute2"], myIP: nil, computeID: "00000000000040008000000000000001"),
        change: { _ in },
        seen: id),
    ])
  func seen(_ one: Case) throws {
    var view = Self.well
    one.change(&view)
    let failed = one.node.claims(of: view).filter { !$0.holds }
    #expect(failed.contains { $0.seen == one.seen }, "\(failed)")
  }

  @Test("the same id is the same however it is written, and the same address, too") func spellings() {
    let node = CloudExpectation(
      names: ["compute2"], myIP: nil, computeID: Self.id.replacing("-", with: "").uppercased())
    #expect(node.claims(of: Self.well).filter { !$0.holds } == [])
  }

  @Test("a node is looked for under the host that nova.conf fixes, its full name and its short one") func names() throws
  {
    let site = try Site.parse(
      Array(
        """
        [site]
        domain = "example.com"
        [networks.management]
        subnet = "192.168.10.0/24"
        [nodes.compute2]
        role = "compute"
        addresses = { management = "192.168.10.21" }
        """.utf8), file: "site.toml", profiles: [])
    let node = try #require(site.nodes.first)
    #expect(CloudExpectation(node, of: site).names == ["compute2.example.com", "compute2"])
    #expect(CloudExpectation(node, of: site, host: "compute2").names == ["compute2", "compute2.example.com"])
  }
}
