/// A value and where it stands, so that whoever finds it wrong can say which it is.
public struct JSONNode: Sendable, Hashable {
  public let value: JSONValue
  public let document: String
  /// `links[2].mtu`; empty for the whole document.
  public let path: String

  public init(_ value: JSONValue, document: String, path: String = "") {
    self.value = value
    self.document = document
    self.path = path
  }

  // MARK: Ways down

  /// A member of an object that has to be there.
  public func member(_ key: String) throws(JSONError) -> JSONNode {
    guard let found = try object()[key] else {
      throw JSONError(.missing, document, path, "has no \(Self.step(key))")
    }
    return child(found, key)
  }

  /// A member of an object; nil where it is absent or null.
  public func optional(_ key: String) throws(JSONError) -> JSONNode? {
    guard let found = try object()[key], found != .null else { return nil }
    return child(found, key)
  }

  public func elements() throws(JSONError) -> [JSONNode] {
    guard case .array(let elements) = value else { throw wrongType("a list") }
    return elements.enumerated().map { JSONNode($1, document: document, path: "\(path)[\($0)]") }
  }

  public func members() throws(JSONError) -> [(key: String, value: JSONNode)] {
    try object().members.map { ($0.key, child($0.value, $0.key)) }
  }

  private func child(_ value: JSONValue, _ key: String) -> JSONNode {
    let step = Self.step(key)
    return JSONNode(
      value, document: document, path: path.isEmpty || step.hasPrefix("[") ? path + step : "\(path).\(step)")
  }

  /// A key as it can stand in a path and on a terminal.
  private static func step(_ key: String) -> String {
    let isPlain =
      !key.isEmpty && key.utf8.count <= 64
      && key.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
    return isPlain ? key : "[\(String(key.prefix(64)).debugDescription)]"
  }

  // MARK: Values

  public func object() throws(JSONError) -> JSONObject {
    guard case .object(let object) = value else { throw wrongType("an object") }
    return object
  }

  public func string() throws(JSONError) -> String {
    guard case .string(let text) = value else { throw wrongType("a text") }
    return text
  }

  public func integer() throws(JSONError) -> Int {
    guard case .integer(let number) = value else { throw wrongType("a whole number") }
    return Int(number)
  }

  /// A text as the value that it stands for.
  ///
  /// - Parameter what: What it should be, with its article: `an IP address`.
  public func string<Value>(as what: String, _ read: (String) throws -> Value) throws(JSONError) -> Value {
    let text = try string()
    do {
      return try read(text)
    } catch {
      throw invalid("is not \(what)")
    }
  }

  private func wrongType(_ expected: String) -> JSONError {
    JSONError(.wrongType, document, path, "is \(value.kind), not \(expected)")
  }

  /// For a value of the right type that is wrong all the same.
  public func invalid(_ reason: String) -> JSONError { JSONError(.invalidValue, document, path, reason) }
}

extension JSONNode {
  /// Every value that is no list and no object, and each of those that is empty, with its path and as a text.
  public var leaves: [(path: String, value: String)] {
    switch value {
    case .object(let object) where !object.members.isEmpty:
      object.members.flatMap { child($0.value, $0.key).leaves }
    case .array(let elements) where !elements.isEmpty:
      elements.enumerated().flatMap { JSONNode($1, document: document, path: "\(path)[\($0)]").leaves }
    case .object: [(path, "{}")]
    case .array: [(path, "[]")]
    case .null: [(path, "null")]
    case .boolean(let said): [(path, "\(said)")]
    case .integer(let number): [(path, "\(number)")]
    case .real(let number): [(path, "\(number)")]
    case .string(let text): [(path, text)]
    }
  }
}
