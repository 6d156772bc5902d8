/// A text that is not what it should be: what is wrong with it, and what would be right.
public struct InvalidValue: Error, Equatable, CustomStringConvertible {
  // Hardly ever read: whether a text is an address, say, is asked of a hundred that are none.
  private let said: @Sendable () -> String
  public let suggestion: String?

  public init(_ message: @autoclosure @escaping @Sendable () -> String, _ suggestion: String? = nil) {
    said = message
    self.suggestion = suggestion
  }

  public var message: String { said() }

  public var description: String {
    suggestion.map { "\(message); \($0)" } ?? message
  }

  public static func == (first: Self, second: Self) -> Bool { first.description == second.description }
}

/// A value that is written as one text, checked once where it enters the program and trusted ever after.
public protocol TextValue: Sendable, Hashable, CustomStringConvertible {
  /// What a reader calls it: "an IP address".
  static var kind: String { get }
  init(_ text: String) throws(InvalidValue)

  /// What a text that is not valid means beyond doubt: what else the site says is held against that, so that all its mistakes are
  /// told at once.
  static func meant(by text: String) -> Self?
}

/// A text made safe to stand inside a message: quoted, on one line, and not longer than a line.
func quoted(_ text: some StringProtocol) -> String { "\"\(oneLine(text, limit: 80))\"" }

/// A text on one line, cut off where it is longer than the limit.
func oneLine(_ text: some StringProtocol, limit: Int) -> String {
  var result = ""
  for scalar in text.unicodeScalars.prefix(limit) {
    result += scalar == "'" ? "'" : scalar.escaped(asASCII: false)
  }
  if text.unicodeScalars.dropFirst(limit).first != nil { result += "…" }
  return result
}

extension TextValue {
  public static func meant(by text: String) -> Self? { nil }
}

extension TextValue where Self: Comparable {
  public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}
