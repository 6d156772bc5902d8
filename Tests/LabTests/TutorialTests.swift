import Support
import Testing

/// The whole way on a real cloud: a copy of a compute node becomes one of its own, and is used.
@Suite(.enabled(if: Laboratory.isPossible), .serialized, .inACloud) struct TutorialTests {
  private func cloud() throws -> Cloud { try #require(Cloud.current) }

  @Test func `a copy of the running node becomes compute2 with one command, and an instance migrates to it`()
    async throws
  {
    let cloud = try cloud()
    try await cloud.write(site: [2])
    let clone = try await cloud.clone(2)
    let start = ContinuousClock.now
    try await clone.boot()
    let applied = try await clone.run("imprint", "apply", "compute2", "--yes", seconds: 400).succeeded("apply")
    #expect(applied.output.contains("compute2 has joined: nothing is left"), "\(applied.said)")
    try await clone.run("imprint", "verify", "--within", "120", seconds: 300).succeeded("verify")
    Timing.print("from the copy's boot to two hypervisors up", since: start)
    #expect(
      try await cloud.hypervisors("compute", "compute2") == ["compute 192.168.10.20 up", "compute2 192.168.10.21 up"])

    // As nova, both ways, by address as nova does it, to do what a migration does.
    let probe = "mkdir -p /var/lib/nova/instances/00000000-0000-4000-8000-000000000001"
    for (from, to) in [(cloud.compute, "192.168.10.21"), (clone, "192.168.10.20")] {
      try await from.run("runuser", "-u", "nova", "--", "ssh", "-o", "BatchMode=yes", to, probe).succeeded(
        "ssh as nova")
    }
    for machine in [cloud.compute, clone] {
      try await machine.run("rmdir", "/var/lib/nova/instances/00000000-0000-4000-8000-000000000001").succeeded("rmdir")
    }
    let migration = ContinuousClock.now
    let verified = try await clone.run("imprint", "verify", "--migrate", seconds: 600).succeeded("verify --migrate")
    #expect(verified.output.contains("an instance migrates from compute to compute2: started, migrated, confirmed"))
    Timing.print("an instance started, migrated, confirmed and deleted", since: migration)
    #expect(try await cloud.openstack("server list --all-projects -f value") == "")
    let back = try await cloud.compute.run("imprint", "verify", "--migrate", "--peer", "compute2", seconds: 600)
    #expect(
      back.output.contains("an instance migrates from compute2 to compute: started, migrated, confirmed"),
      "\(back.said)")

    // Nothing is left to do, and nothing is done.
    let pids = "systemctl show -P MainPID nova-compute libvirtd ssh; stat -c %Y /etc/hosts /etc/nova/nova.conf"
    let before = try await clone.says(pids)
    let again = try await clone.run("imprint", "apply", "compute2", "--yes", seconds: 400).succeeded("apply again")
    #expect(again.output.contains("nothing to do"), "\(again.said)")
    #expect(try await clone.says(pids) == before)

    // It moves to another address, and all that know it follow.
    try await cloud.write(site: [2], to: [clone], numbers: [2: 91])
    let moved = try await clone.run("imprint", "apply", "--yes", seconds: 400).succeeded("apply with another address")
    #expect(moved.output.contains("compute2 has joined: nothing is left"), "\(moved.said)")
    try await clone.run("imprint", "verify", "--within", "120", seconds: 300).succeeded("verify")
    #expect(
      try await cloud.hypervisors("compute", "compute2") == ["compute 192.168.10.20 up", "compute2 192.168.10.91 up"])
    #expect(try await cloud.compute.says("getent hosts compute2") == "192.168.10.91   compute2")
    try await clone.shutDown()
  }

  @Test func `who is out of reach during a join is told, and the next one does what is left`() async throws {
    let cloud = try cloud()
    try await cloud.write(site: [3])
    let clone = try await cloud.clone(3)
    try await clone.boot()
    try await clone.run("imprint", "apply", "compute3", "--yes", "--no-join", seconds: 400).succeeded("apply")
    for (machine, other) in [(cloud.controller, "compute"), (cloud.compute, "controller")] {
      try await cloud.unplugged(machine) {
        let joined = try await clone.run("imprint", "join", "--patience", "3", "--discover-within", "5", seconds: 300)
        #expect(joined.status == 69, "\(joined.said)")
        #expect(joined.output.contains("compute3 has not joined wholly: \(machine.name)"), "\(joined.said)")
        #expect(!joined.output.contains("wholly: \(machine.name), \(other)"), "\(joined.said)")
        #expect(try await clone.says("imprint status").contains(machine.name))
      }
    }
    let joined = try await clone.run("imprint", "join", seconds: 400).succeeded("join")
    #expect(joined.output.contains("compute3 has joined: nothing is left"), "\(joined.said)")
    try await clone.run("imprint", "verify", "--within", "120", seconds: 300).succeeded("verify")
    try await clone.shutDown()
  }

  @Test func `the copy of a copy becomes a node of its own`() async throws {
    let cloud = try cloud()
    try await cloud.write(site: [4, 5])
    // The first one is made compute4 on its disk, and never boots.
    let first = try await cloud.clone(4)
    try await Imprint.run(["apply", "compute4", "--root", try await first.disk, "--yes"]).succeeded("apply to the disk")
    try await cloud.write(site: [5], to: [first])
    let second = try await cloud.clone(5, of: first)
    try await second.boot()
    try await second.run("imprint", "apply", "compute5", "--yes", seconds: 400).succeeded("apply")
    try await second.run("imprint", "verify", "--within", "120", seconds: 300).succeeded("verify")
    #expect(try await cloud.hypervisors().contains("compute5 192.168.10.24 up"))
    try await second.shutDown()
  }

  @Test func `five copies that boot at once become five hypervisors, and nobody logs in`() async throws {
    let cloud = try cloud()
    let numbers = Array(6...10)
    try await cloud.write(site: numbers)
    let units = RealProgram(path: "\(Repository.path)/Scripts/install-units")
    try await units.run([try await cloud.compute.disk]).succeeded("install-units")
    let clones = try await numbers.concurrentlyMapped { try await cloud.clone($0) }
    let start = ContinuousClock.now
    for clone in clones { try await clone.start() }
    // Five at once take their time on a small machine.
    for clone in clones {
      for _ in 0..<4 {
        if (try? await clone.waitUntilUp()) != nil { break }
      }
    }
    for clone in clones {
      let verified = try await clone.run("imprint", "verify", "--within", "300", seconds: 600)
      #expect(verified.status == 0, "\(verified.said)")
    }
    Timing.print("from the boot of five copies to five hypervisors more", since: start)
    let expected = numbers.map { "compute\($0) 192.168.10.\(Cloud.number($0)) up" }
    let hypervisors = try await cloud.hypervisors()
    #expect(Set(hypervisors).isSuperset(of: expected), "\(hypervisors)")
    // No two of them have anything in common that must be unique.
    let identity = "cat /etc/machine-id /etc/ssh/ssh_host_*_key.pub /etc/iscsi/initiatorname.iscsi | cut -d' ' -f1,2"
    let identities = try await (clones + [cloud.compute]).concurrentlyMapped { try await $0.says(identity) }
    let all = identities.flatMap { $0.split(separator: "\n").filter { !$0.hasPrefix("#") } }
    #expect(Set(all).count == all.count)
    for clone in clones { try await clone.kill() }
  }
}

/// What took how long, for whoever reads the output.
enum Timing {
  static func print(_ what: String, since start: ContinuousClock.Instant) {
    Swift.print("lab: \(what): \(start.duration(to: .now).components.seconds) s")
  }
}
