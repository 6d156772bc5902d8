internal import CSystemd
internal import Glibc

/// One line of the journal.
public struct JournalLine: Sendable, Hashable, CustomStringConvertible {
  /// Microseconds since the epoch.
  public var time: UInt64
  /// The program that said it: SYSLOG_IDENTIFIER.
  public var identifier: String?
  public var message: String

  /// `12:04:31 nova-compute: …`, in local time.
  public var description: String {
    var seconds = time_t(time / 1_000_000)
    var local = tm()
    localtime_r(&seconds, &local)
    let clock = [local.tm_hour, local.tm_min, local.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }
    return "\(clock.joined(separator: ":")) \(Self.shown("\(identifier.map { "\($0): " } ?? "")\(message)"))"
  }

  /// A terminal must not obey what a unit has said. Further lines of it stand below the first.
  private static func shown(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": shown.append(contentsOf: "\n    ".unicodeScalars)
      case "\t": shown.append(" ")
      case _ where scalar.properties.generalCategory == .control: shown.append("\u{FFFD}")
      default: shown.append(scalar)
      }
    }
    return String(shown)
  }
}

/// What a unit has said, and what systemd has said of it: the lines that `journalctl -u` shows.
public struct UnitJournal: Sendable {
  public init() {}

  /// The last lines, oldest first, those that repeat the one before them left out. None where there is no journal, or where it may not be read.
  public func lines(of unit: String, last count: Int = 10) -> [JournalLine] {
    guard let reader = Reader(unit) else { return [] }
    return reader.lines(count)
  }

  /// The last lines once nothing new has come for a tenth of a second: journald writes what a unit said a little after the
  /// unit's end is known on the bus.
  @LiveActor
  func settledLines(
    of unit: String, last count: Int = 10, within longest: Duration = .milliseconds(500)
  ) async -> [JournalLine] {
    guard let reader = Reader(unit) else { return [] }
    let deadline = ContinuousClock.now + longest
    while let descriptor = reader.descriptor {
      let quiet = min(deadline, .now + .milliseconds(100))
      guard let hasMore = try? await LiveActor.ready(descriptor, until: quiet), hasMore else { break }
      reader.process()
    }
    return reader.lines(count)
  }

  /// An open journal with the unit's matches (sd_journal_open(3), sd_journal_add_match(3)).
  private final class Reader {
    private let systemd: imprint_systemd
    private let journal: OpaquePointer

    init?(_ unit: String) {
      guard let systemd = imprint_systemd()?.pointee else { return nil }
      var opened: OpaquePointer?
      guard systemd.sd_journal_open(&opened, CInt(SD_JOURNAL_LOCAL_ONLY)) >= 0, let opened else { return nil }
      self.systemd = systemd
      journal = opened
      for alternative in Self.matches(unit) {
        for match in alternative { _ = systemd.sd_journal_add_match(journal, match, match.utf8.count) }
        _ = systemd.sd_journal_add_disjunction(journal)
      }
    }

    deinit { systemd.sd_journal_close(journal) }

    /// add_matches_for_unit in systemd's src/shared/logs-show.c: what it says, what PID 1 says of it, what other programs of
    /// root say of it.
    private static func matches(_ unit: String) -> [[String]] {
      [["_SYSTEMD_UNIT=\(unit)"], ["_PID=1", "UNIT=\(unit)"], ["_UID=0", "OBJECT_SYSTEMD_UNIT=\(unit)"]]
    }

    var descriptor: CInt? {
      let descriptor = systemd.sd_journal_get_fd(journal)
      return descriptor < 0 ? nil : descriptor
    }

    func process() { _ = systemd.sd_journal_process(journal) }

    func lines(_ count: Int) -> [JournalLine] {
      guard systemd.sd_journal_seek_tail(journal) >= 0 else { return [] }
      var lines: [JournalLine] = []
      while lines.count < count, systemd.sd_journal_previous(journal) > 0 {
        var time: UInt64 = 0
        _ = systemd.sd_journal_get_realtime_usec(journal, &time)
        guard let message = field("MESSAGE") else { continue }
        let line = JournalLine(time: time, identifier: field("SYSLOG_IDENTIFIER"), message: message)
        // What is said again and again would leave no place for the cause.
        if let later = lines.last, later.message == message, later.identifier == line.identifier { continue }
        lines.append(line)
      }
      return lines.reversed()
    }

    /// sd_journal_get_data(3): `NAME=value`, any bytes.
    private func field(_ name: String) -> String? {
      var bytes: UnsafeRawPointer?
      var length = 0
      guard systemd.sd_journal_get_data(journal, name, &bytes, &length) >= 0, let bytes else { return nil }
      let value = UnsafeRawBufferPointer(start: bytes, count: length).dropFirst(name.utf8.count + 1)
      return String(decoding: value, as: UTF8.self)
    }
  }
}
