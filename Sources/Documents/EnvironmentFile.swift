/// A file that `EnvironmentFile=` of a unit names, as systemd reads it (systemd.exec(5); env-file.c, parse_env_file_internal): blanks
/// around a name and a value are nobody's, and a backslash at the end of a line goes on with the value on the next.
public enum EnvironmentFile {
  private enum State {
    case beforeName, name, beforeValue, value, escape, single, double, doubleEscape, comment
  }

  /// In the order of the file; a later one of a name counts.
  public static func assignments(in bytes: [UInt8]) -> [EnvironmentAssignment] {
    var found: [EnvironmentAssignment] = []
    var (state, line, nameLine) = (State.beforeName, 1, 1)
    var (name, value) = ([UInt8](), PlacedBytes())
    // How much of the value stays when the blanks at its end go.
    var kept: Int?
    func end() {
      if let kept { value = value[0..<kept] }
      while let last = name.last, isBlank(last) { name.removeLast() }
      found.append(
        EnvironmentAssignment(
          String(decoding: name, as: UTF8.self), value, line: value.places.isEmpty ? nameLine : valueLine))
      (name, value, kept) = ([], PlacedBytes(), nil)
    }
    var valueLine = 1
    for (place, byte) in bytes.enumerated() {
      defer { if byte == 0x0A { line += 1 } }
      if byte == 0 { break }
      let isNewline = byte == 0x0A || byte == 0x0D
      func take() {
        if value.bytes.isEmpty { valueLine = line }
        value.append(byte, at: place)
      }
      switch state {
      case .beforeName:
        if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
          state = .comment
        } else if !isBlank(byte) {
          (state, name, nameLine) = (.name, [byte], line)
        }
      case .name:
        if isNewline {
          state = .beforeName
        } else if byte == UInt8(ascii: "=") {
          state = .beforeValue
        } else {
          name.append(byte)
        }
      case .beforeValue where isNewline, .value where isNewline:
        end()
        state = .beforeName
      case .beforeValue:
        switch byte {
        case UInt8(ascii: "'"): state = .single
        case UInt8(ascii: "\""): state = .double
        case UInt8(ascii: "\\"): state = .escape
        case _ where !isBlank(byte):
          take()
          state = .value
        default: break
        }
      case .value:
        if byte == UInt8(ascii: "\\") {
          (state, kept) = (.escape, nil)
        } else {
          if !isBlank(byte) { kept = nil } else if kept == nil { kept = value.bytes.count }
          take()
        }
      case .escape:
        if !isNewline { take() }
        state = .value
      case .single: if byte == UInt8(ascii: "'") { state = .beforeValue } else { take() }
      case .double:
        switch byte {
        case UInt8(ascii: "\""): state = .beforeValue
        case UInt8(ascii: "\\"): state = .doubleEscape
        default: take()
        }
      case .doubleEscape:
        if !"\"\\`$".utf8.contains(byte), byte != 0x0A { value.append(UInt8(ascii: "\\"), at: place - 1) }
        if byte != 0x0A { take() }
        state = .double
      // Behind a backslash the next line is one too before systemd 254; what is edited in a comment does no harm.
      case .comment: if isNewline { state = .beforeName }
      }
    }
    switch state {
    case .beforeName, .name, .comment: break
    default: end()
    }
    return found
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte) && byte != 0x0B && byte != 0x0C
  }
}
