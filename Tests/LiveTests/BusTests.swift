import Live
import Support
import Testing

@Suite struct BusTests {
  @Test func `a bus that is not there is an error with a name, not a wait`() async throws {
    let error = try await onThread {
      try LiveActor.run {
        do {
          let bus = try Bus(.other("unix:path=/nonexistent/socket"))
          _ = try await bus.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames")
          return BusError?.none
        } catch let error as BusError {
          return error
        }
      }
    }
    #expect(error?.name == BusError.Name.noServer)
  }

  /// Each of them holds a thread of the pool, which has two on a small machine: none may be needed to go on.
  @Test(arguments: 1...8) func `more jobs than threads come to their end`(_ number: Int) throws {
    let sum = try LiveActor.run {
      let first = await LiveActor.until(.now + .milliseconds(20)) { () -> Int? in
        try? await LiveActor.sleep(for: .seconds(60))
        return nil
      }
      try await LiveActor.sleep(for: .milliseconds(20))
      let status = try await Command("/bin/sh", ["-c", "seq 10000; exit 3"]).run(within: .seconds(10)).status
      return (first ?? 1) + status + number
    }
    #expect(sum == number + 4)
  }
}
