import Foundation
import Support
import Testing

@Suite("Fixtures: the built program on whole trees")
struct FixtureTests {
  static let done = Fixture.all.filter { !$0.isRefused }
  static let refused = Fixture.all.filter(\.isRefused)

  @Test("A tree becomes what it should be, its readers agree, and a rollback makes it what it was", arguments: done)
  func lifecycle(of fixture: Fixture) async throws {
    let run: FixtureRun
    do { run = try await FixtureRun(fixture) } catch let unavailable as DebianPackages.Unavailable {
      return RealProgram.missing(unavailable.description)
    }
    try await run.planWritesNothing()
    try await run.applyMakesWhatIsExpected()
    try await run.readersAgree()
    try await run.verifyHolds()
    try await run.secondApplyWritesNothing()
    try await run.rollbackRestoresEverything()
    try run.leavesNoTemporaries()
  }

  @Test(
    "An ordinary user who owns the tree can do all of it but give files away",
    arguments: ["tutorial-compute", "debian12-compute"])
  func ordinaryUser(of name: String) async throws {
    let scratch = try Scratch()
    guard let user = try await OrdinaryUser(scratch) else { return }
    let run = try await FixtureRun(Fixture(name: name), as: user)
    try await run.planWritesNothing()
    try await run.applyMakesWhatIsExpected()
    try await run.verifyHolds()
    try await run.secondApplyWritesNothing()
    try await run.rollbackRestoresEverything()
    try run.leavesNoTemporaries()
  }

  @Test("Two copies of one tree get nothing unique in common")
  func twoCopiesShareNothing() async throws {
    let fixture = Fixture(name: "tutorial-compute")
    let first = try await FixtureRun(fixture).applyMakesWhatIsExpected()
    let second = try await FixtureRun(fixture).applyMakesWhatIsExpected()
    #expect(!first.isEmpty)
    #expect(Set(first.values).isDisjoint(with: second.values))
  }

  @Test("What cannot be done is refused with its place, and nothing is written", arguments: refused)
  func refusal(of fixture: Fixture) async throws {
    let run = try await FixtureRun(fixture)
    let refusal = try #require(run.description.refused, "case.toml says how it is refused")
    try await run.isRefused(refusal)
  }
}
