/// What is wrong with a document, and where. It quotes no value: that may be a secret.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// There is no libjansson on this machine.
    case unavailable
    case tooLarge
    case tooDeep
    case notUTF8
    case truncated
    case duplicateKey
    case invalidSyntax
    /// A number that 64 bits do not hold.
    case numberOutOfRange
    case wrongType
    case missing
    /// Of the right type, and no such thing: an address that is none.
    case invalidValue
  }

  public let code: Code
  /// What it was read from: `meta_data.json`.
  public let document: String
  /// `line 3, column 7` or `links[2].mtu`; empty for the whole.
  public let place: String
  public let reason: String

  public init(_ code: Code, _ document: String, _ place: String, _ reason: String) {
    self.code = code
    self.document = document
    self.place = place
    self.reason = reason
  }

  /// "network_data.json: links[2].mtu is a text, not a whole number"
  public var description: String {
    switch code {
    case .wrongType, .missing, .invalidValue: "\(document): \(place.isEmpty ? "it" : place) \(reason)"
    default: "\(document)\(place.isEmpty ? "" : ", \(place)"): \(reason)"
    }
  }
}
