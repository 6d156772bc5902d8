internal import CSystemd
internal import Glibc

/// One message of sd-bus, written and read as ``BusValue``s (sd_bus_message_append_basic(3),
/// sd_bus_message_read_basic(3)).
struct BusMessage: ~Copyable {
  let systemd: imprint_systemd
  let message: OpaquePointer

  /// Takes the reference over.
  init(_ message: OpaquePointer, _ systemd: imprint_systemd) {
    self.message = message
    self.systemd = systemd
  }

  deinit { _ = systemd.sd_bus_message_unref(message) }

  /// - Returns: A negative errno where the value cannot travel (a text that is no UTF-8, a bad object path).
  borrowing func append(_ value: BusValue) -> CInt {
    switch value {
    case .byte(let value): basic("y", value)
    case .bool(let value): basic("b", CInt(value ? 1 : 0))
    case .int16(let value): basic("n", value)
    case .uint16(let value): basic("q", value)
    case .int32(let value): basic("i", value)
    case .uint32(let value): basic("u", value)
    case .int64(let value): basic("x", value)
    case .uint64(let value): basic("t", value)
    case .double(let value): basic("d", value)
    case .string(let text): systemd.sd_bus_message_append_basic(message, "s".type, text)
    case .objectPath(let text): systemd.sd_bus_message_append_basic(message, "o".type, text)
    case .signature(let text): systemd.sd_bus_message_append_basic(message, "g".type, text)
    case .array(let element, let values): container("a", element) { values }
    case .structure(let members): container("r", members.map(\.signature).joined()) { members }
    case .variant(let value): container("v", value.signature) { [value] }
    case .dictionary(let key, let value, let entries): dictionary(key, value, entries)
    }
  }

  private borrowing func basic<Value: BitwiseCopyable>(_ type: Character, _ value: Value) -> CInt {
    withUnsafeBytes(of: value) { systemd.sd_bus_message_append_basic(message, type.type, $0.baseAddress) }
  }

  private borrowing func container(_ type: Character, _ contents: String, _ values: () -> [BusValue]) -> CInt {
    var result = systemd.sd_bus_message_open_container(message, type.type, contents)
    for value in values() where result >= 0 { result = append(value) }
    return result < 0 ? result : systemd.sd_bus_message_close_container(message)
  }

  private borrowing func dictionary(_ key: String, _ value: String, _ entries: [BusValue.Entry]) -> CInt {
    var result = systemd.sd_bus_message_open_container(message, "a".type, "{\(key)\(value)}")
    for entry in entries where result >= 0 {
      result = container("e", key + value) { [entry.key, entry.value] }
    }
    return result < 0 ? result : systemd.sd_bus_message_close_container(message)
  }
}

extension Character {
  fileprivate var type: CChar { CChar(bitPattern: asciiValue ?? 0) }
}

extension String {
  fileprivate var type: CChar { first?.type ?? 0 }
}

/// Reads a message from where its reader stands. Borrowed: it lives no longer than the call that got the message.
struct BusReader {
  let systemd: imprint_systemd
  let message: OpaquePointer

  /// What is left of the message, or of the container that was entered; nil where it is not well-formed.
  func values() -> [BusValue]? {
    var values: [BusValue] = []
    while true {
      var type: CChar = 0
      var contents: UnsafePointer<CChar>?
      let result = systemd.sd_bus_message_peek_type(message, &type, &contents)
      if result == 0 { return values }
      guard result > 0, let value = value(Character(UnicodeScalar(UInt8(bitPattern: type))), contents) else {
        return nil
      }
      values.append(value)
    }
  }

  private func value(_ type: Character, _ contents: UnsafePointer<CChar>?) -> BusValue? {
    switch type {
    case "y": number(type, UInt8.self).map(BusValue.byte)
    case "b": number(type, CInt.self).map { .bool($0 != 0) }
    case "n": number(type, Int16.self).map(BusValue.int16)
    case "q": number(type, UInt16.self).map(BusValue.uint16)
    case "i": number(type, Int32.self).map(BusValue.int32)
    case "u": number(type, UInt32.self).map(BusValue.uint32)
    case "x": number(type, Int64.self).map(BusValue.int64)
    case "t": number(type, UInt64.self).map(BusValue.uint64)
    case "d": number(type, UInt64.self).map { .double(Double(bitPattern: $0)) }
    case "s": text(type).map(BusValue.string)
    case "o": text(type).map(BusValue.objectPath)
    case "g": text(type).map(BusValue.signature)
    case "h": number(type, CInt.self).map(BusValue.int32)
    case "a", "r", "e", "v": contents.flatMap { container(type, String(cString: $0)) }
    default: nil
    }
  }

  private func number<Value: FixedWidthInteger>(_ type: Character, _: Value.Type) -> Value? {
    var value: Value = 0
    return withUnsafeMutableBytes(of: &value) {
      systemd.sd_bus_message_read_basic(message, type.type, $0.baseAddress) > 0
    } ? value : nil
  }

  private func text(_ type: Character) -> String? {
    var text: UnsafePointer<CChar>?
    return withUnsafeMutableBytes(of: &text) {
      systemd.sd_bus_message_read_basic(message, type.type, $0.baseAddress) > 0
    } ? text.map { String(cString: $0) } : nil
  }

  private func container(_ type: Character, _ contents: String) -> BusValue? {
    guard systemd.sd_bus_message_enter_container(message, type.type, contents) > 0 else { return nil }
    guard let members = values(), systemd.sd_bus_message_exit_container(message) >= 0 else { return nil }
    switch type {
    case "a" where contents.hasPrefix("{"): return dictionary(contents, members)
    case "a": return .array(of: contents, members)
    case "v": return members.first.map(BusValue.variant)
    default: return .structure(members)
    }
  }

  private func dictionary(_ contents: String, _ members: [BusValue]) -> BusValue? {
    let types = contents.dropFirst().dropLast()
    let entries = members.compactMap { member -> BusValue.Entry? in
      guard case .structure(let pair) = member, pair.count == 2 else { return nil }
      return BusValue.Entry(pair[0], pair[1])
    }
    guard entries.count == members.count else { return nil }
    return .dictionary(key: String(types.prefix(1)), value: String(types.dropFirst()), entries)
  }
}
