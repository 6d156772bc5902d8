import Testing

@testable import Engine

/// nova's messages, word for word as its sources have them, with what they are about.
@Suite struct NovaRefusalTests {
  @Test(arguments: [
    (
      "My compute node 0a8b3c9e has hypervisor_hostname compute but virt driver reports it should be compute2. Possible rename detected, refusing to start!",
      "cloned disk carries the original's"
    ),
    (
      "My node 0a8b3c9e has host 'compute' but my host is 'compute2'; Possible rename detected, refusing to start!",
      "belongs to another host"
    ),
    (
      "No local node identity found, but this is not our first startup on this host. Refusing to start after potentially having lost that state!",
      "knows this host name already"
    ),
    (
      "My hypervisor has existing instances, but I appear to be a new service in this database. Possible database configuration error, refusing to start!",
      "original's guests"
    ),
    ("Invalid node identity configuration: UUID a in b does not match c", "two that differ"),
    ("Duplicate compute node record found for host compute2 node compute2", "another uuid"),
    ("Conflicting resource provider name: compute2 already exists.", "nothing is scheduled here"),
  ])
  func `what nova refuses is said in words`(_ line: String, _ meaning: String) throws {
    let lines = [
      "Error starting thread.", "nova.exception.InvalidConfiguration: \(line)", "systemd: Main process exited",
    ]
    let refusal = try #require(NovaRefusal(lines))
    #expect(refusal.meaning.contains(meaning) && !refusal.advice.isEmpty)
  }

  @Test func `any other end is left to its own words`() {
    #expect(NovaRefusal(["AMQP server on controller:5672 is unreachable", "My node is fine"]) == nil)
  }
}
