internal import CSystemd
internal import Glibc

/// One message for the journal (sd_journal_sendv(3)), with fields that a program can search for.
public struct JournalEntry: Sendable, Hashable {
  /// syslog(3)
  public enum Priority: Int, Sendable {
    case critical = 2
    case error, warning, notice, info, debug
  }

  /// docs/journal.md says what they hold.
  public enum Field: String, Sendable, CaseIterable {
    case node, transaction, unit, interface, step, reason, evidence, peer, command, usec
  }

  public var id: MessageID
  public var message: String
  public var priority: Priority
  public var fields: [Field: String]

  public init(_ id: MessageID, _ message: String, _ priority: Priority, _ fields: [Field: String] = [:]) {
    self.id = id
    self.message = message
    self.priority = priority
    self.fields = fields
  }

  /// Where there is no journal, nothing happens.
  public func send() {
    guard let systemd = imprint_systemd()?.pointee else { return }
    let lines = assignments.map { Array($0.utf8) }
    // One buffer that does not move while the vectors point into it.
    lines.flatMap(\.self).withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      var place = UnsafeMutableRawPointer(mutating: start)
      let vectors = lines.map { line in
        defer { place += line.count }
        return iovec(iov_base: place, iov_len: line.count)
      }
      _ = systemd.sd_journal_sendv(vectors, CInt(vectors.count))
    }
  }

  /// `NAME=value`
  var assignments: [String] {
    ["MESSAGE=\(message)", "MESSAGE_ID=\(id.rawValue)", "PRIORITY=\(priority.rawValue)", "SYSLOG_IDENTIFIER=imprint"]
      + Field.allCases.compactMap { field in
        fields[field].map { "IMPRINT_\(field.rawValue.uppercased())=\($0)" }
      }
  }
}
