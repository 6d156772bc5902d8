/// A value as it travels on the bus, with its type (D-Bus specification, "Type System").
public indirect enum BusValue: Sendable, Hashable {
  case byte(UInt8)
  case bool(Bool)
  case int16(Int16)
  case uint16(UInt16)
  case int32(Int32)
  case uint32(UInt32)
  case int64(Int64)
  case uint64(UInt64)
  case double(Double)
  case string(String)
  case objectPath(String)
  case signature(String)
  /// The signature is the elements', needed where there are none.
  case array(of: String, [BusValue])
  case dictionary(key: String, value: String, [Entry])
  case structure([BusValue])
  case variant(BusValue)

  public struct Entry: Sendable, Hashable {
    public var key: BusValue
    public var value: BusValue
    public init(_ key: BusValue, _ value: BusValue) {
      self.key = key
      self.value = value
    }
  }

  public var signature: String {
    switch self {
    case .byte: "y"
    case .bool: "b"
    case .int16: "n"
    case .uint16: "q"
    case .int32: "i"
    case .uint32: "u"
    case .int64: "x"
    case .uint64: "t"
    case .double: "d"
    case .string: "s"
    case .objectPath: "o"
    case .signature: "g"
    case .array(let element, _): "a" + element
    case .dictionary(let key, let value, _): "a{\(key)\(value)}"
    case .structure(let members): "(" + members.map(\.signature).joined() + ")"
    case .variant: "v"
    }
  }

  /// a{sv}, the usual dictionary of named options.
  public static func options(_ options: [(String, BusValue)]) -> BusValue {
    .dictionary(
      key: "s", value: "v", options.map { Entry(.string($0.0), .variant($0.1)) })
  }

  /// as
  public static func strings(_ strings: [String]) -> BusValue { .array(of: "s", strings.map(BusValue.string)) }
}

/// What a reader wants out of an answer. Each is nil where the value is of another type; a variant is looked through.
extension BusValue {
  public var text: String? {
    switch self {
    case .string(let text), .objectPath(let text), .signature(let text): text
    case .variant(let value): value.text
    default: nil
    }
  }

  public var truth: Bool? {
    switch self {
    case .bool(let value): value
    case .variant(let value): value.truth
    default: nil
    }
  }

  /// Any of the integers.
  public var number: UInt64? {
    switch self {
    case .byte(let value): UInt64(value)
    case .uint16(let value): UInt64(value)
    case .uint32(let value): UInt64(value)
    case .uint64(let value): value
    case .int16(let value): UInt64(exactly: value)
    case .int32(let value): UInt64(exactly: value)
    case .int64(let value): UInt64(exactly: value)
    case .variant(let value): value.number
    default: nil
    }
  }

  /// The members of an array or a structure.
  public var elements: [BusValue]? {
    switch self {
    case .array(_, let elements), .structure(let elements): elements
    case .variant(let value): value.elements
    default: nil
    }
  }

  /// A dictionary with text for keys.
  public var fields: [String: BusValue]? {
    switch self {
    case .dictionary(_, _, let entries):
      Dictionary(
        entries.compactMap { entry in entry.key.text.map { ($0, entry.value) } },
        uniquingKeysWith: { first, _ in first })
    case .variant(let value): value.fields
    default: nil
    }
  }
}
