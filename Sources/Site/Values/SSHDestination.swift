/// Where ssh goes: USER@HOST or HOST. Never anything that ssh could take for an option.
public struct SSHDestination: TextValue {
  public static var kind: String { "an ssh destination" }
  public let user: UserName?
  /// A host name, an address, or a name that the reader's own ssh configuration knows.
  public let host: String

  public init(_ text: String) throws(InvalidValue) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    let isHost = parts.last.map { host in
      !host.isEmpty && host.utf8.count <= 255 && host.first != "-"
        && host.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
          case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
          case UInt8(ascii: ":"): true
          default: false
          }
        }
    }
    guard parts.count <= 2, let host = parts.last, isHost == true else {
      throw InvalidValue(
        "\(quoted(text)) is not an ssh destination", "write user@host or host, such as root@controller")
    }
    if host.contains(":"), (try? IPAddress(String(host))) == nil {
      throw InvalidValue("\(quoted(text)) is not an ssh destination", "a port goes into ~/.ssh/config")
    }
    user = parts.count == 2 ? try UserName(String(parts[0])) : nil
    self.host = String(host)
  }

  public var description: String { user.map { "\($0)@\(host)" } ?? host }

  /// A node, by its short name.
  public init(_ node: NodeName) {
    user = nil
    host = node.description
  }
}
