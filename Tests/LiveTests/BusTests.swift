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
}
