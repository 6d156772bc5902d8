import Support
import Testing

@Suite("Fixtures: the built program on whole trees")
struct FixtureTests {
  @Test("The program that was built is the one under test")
  func theBuiltProgramRuns() async throws {
    let outcome = try await Imprint.run(["--version"])
    #expect(outcome.status == 0)
  }
}
