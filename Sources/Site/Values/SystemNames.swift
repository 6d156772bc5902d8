/// Names that the operating system gives to things.

/// The name of a network interface, as the kernel takes it (`dev_valid_name`, `__dev_alloc_name`, `sysctl_dev_name_is_allowed`), and no
/// pattern to those who read it: netplan refuses one as an id (parse.c), systemd.network(5) matches with it.
public struct InterfaceName: TextValue, Comparable {
  public static var kind: String { "an interface name" }
  public let description: String

  public init(_ text: String) throws(InvalidValue) {
    let problem: String? =
      if text.isEmpty {
        "it is empty"
      } else if text.utf8.count > 15 {
        "the kernel takes at most 15 bytes"
      } else if text == "." || text == ".." {
        "the kernel refuses it"
      } else if text == "lo" {
        "the loopback interface belongs to no network"
      } else if text.utf8.contains(UInt8(ascii: ":")) {
        "an alias is not an interface: give the network several addresses instead"
      } else if text.utf8.contains(where: "*?[]".utf8.contains) {
        "netplan and systemd take it for a pattern: write the name of one interface"
      } else if text == "all" || text == "default" || text.utf8.contains(UInt8(ascii: "%")) {
        "the kernel gives no interface that name"
      } else if !text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }) {
        "it may hold no slash, blank, control character or letter outside ASCII"
      } else {
        nil
      }
    if let problem { throw InvalidValue("\(quoted(text)) is not an interface name", problem) }
    description = text
  }
}

/// The name of an account, as shadow's is_valid_name() takes it.
public struct UserName: TextValue, Comparable {
  public static var kind: String { "a user name" }
  public let description: String

  public init(_ text: String) throws(InvalidValue) {
    let bytes = Array(text.utf8)
    let isPlain = bytes.enumerated().allSatisfy { place, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): place > 0
      default: false
      }
    }
    guard isPlain, (1...32).contains(bytes.count) else {
      throw InvalidValue(
        "\(quoted(text)) is not a user name", "use up to 32 letters, digits, hyphens and underscores, a letter first")
    }
    description = text
  }

  public static let nova = UserName(known: "nova")
  public static let root = UserName(known: "root")

  private init(known text: String) { description = text }
}

/// The full name of a systemd unit, with its suffix (systemd.unit(5)).
public struct UnitName: TextValue, Comparable {
  public static var kind: String { "a unit name" }
  public let description: String

  static let suffixes = [
    "service", "socket", "target", "device", "mount", "automount", "swap", "timer", "path", "slice", "scope",
  ]

  public init(_ text: String) throws(InvalidValue) {
    let suffix = text.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(text[text.index(after: $0)...]) }
    guard let suffix, Self.suffixes.contains(suffix) else {
      throw InvalidValue("\(quoted(text)) is not a unit name", "it ends in .service, .socket, .target or the like")
    }
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "@"),
        UInt8(ascii: "\\"):
        true
      default: false
      }
    }
    guard isPlain, text.utf8.count <= 255, text.utf8.count > suffix.utf8.count + 1 else {
      throw InvalidValue("\(quoted(text)) is not a unit name", "systemd takes letters, digits and :-_.\\@ in it")
    }
    description = text
  }
}
