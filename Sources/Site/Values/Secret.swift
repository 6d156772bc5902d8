/// A text that must appear in no output, log, diff or error. Printing, dumping or interpolating it shows nothing.
public struct Secret: Sendable, Hashable {
  private let text: String

  public init(_ text: String) { self.text = text }

  /// The text itself. Whoever asks for it answers for where it goes.
  public var reveal: String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "<secret>" }
  public var debugDescription: String { "<secret>" }
  public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

extension Secret {
  /// A password as crypt(5) keeps it. A clear-text password is refused without being repeated.
  public init(passwordHash text: String) throws(InvalidValue) {
    let isLocked = text == "!" || text == "*" || text == "!!"
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    let isHash =
      parts.count >= 4 && parts[0].isEmpty && !parts[1].isEmpty && !parts[2].isEmpty
      && (parts.last?.utf8.count ?? 0) >= 13
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"!*:;\\".utf8.contains($0) }
    guard isLocked || isHash else {
      throw InvalidValue(
        "this is not a password hash (its text is not shown here)",
        "write what openssl passwd -6 prints, which begins with $6$, or ! for no password; never the password itself")
    }
    self.init(text)
  }
}
