internal import Live

/// What the journal says of an activation.
struct ActivationAnnouncement {
  let node: String?
  let transaction: String?
  let begun = ContinuousClock.now

  func entry(for event: ActivationEvent) -> JournalEntry {
    let name = node ?? "this node"
    switch event {
    case .planned(let steps):
      return entry(.activationBegan, "\(name) is brought to what its files say, in \(steps.count) steps", .info)
    case .noted(let words): return entry(.leftAlone, words, .notice)
    case .started(let step): return entry(.stepBegan, "\(step): begins", .debug, subject(step))
    case .finished(let step, let milliseconds):
      return entry(.stepDone, "\(step): done", .info, subject(step).merging(time(milliseconds)) { $1 })
    case .failed(let step, let reason):
      return entry(.stepFailed, "\(step): \(reason)", .error, subject(step).merging([.reason: reason]) { $1 })
    case .undoing(let reason):
      return entry(.undoing, "everything is being undone: \(reason)", .warning, [.reason: reason])
    case .awaiting(let seconds):
      return entry(
        .awaitingConfirmation, "this will be undone in \(seconds) s unless it is confirmed (imprint confirm)", .notice,
        time(seconds * 1000))
    case .ended(let outcome): return entry(for: outcome)
    }
  }

  var lifted: JournalEntry {
    entry(.fenceLifted, "\(node ?? "this node") is no longer held back from the network", .notice)
  }

  private func entry(for outcome: ActivationOutcome) -> JournalEntry {
    let name = node ?? "this node"
    let duration = time(begun.duration(to: .now).wholeMilliseconds)
    return switch outcome {
    case .done: entry(.activationDone, "\(name) is what its files say", .notice, duration)
    case .incomplete: entry(.activationIncomplete, "not everything came up (imprint verify names it)", .error, duration)
    case .undone(let reason): entry(.activationUndone, "everything was undone: \(reason)", .error, [.reason: reason])
    case .stuck(let reason): entry(.activationStuck, "it could not be undone: \(reason)", .critical, [.reason: reason])
    }
  }

  private func entry(
    _ id: MessageID, _ message: String, _ priority: JournalEntry.Priority,
    _ more: [JournalEntry.Field: String] = [:]
  ) -> JournalEntry {
    var fields = more
    fields[.node] = node
    fields[.transaction] = transaction
    return JournalEntry(id, message, priority, fields)
  }

  private func time(_ milliseconds: Int) -> [JournalEntry.Field: String] { [.usec: String(milliseconds * 1000)] }

  private func subject(_ step: String) -> [JournalEntry.Field: String] {
    var fields: [JournalEntry.Field: String] = [.step: step]
    switch Consequence.Action(words: step) {
    case .restart(let unit), .reload(let unit): fields[.unit] = unit
    case .renewLink(let interface): fields[.interface] = interface
    case .reloadSystemd, .setHostname, nil: break
    }
    return fields
  }
}
