public import Documents
public import Site

/// What a node tells others of itself so that guests can be moved: public halves only.
public struct PeerFacts: Sendable, Hashable {
  public var node: NodeName
  /// Of its sshd.
  public var hostKeys: [Documents.SSHPublicKey]
  /// Of its migration user.
  public var migrationKeys: [Documents.SSHPublicKey]
  /// What an authority has signed of all these.
  public var certificates: [String]
  /// Where it is, `network address/prefix`; none where it does not say.
  public var addresses: [String] = []
  /// What its site makes trust of, and whose keys those are; nil where it does not say.
  public var access: String?
  public var user: String?

  public init(
    node: NodeName, hostKeys: [Documents.SSHPublicKey], migrationKeys: [Documents.SSHPublicKey],
    certificates: [String] = []
  ) {
    self.node = node
    self.hostKeys = hostKeys
    self.migrationKeys = migrationKeys
    self.certificates = certificates.filter { SSHCertificate($0) != nil }
  }

  /// - Parameters: Lines of .pub files; what is no key is left out.
  public init(node: NodeName, hostKeyLines: [String], migrationKeyLines: [String], certificates: [String] = []) {
    self.init(
      node: node, hostKeys: hostKeyLines.compactMap { Documents.SSHPublicKey($0) },
      migrationKeys: migrationKeyLines.compactMap { Documents.SSHPublicKey($0) }, certificates: certificates)
  }

  /// Type and blob of each, without the comment.
  public var hostKeyTexts: [String] { hostKeys.map(\.text) }
  public var migrationKeyTexts: [String] { migrationKeys.map(\.text) }

  /// Lines of a document that two imprints exchange; `keyword value`.
  var lines: [String] {
    ["node \(node)"] + hostKeys.map { "host-key \($0.line)" } + migrationKeys.map { "migration-key \($0.line)" }
      // Without the comment: `type base64`.
      + certificates.map { "certificate \($0.split(separator: " ").prefix(2).joined(separator: " "))" }
      + addresses.map { "address \($0)" }
      + [access.map { "access \($0)" }, user.map { "user \($0)" }].compactMap(\.self)
  }

  /// - Returns: nil where a line does not say what it should, or it names nobody.
  init?(_ lines: [(keyword: String, value: String)]) {
    var node: NodeName?
    hostKeys = []
    migrationKeys = []
    certificates = []
    for (keyword, value) in lines {
      switch keyword {
      case "node":
        guard node == nil, let name = try? NodeName(value) else { return nil }
        node = name
      case "host-key", "migration-key":
        guard let key = Documents.SSHPublicKey(value), hostKeys.count + migrationKeys.count < 64 else { return nil }
        if keyword == "host-key" { hostKeys.append(key) } else { migrationKeys.append(key) }
      case "certificate":
        guard SSHCertificate(value) != nil, certificates.count < 64 else { return nil }
        certificates.append(value)
      case "address":
        guard addresses.count < 64 else { return nil }
        addresses.append(value)
      case "access": access = value.shownOnOneLine
      case "user": user = value.shownOnOneLine
      default: continue
      }
    }
    guard let node else { return nil }
    self.node = node
  }
}

extension Documents.SSHPublicKey {
  /// With its comment, as far as that is plain text: it goes into other machines' files.
  var line: String {
    let plain = comment.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
    let comment = String(String.UnicodeScalarView(plain)).prefix(128)
    return comment.isEmpty ? text : "\(text) \(comment)"
  }
}
