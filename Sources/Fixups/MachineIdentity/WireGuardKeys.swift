internal import Documents
internal import Tree

/// Private keys of WireGuard, wherever a tunnel is configured: wg-quick's files, NetworkManager's keyfiles and systemd's *.netdev. They
/// name a tunnel's end to its peers, which know the public half, and so only a person can change them.
enum WireGuardKeys {
  static let paths = [
    "/etc/wireguard/*.conf", "/etc/NetworkManager/system-connections/*", "/etc/systemd/network/*.netdev",
  ]

  /// NetworkManager's, where its settings say another directory.
  static let connections: @Sendable (any TreeReading) throws -> [String] = { tree in
    let path = try KeyfileDirectory(in: tree).path
    return path.flatMap { $0 == KeyfileDirectory.usual ? nil : ["\($0)/*"] } ?? []
  }

  /// 32 bytes in base64 (wg(8)): a private key for 802.1X is a path.
  static func keys(in bytes: [UInt8]) -> [String] {
    Lines(bytes).compactMap { line in
      for name in ["PrivateKey", "private-key"] {
        guard let range = PlainSetting.value(of: name, in: line.content) else { continue }
        let value = String(decoding: line.content[range], as: UTF8.self)
        if value.utf8.count == 44, value.hasSuffix("=") { return value }
      }
      return nil
    }
  }

  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(matching: paths + connections(template.tree)).flatMap { file in
      keys(in: file.bytes).map { key in
        let bytes = Array(key.utf8)
        return UniqueValue(file.path, bytes, shown: UniqueValue.fingerprint(bytes), place: nil)
      }
    }
  }
}
