internal import Documents
internal import Tree

/// Private keys by which tunnels of IPsec prove who this machine is. A secret that both ends share is a connection's, and none of them.
enum IPsecKeys {
  /// strongSwan's, files of one key each, where Debian and SUSE, and where Red Hat's packages have them (ipsec.secrets(5); swanctl(8)).
  static let paths = ["/etc", "/etc/strongswan"].flatMap { directory in
    ["ipsec.d/private", "swanctl/private", "swanctl/rsa", "swanctl/ecdsa", "swanctl/pkcs8", "swanctl/pkcs12"]
      .map { "\(directory)/\($0)/*" }
  }

  /// libreswan's are in a database of NSS that is there without any, too: where a connection proves itself by one (ipsec.conf(5)).
  static let database: @Sendable (any TreeReading) throws -> [String] = { tree in
    let databases = try tree.places(["/var/lib/ipsec/nss/key4.db", "/etc/ipsec.d/key4.db"])
    guard !databases.isEmpty else { return [] }
    let connections = try tree.regularFiles(
      matching: ["/etc/ipsec.conf", "/etc/ipsec.d/*.conf", "/etc/NetworkManager/system-connections/*"])
    let keys = ["left", "right"].flatMap { end in ["cert", "ckaid", "rsasigkey", "pubkey"].map { end + $0 } }
    let isNamed = connections.contains { file in
      Lines(file.bytes).contains { line in keys.contains { PlainSetting.value(of: $0, in: line.content) != nil } }
    }
    return isNamed ? databases.map(\.path.description) : []
  }
}
