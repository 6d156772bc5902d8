internal import Documents

/// `OS_SECTION__OPTION=value`, in quotes or not, as oslo.config has it in a service's environment.
struct EnvironmentSetting {
  var name: String
  var section: String
  var option: String
  var value: String
  /// Of the value, in the line.
  var place: Range<Int>

  var asOption: OsloConfig.Option { .init(section: section, key: option, value: value) }

  static func all(in line: ArraySlice<UInt8>) -> [EnvironmentSetting] {
    var found: [EnvironmentSetting] = []
    var rest = line
    while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
      let name = rest[..<equals].reversed().prefix { isNamed($0) }.reversed()
      rest = line[(equals + 1)...]
      guard let text = String(validating: Array(name), as: UTF8.self), text.hasPrefix("OS_"),
        let mark = text.dropFirst(3).firstRange(of: "__")
      else { continue }
      let start = rest.first.map(isQuote) ?? false ? equals + 2 : equals + 1
      let value = line[min(start, line.endIndex)...].prefix { !isQuote($0) && $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
      let section = text.dropFirst(3)[..<mark.lowerBound]
      guard !value.isEmpty, !section.isEmpty else { continue }
      found.append(
        EnvironmentSetting(
          name: text, section: section == "DEFAULT" ? "DEFAULT" : section.lowercased(),
          option: text[mark.upperBound...].lowercased(), value: String(decoding: value, as: UTF8.self),
          place: value.startIndex..<value.endIndex))
    }
    return found
  }

  private static func isNamed(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
}
