import Support
import Testing

@Suite("The program as it is shipped")
struct ReleasedTests {
  @Test(
    "It uses no memory that nobody has written",
    arguments: ["tutorial-compute", "messy-compute", "debian12-compute", "ubuntu2204-compute", "rocky9-rdo"])
  func memory(of name: String) async throws {
    let scratch = try Scratch()
    guard let check = try await MemoryCheck(in: scratch) else { return }
    let run = try await FixtureRun(Fixture(name: name), under: check)
    try await run.planWritesNothing()
    try await run.applyMakesWhatIsExpected()
    try await run.verifyHolds()
    try await run.rollbackRestoresEverything()
    try await run.seals()
  }

  @Test("It uses no memory that nobody has written, and refuses", arguments: ["refused-site", "refused-broken-files"])
  func refusal(of name: String) async throws {
    let scratch = try Scratch()
    guard let check = try await MemoryCheck(in: scratch) else { return }
    let run = try await FixtureRun(Fixture(name: name), under: check)
    try await run.isRefused(try #require(run.description.refused))
  }
}
