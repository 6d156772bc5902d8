/// Reading of JSON that others wrote: metadata, answers of a cloud's services.
///
/// What may enter this room: bytes in, values or a typed error out. The library is libjansson, and stays behind
/// JSONParsing; the program's own answers are written elsewhere. Why not the decoder of FoundationEssentials, which the
/// program has for those: it takes the last of two equal keys without a word, and knows no place of a wrong value.

/// One value of a document.
public enum JSONValue: Sendable, Hashable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case real(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// What it is, for people; never what it says, which may be a secret.
  public var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .real: "a number with a point"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// The members of an object, in the order of the document, each key once.
public struct JSONObject: Sendable, Hashable {
  public struct Member: Sendable, Hashable {
    public let key: String
    public let value: JSONValue

    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  public let members: [Member]
  public init(_ members: [Member] = []) { self.members = members }

  public subscript(key: String) -> JSONValue? { members.first { $0.key == key }?.value }
  public var keys: [String] { members.map(\.key) }
}
