import Live
import Testing

@testable import Engine

@Suite struct ActivationEventTests {
  @Test func `events survive their way through the file`() throws {
    for step in [
      "set the host name to compute2", "bring ens33 up again", "restart nova-compute.service", "reload x.service",
    ] {
      #expect(Consequence.Action(words: step)?.words == step)
    }
    let events: [ActivationEvent] = [
      .planned(["a", "b\tc"]), .noted("n"), .started("a"), .finished("a", milliseconds: 12),
      .failed("a", reason: "1\n2"),
      .undoing(reason: "r"), .awaiting(seconds: 3), .ended(.done), .ended(.incomplete), .ended(.undone(reason: "x")),
      .ended(.stuck(reason: "y")),
    ]
    for event in events { #expect(ActivationEvent(line: event.line[...]) == event) }
    #expect(ActivationEvent(line: "finished\ta") == nil)
  }
}
