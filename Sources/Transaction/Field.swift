/// One field of a line whose fields are separated by tabs: any text, kept on the line.
public enum Field {
  /// Tabs, newlines and backslashes as `\t`, `\n`, `\\`.
  public static func escape(_ text: String) -> String {
    let isPlain = !text.utf8.contains { $0 == UInt8(ascii: "\\") || $0 == 0x09 || $0 == 0x0A }
    if isPlain { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\t": result += "\\t"
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  public static func unescape(_ text: String) -> String {
    if !text.utf8.contains(UInt8(ascii: "\\")) { return text }
    var result = ""
    var escaped = false
    for scalar in text.unicodeScalars {
      if escaped {
        result.unicodeScalars.append(scalar == "t" ? "\t" : scalar == "n" ? "\n" : scalar)
        escaped = false
      } else if scalar == "\\" {
        escaped = true
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
