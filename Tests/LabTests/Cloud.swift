import Foundation
import Support
import Testing

/// A whole OpenStack of the tests' own (Tests/Lab/lab): a controller and a compute node, with the program under test on
/// both, and clones of the compute node as they come.
struct Cloud: Sendable {
  let laboratory: Laboratory
  let controller: Machine
  let compute: Machine

  /// That of the suite.
  @TaskLocal static var current: Cloud?

  static func run(_ body: @Sendable (Cloud) async throws -> Void) async throws {
    try await Laboratory.run { laboratory in
      let program = try Imprint.program.path
      // The first time it builds the trees.
      try await RealProgram(path: "\(Repository.path)/Tests/Lab/lab")
        .run(["disks", laboratory.name, program], seconds: 3000).succeeded("the disks of a cloud")
      let cloud = Cloud(
        laboratory: laboratory, controller: laboratory.machine("controller", card: "52:54:00:00:00:10"),
        compute: laboratory.machine("compute", card: "52:54:00:00:00:20"))
      try await cloud.start()
      try await body(cloud)
    }
  }

  /// Both up, and both what the site says: the original has its stamp, so that whatever is copied from it is known for a copy.
  private func start() async throws {
    let start = ContinuousClock.now
    try await write(site: [])
    for machine in [controller, compute] { try await machine.start() }
    for machine in [controller, compute] { try await machine.waitUntilUp() }
    for machine in [controller, compute] {
      try await machine.run("imprint", "apply", machine.name, "--yes", "--no-join").succeeded(
        "apply on \(machine.name)")
    }
    try await compute.run("imprint", "verify", "--within", "120", seconds: 300).succeeded("the original is well")
    print("lab: the cloud is up after \(start.duration(to: .now).formatted(.units(allowed: [.seconds])))")
  }

  /// compute2 is 21 in both networks, compute3 is 22, and so on.
  static func number(_ clone: Int) -> Int { 19 + clone }

  /// The site with these clones, on every node that is named and on the two that are always there.
  func write(site clones: [Int], to machines: [Machine] = [], numbers: [Int: Int] = [:]) async throws {
    let common = try String(contentsOfFile: "\(Repository.path)/Tests/Lab/site.toml", encoding: .utf8)
    let end = try #require(common.range(of: "[nodes.compute2]"))
    let nodes = clones.map { clone in
      let number = numbers[clone] ?? Self.number(clone)
      return """
        [nodes.compute\(clone)]
        role      = "compute"
        addresses = { management = "192.168.10.\(number)", tunnel = "192.168.20.\(number)" }
        match     = { mac = ["\(Self.card(clone))"] }

        """
    }
    let text = common[..<end.lowerBound] + nodes.joined(separator: "\n")
    for machine in [controller, compute] + machines {
      let path = try await machine.disk + "/etc/imprint/site.toml"
      try text.write(toFile: path, atomically: false, encoding: .utf8)
    }
  }

  static func card(_ clone: Int) -> String { "52:54:00:00:00:\(number(clone))" }

  /// A byte for byte copy of a node as it is now, running or not, with other cards; not yet booted.
  func clone(_ number: Int, of original: Machine? = nil) async throws -> Machine {
    try await laboratory.clone(of: original ?? compute, "compute\(number)", card: Self.card(number))
  }

  /// As admin, on the controller.
  func openstack(_ arguments: String) async throws -> String {
    try await controller.says(". /root/openrc && openstack \(arguments)")
  }

  /// `compute 192.168.10.20 up` and so on, in the order of their names.
  ///
  /// - Parameter names: Theirs only; none for all, also those that other tests left in the cloud.
  func hypervisors(_ names: String...) async throws -> [String] {
    try await openstack("hypervisor list -f value -c 'Hypervisor Hostname' -c 'Host IP' -c State")
      .split(separator: "\n").map(String.init).sorted()
      .filter { line in names.isEmpty || names.contains { line.hasPrefix("\($0) ") } }
  }

  /// Its cables are out while the body runs.
  func unplugged(_ machine: Machine, _ body: () async throws -> Void) async throws {
    func set(_ state: String) async throws {
      for number in 1...2 {
        try await laboratory.outside("ip", "link", "set", "\(machine.name)-\(number)", state).succeeded("ip link")
      }
    }
    try await set("down")
    do { try await body() } catch {
      try await set("up")
      throw error
    }
    try await set("up")
  }
}

/// A cloud that is there for all tests of a suite.
struct InACloud: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await Cloud.run { cloud in
      try await Cloud.$current.withValue(cloud) { try await function() }
    }
  }
}

extension Trait where Self == InACloud {
  static var inACloud: InACloud { InACloud() }
}
