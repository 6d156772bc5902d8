/// Names of hosts and of things in the site file.

/// A host name that the kernel, systemd, libvirt and nova all take: RFC 1123 labels, lower case, at most 64 bytes.
public struct Hostname: TextValue, Comparable {
  public static var kind: String { "a host name" }
  public let description: String

  public init(_ text: String) throws(InvalidValue) {
    try checkHostname(text)
    description = text
  }
}

/// The short name of a node: one label of a host name.
public struct NodeName: TextValue, Comparable {
  public static var kind: String { "a node name" }
  public let description: String

  public init(_ text: String) throws(InvalidValue) {
    if let dot = text.firstIndex(of: "."), (try? checkHostname(String(text[..<dot]))) != nil {
      throw InvalidValue(
        "\(quoted(text)) is not a short name",
        "call the node \(quoted(text[..<dot])) and say the rest once, as domain under [site]")
    }
    try checkHostname(text)
    description = text
  }
}

/// The domain that all nodes of a site are in, without a dot at either end.
public struct DomainName: TextValue, Comparable {
  public static var kind: String { "a domain name" }
  public let description: String

  public init(_ text: String) throws(InvalidValue) {
    if let problem = labelProblem(text) { throw InvalidValue("\(quoted(text)) is not a domain name", problem) }
    // A one-letter host and a dot must still fit into the kernel's 64 bytes.
    guard text.utf8.count <= 62 else {
      throw InvalidValue("\(quoted(text)) is too long for a domain", "a host name has at most 64 bytes with its domain")
    }
    description = text
  }
}

private func checkHostname(_ text: String) throws(InvalidValue) {
  if let problem = labelProblem(text) { throw InvalidValue("\(quoted(text)) is not a host name", problem) }
  guard text.utf8.count <= 64 else {
    throw InvalidValue("\(quoted(text)) is too long for a host name", "Linux takes at most 64 bytes")
  }
  guard !text.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }) else {
    throw InvalidValue("\(quoted(text)) is all digits", "a host name needs a letter, or it reads as an address")
  }
  guard !text.hasPrefix("localhost") else {
    throw InvalidValue(
      "\(quoted(text)) begins with localhost", "libvirt and NetworkManager take such a name for no name at all")
  }
}

/// What keeps a text from being dot-separated labels of lower-case letters, digits and inner hyphens (RFC 1123 2.1).
private func labelProblem(_ text: String) -> String? {
  guard !text.isEmpty else { return "it is empty" }
  for label in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
    guard !label.isEmpty else { return "it has an empty part: dots stand between parts only" }
    guard label.count <= 63 else { return "no part between dots has more than 63 letters" }
    guard label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
      return "no part begins or ends with a hyphen"
    }
    for byte in label {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): continue
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        let lowered = text.lowercased()
        return "write it in lower case" + (labelProblem(lowered) == nil ? ": \(quoted(lowered))" : "")
      case UInt8(ascii: "_"): return "it may not contain an underscore; a hyphen is fine"
      default: return "only the letters a to z, digits and hyphens are allowed"
      }
    }
  }
  return nil
}

/// The name of a network in the site file: what a TOML key can be without quotes.
public struct NetworkName: TextValue, Comparable {
  public static var kind: String { "a network name" }
  public let description: String

  public init(_ text: String) throws(InvalidValue) {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
      default: false
      }
    }
    guard isPlain, (1...64).contains(text.utf8.count) else {
      throw InvalidValue(
        "\(quoted(text)) is not a network name", "use up to 64 letters, digits, hyphens and underscores")
    }
    description = text
  }

  /// The networks that the defaults of the site file speak of.
  public static let management = NetworkName(known: "management")
  public static let tunnel = NetworkName(known: "tunnel")

  private init(known text: String) { description = text }
}
