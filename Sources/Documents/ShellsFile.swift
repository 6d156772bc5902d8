/// /etc/shells as getusershell(3) reads it: a line's first word from its first `/` on, up to a blank or `#`.
public struct ShellsFile: Sendable {
  /// In the order of the file.
  public let shells: [String]

  public init(_ bytes: [UInt8]) {
    shells = bytes.split(separator: 0x0A).compactMap { line in
      let start = line.drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "#") && $0 != 0 }
      guard start.first == UInt8(ascii: "/") else { return nil }
      let shell = start.prefix { !$0.isCBlank && $0 != UInt8(ascii: "#") && $0 != 0 }
      return String(decoding: shell, as: UTF8.self)
    }
  }

  public func contains(_ shell: String) -> Bool { shells.contains(shell) }
}
