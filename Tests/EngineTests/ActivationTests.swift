import Fixups
import Site
import Testing
import Tree

@testable import Engine

/// What a live node has to do, decided from what the files say and what runs.
@Suite struct ActivationTests {
  private static let old: Int64 = 100
  private static let new: Int64 = 300

  private static func unit(
    _ name: String, order: Int, keepsHostname: Bool = false, _ files: [String: Int64]
  ) throws -> Intentions.Unit {
    Intentions.Unit(
      unit: Platform.Unit(
        name: try UnitName(name), order: order, files: [], action: .restart, keepsHostname: keepsHostname, purpose: "p"),
      files: files.sorted { $0.key < $1.key }.map { Intentions.Written(path: TreePath($0.key)!, time: $0.value) })
  }

  private static func intentions(changed: [TreePath] = []) throws -> Intentions {
    let link = LinkChange(
      interface: try InterfaceName("ens33"), expected: [try InterfaceAddress("192.168.10.21/24")],
      former: [try InterfaceAddress("192.168.10.20/24")], formerFile: nil)
    return Intentions(
      hostname: "compute2", hostnameFile: .init(path: "/etc/hostname", time: old),
      links: [.init(change: link, purpose: "the management network", changed: changed)],
      units: [
        try unit("libvirtd.service", order: 30, ["/etc/libvirt/qemu.conf": old]),
        try unit("nova-compute.service", order: 40, keepsHostname: true, ["/etc/nova/nova.conf": old]),
        try unit("agent-a.service", order: 50, ["/etc/a": old]),
        try unit("agent-b.service", order: 50, ["/etc/b": old]),
      ])
  }

  private static func live() throws -> LiveState {
    let running = LiveState.Unit(.running, started: 200)
    return LiveState(
      hostname: "compute2", links: [try InterfaceName("ens33"): [try InterfaceAddress("192.168.10.21/24")]],
      units: [
        "libvirtd.service": running, "nova-compute.service": running, "agent-a.service": running,
        "agent-b.service": running,
      ])
  }

  private static func words(_ steps: [ActivationStep]) -> [String] {
    steps.map { step in
      switch step.consequence.action {
      case .reloadSystemd: "\(step.rank) systemd"
      case .setHostname(let name): "\(step.rank) name \(name)"
      case .renewLink(let name): "\(step.rank) link \(name)"
      case .restart(let name): "\(step.rank) restart \(name)"
      case .reload(let name): "\(step.rank) reload \(name)"
      }
    }
  }

  @Test func `where all is in effect, nothing is done`() throws {
    #expect(try Self.intentions().steps(from: Self.live()).isEmpty)
  }

  @Test func `a unit that started before its file was written is restarted, the others are not`() throws {
    var intentions = try Self.intentions()
    intentions.units[1].files[0].time = Self.new
    #expect(try Self.words(intentions.steps(from: Self.live())) == ["1 restart nova-compute.service"])
  }

  @Test func `a name that the kernel has not goes first, and takes along who keeps it`() throws {
    var live = try Self.live()
    live.hostname = "compute"
    #expect(
      try Self.words(Self.intentions().steps(from: live)) == ["0 name compute2", "1 restart nova-compute.service"])
  }

  @Test func `what systemd has to read goes before all`() throws {
    var intentions = try Self.intentions(changed: ["/etc/network/interfaces"])
    intentions.configuration = ["/etc/systemd/system/nova-compute.service.d/e.conf"]
    intentions.units[1].files[0].time = Self.new
    var live = try Self.live()
    live.hostname = "compute"
    #expect(
      Self.words(intentions.steps(from: live)) == [
        "0 systemd", "1 name compute2", "2 link ens33", "3 restart nova-compute.service",
      ])
    let claims = intentions.claims(of: live).filter { !$0.holds }.map(\.subject)
    #expect(claims.contains("systemd's units"))
  }

  @Test func `a unit that has read the name since it was written keeps running`() throws {
    var intentions = try Self.intentions()
    intentions.hostnameFile?.time = Self.new
    var live = try Self.live()
    live.units["nova-compute.service"]?.started = 400
    #expect(intentions.steps(from: live).isEmpty)
  }

  @Test(arguments: [["192.168.10.20"], ["192.168.10.21", "192.168.10.20"], []])
  func `a link without its address, or with a former one, is brought up again`(addresses: [String]) throws {
    var live = try Self.live()
    live.links[try InterfaceName("ens33")] = try addresses.map { try InterfaceAddress("\($0)/24") }
    #expect(try Self.words(Self.intentions().steps(from: live)) == ["1 link ens33"])
  }

  @Test func `a link that is not there matters only where its configuration changed`() throws {
    var live = try Self.live()
    live.links = [:]
    #expect(try Self.intentions().steps(from: live).isEmpty)
    let changed = try Self.intentions(changed: ["/etc/network/interfaces"])
    #expect(Self.words(changed.steps(from: live)) == ["1 link ens33"])
  }

  @Test func `units of one order go side by side, after the links`() throws {
    var intentions = try Self.intentions(changed: ["/etc/network/interfaces"])
    for index in intentions.units.indices { intentions.units[index].files[0].time = Self.new }
    let expected = [
      "1 link ens33", "2 restart libvirtd.service", "3 restart nova-compute.service", "4 restart agent-a.service",
      "4 restart agent-b.service",
    ]
    #expect(try Self.words(intentions.steps(from: Self.live())) == expected)
  }

  @Test func `a unit that somebody stopped stays so, one that failed is tried again`() throws {
    var intentions = try Self.intentions()
    for index in intentions.units.indices { intentions.units[index].files[0].time = Self.new }
    var live = try Self.live()
    live.units["libvirtd.service"] = .init(.inactive)
    live.units["agent-a.service"] = nil
    live.units["agent-b.service"] = .init(.failed, started: 200)
    let expected = ["1 restart nova-compute.service", "2 restart agent-b.service"]
    #expect(Self.words(intentions.steps(from: live)) == expected)
  }

  @Test func `what is left alone although it reads what changed is said`() throws {
    var live = try Self.live()
    live.units["libvirtd.service"] = .init(.masked)
    live.units["agent-a.service"] = .init(.inactive)
    let changed: [TreePath] = ["/etc/libvirt/qemu.conf", "/etc/a", "/etc/nova/nova.conf"]
    let said = try Self.intentions().leftAlone(live, changed: changed)
    #expect(said.count == 2)
    #expect(said.first == "libvirtd.service is masked, and so it is not restarted (systemctl unmask libvirtd.service)")
    #expect(said.last?.hasPrefix("agent-a.service does not run") == true)
  }
}
