internal import Live
public import Site

/// Why nobody could be spoken with, in ssh's own words and with what helps.
public struct SSHFailure: Error, Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable {
    /// No answer, no route, nobody listens, no such name.
    case unreachable = "not-reached"
    /// It answered, with a key that nobody here knows, or with another than the known one.
    case unknownHostKey = "unknown-host-key"
    case changedHostKey = "changed-host-key"
    /// It did not let us in.
    case refused
    /// It let us in, and then did not come to an end.
    case tooSlow = "too-slow"
    case other
  }

  public let kind: Kind
  public let destination: SSHDestination
  /// One line.
  public let reason: String

  init(_ destination: SSHDestination, lines: [String]) {
    self.destination = destination
    kind = Self.kind(of: lines)
    // What matters stands in the last line; of a changed key, in the first with words.
    let telling = lines.last { !$0.isEmpty && !$0.hasPrefix("@@") } ?? Self.silence
    reason = kind == .changedHostKey ? "its host key is not the one that is known here" : telling
  }

  init(_ destination: SSHDestination, _ failure: CommandFailure) {
    self.destination = destination
    switch failure {
    case .tooSlow(_, let limit, let lines):
      kind = .tooSlow
      reason = "no end within \(limit.components.seconds) s" + (lines.last.map { "; it last said: \($0)" } ?? "")
    case .tooMuch(_, let size):
      kind = .other
      reason = "it said more than \(size) bytes"
    case .cannotStart, .cancelled:
      kind = .other
      reason = failure.description
    }
  }

  /// At our LogLevel ssh keeps to itself that the other side answers no more (clientloop.c, server_alive_check), and that what ran
  /// there was ended by a signal.
  static let silence = "ssh ended with 255 and without a word: it answers no more, or what ran there was ended"

  /// As OpenSSH's ssh.c, sshconnect.c and sshconnect2.c say it, and getaddrinfo(3) through them.
  private static func kind(of lines: [String]) -> Kind {
    func says(_ words: String...) -> Bool { lines.contains { line in words.contains { line.contains($0) } } }
    if says("REMOTE HOST IDENTIFICATION HAS CHANGED", "REVOKED HOST KEY") { return .changedHostKey }
    if says("Host key verification failed", "host key is known for") { return .unknownHostKey }
    if says("Permission denied", "Too many authentication failures") { return .refused }
    if says(
      "Could not resolve hostname", "Connection timed out", "No route to host", "Connection refused",
      "Network is unreachable", "Host is down", "Operation timed out", "Connection reset", "Connection closed",
      "kex_exchange_identification", "not responding")
    {
      return .unreachable
    }
    return lines.allSatisfy(\.isEmpty) ? .tooSlow : .other
  }

  /// Whether a server took the connection and closed it before there was a session (kex.c, packet.c); OpenSSH 7.4 has another
  /// word for the first.
  static func isTurnedAway(_ lines: [String]) -> Bool {
    lines.contains { line in
      line.contains("ssh_exchange_identification: ") || line.contains("kex_exchange_identification: ")
        || (line.hasPrefix("Connection closed by ") || line.hasPrefix("Connection reset by "))
          && line.contains(" port ")
    }
  }

  /// Whether nobody here knows where that is: its name is in no host table yet.
  public var isNameless: Bool { kind == .unreachable && reason.contains("Could not resolve hostname") }

  /// What to do about it.
  public var advice: String? {
    switch kind {
    case .unreachable, .tooSlow: "when it is up again: imprint join"
    case .unknownHostKey:
      "write its host key into the site (host-key), or go there once by hand: ssh \(destination), and compare the fingerprint"
    case .changedHostKey:
      "if it was made anew, ssh-keygen -R \(destination.host); if it was not, somebody else answers in its place"
    case .refused:
      "ssh \(destination) has to work without a question: an agent, or this user's key in its authorized_keys"
    case .other: nil
    }
  }
}

extension SSHFailure: CustomStringConvertible {
  public var description: String { reason }
}
