import Glibc
import Support
import Testing

@testable import Identity

@Suite("Cards whose drivers are late")
struct CardArrivalTests {
  @Test("end the wait, and time does where none comes", .enabled(if: LabNode.isRoot)) func arrival() async throws {
    let (came, after, none) = try await onThread {
      // A namespace of this thread's own (unshare(2), CLONE_NEWNET): the machine's links stay as they are.
      // Swift's Glibc does not show it.
      guard let unshare = dlsym(nil, "unshare").map({ unsafeBitCast($0, to: (@convention(c) (CInt) -> CInt).self) }),
        unshare(0x4000_0000) == 0
      else { throw TestTrouble("no network namespace: \(errno)") }
      let arrival = CardArrival()
      guard system("ip link add late0 type bridge") == 0 else { throw TestTrouble("no link could be made") }
      let began = ContinuousClock.now
      let came = arrival.wait(until: .now + .seconds(20))
      return (came, began.duration(to: .now), arrival.wait(until: .now + .milliseconds(50)))
    }
    #expect(came)
    #expect(after < .seconds(5))
    #expect(!none, "it was told once")
  }
}
