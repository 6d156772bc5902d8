internal import CJansson

/// How much of a document is taken.
public struct JSONLimits: Sendable, Hashable {
  public var bytes: Int
  /// Of lists and objects in each other.
  public var depth: Int

  public init(bytes: Int = 16 << 20, depth: Int = 64) {
    self.bytes = bytes
    self.depth = depth
  }
}

extension JSONNode {
  /// Parses a whole document (RFC 8259), strictly: UTF-8, nothing after it, no key twice.
  ///
  /// - Parameter document: What to call it in errors.
  public init(_ bytes: [UInt8], document: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
    guard let jansson = imprint_jansson()?.pointee else {
      throw JSONError(
        .unavailable, document, "", "there is no libjansson here to read it (Debian: apt install libjansson4)")
    }
    guard bytes.count <= limits.bytes else {
      throw JSONError(.tooLarge, document, "", "it has \(bytes.count) bytes, and may have \(limits.bytes)")
    }
    var error = json_error_t()
    let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY)
    let root = bytes.withUnsafeBytes { buffer in
      // An empty buffer may have no address, which the library does not like.
      buffer.isEmpty
        ? jansson.json_loadb("", 0, flags, &error)
        : jansson.json_loadb(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, flags, &error)
    }
    guard let root else { throw JSONError(error, document) }
    defer { jansson.json_delete(root) }
    let reading = JSONReading(jansson: jansson, limits: limits, document: document)
    self.init(try reading.value(root, depth: 0), document: document)
  }
}

/// Takes the library's values over into ours.
private struct JSONReading {
  let jansson: imprint_jansson
  let limits: JSONLimits
  let document: String

  func value(_ json: UnsafeMutablePointer<json_t>, depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= limits.depth else {
      throw JSONError(.tooDeep, document, "", "lists and objects are in each other more than \(limits.depth) deep")
    }
    switch json.pointee.type {
    case JSON_OBJECT: return .object(try object(json, depth))
    case JSON_ARRAY:
      var elements: [JSONValue] = []
      for index in 0..<jansson.json_array_size(json) {
        guard let element = jansson.json_array_get(json, index) else { break }
        elements.append(try value(element, depth: depth + 1))
      }
      return .array(elements)
    case JSON_STRING:
      let text = UnsafeRawBufferPointer(start: jansson.json_string_value(json), count: jansson.json_string_length(json))
      return .string(String(decoding: text, as: UTF8.self))
    case JSON_INTEGER: return .integer(Int64(jansson.json_integer_value(json)))
    case JSON_REAL: return .real(jansson.json_real_value(json))
    case JSON_TRUE: return .boolean(true)
    case JSON_FALSE: return .boolean(false)
    default: return .null
    }
  }

  private func object(_ json: UnsafeMutablePointer<json_t>, _ depth: Int) throws(JSONError) -> JSONObject {
    var members: [JSONObject.Member] = []
    var place = jansson.json_object_iter(json)
    while let here = place {
      if let key = jansson.json_object_iter_key(here), let member = jansson.json_object_iter_value(here) {
        members.append(JSONObject.Member(String(cString: key), try value(member, depth: depth + 1)))
      }
      place = jansson.json_object_iter_next(json, here)
    }
    return JSONObject(members)
  }
}

extension JSONError {
  fileprivate init(_ error: json_error_t, _ document: String) {
    var error = error
    let (code, reason): (Code, String) =
      switch json_error_code(UInt32(max(0, imprint_jansson_code(&error)))) {
      case json_error_stack_overflow: (.tooDeep, "lists and objects are in each other too deep")
      case json_error_invalid_utf8: (.notUTF8, "it is not UTF-8")
      case json_error_premature_end_of_input: (.truncated, "it ends in the middle")
      case json_error_end_of_input_expected: (.invalidSyntax, "something stands after the document's end")
      case json_error_null_character, json_error_null_byte_in_key: (.invalidSyntax, "a text has a NUL in it")
      case json_error_duplicate_key: (.duplicateKey, "an object has the same key twice")
      case json_error_numeric_overflow: (.numberOutOfRange, "a number is too large")
      default: (.invalidSyntax, "it is not JSON")
      }
    self.init(code, document, "line \(max(1, error.line)), column \(max(1, error.column))", reason)
  }
}
