internal import Glibc
internal import Live
internal import Site

/// What a clone's first boot has to tell the system that is starting around it: it read the original's files before us.
///
/// Nothing here may keep the machine from booting: what fails is said, and the next boot has it right anyway.
public enum AfterFirstBoot {
  /// - Returns: What could not be done.
  public static func tell(_ news: FirstBoot.News) -> [String] {
    // Where that loses messages the platform's table does not have it.
    let journal = news.platform?.units.map(\.name.description).first { $0 == "systemd-journald.service" }
    // journald is about to be restarted, and what we print goes to it.
    signal(SIGPIPE, SIG_IGN)
    do {
      return try LiveActor.run {
        var failures: [String] = []
        // Before anything that has not started yet is started from what they were.
        if news.concernsSystemd {
          do throws(UnitFailure) {
            try await Systemd.connect(.systemdPrivate).reloadDaemon()
          } catch { failures.append(error.description) }
        }
        if let hostname = news.hostname {
          do throws(HostnameFailure) {
            try await SystemHostname.set(hostname, on: nil)
          } catch { failures.append(error.description) }
        }
        // It keeps the machine-id that it started with, for the directory of its files.
        guard let journal else { return failures }
        do throws(UnitFailure) {
          let systemd = try await Systemd.connect(.systemdPrivate)
          try await systemd.restart(journal, within: .seconds(10))
        } catch { failures.append(error.description) }
        return failures
      }
    } catch {
      return ["\(error)"]
    }
  }

  /// For `journalctl MESSAGE_ID=…`; docs/journal.md.
  public static func record(_ outcome: FirstBoot.Outcome) {
    switch outcome {
    case .own, .adopted, .resumed: return
    case .became(let became):
      JournalEntry(
        .cloneRecognised, "This machine is a clone and becomes \(became.node): \(became.evidence)", .notice,
        [.node: became.node.description, .evidence: became.evidence]
      ).send()
    case .fenced(let reason, _, _):
      JournalEntry(
        .cloneFenced, "This machine is held back from the network: \(reason)", .critical, [.evidence: reason]
      ).send()
    case .unfenced(let reason):
      JournalEntry(.cloneFenced, "Nothing holds this clone back: \(reason)", .critical, [.evidence: reason]).send()
    }
  }
}
