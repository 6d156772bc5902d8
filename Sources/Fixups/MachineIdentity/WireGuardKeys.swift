internal import Documents
internal import Tree

/// Private keys of WireGuard, wherever a tunnel is configured: wg-quick's files, NetworkManager's keyfiles, systemd's *.netdev and netplan's
/// definitions, and files of nothing but a key that those name. They name a tunnel's end to its peers, which know the public half, and
/// so only a person can change them.
enum WireGuardKeys {
  static let paths = [
    "/etc/wireguard/*.conf", "/etc/NetworkManager/system-connections/*", "/etc/systemd/network/*.netdev", netplan,
  ]
  private static let netplan = "/etc/netplan/*.yaml"

  /// NetworkManager's, where its settings say another directory, and files that hold a key for somebody.
  static let others: @Sendable (any TreeReading) throws -> [String] = { tree in
    let path = try KeyfileDirectory(in: tree).path
    let connections = path.flatMap { $0 == KeyfileDirectory.usual ? nil : ["\($0)/*"] } ?? []
    let named = try tree.regularFiles(matching: ["/etc/systemd/network/*.netdev", netplan]).flatMap { file in
      values(["PrivateKeyFile"], in: file.bytes).filter { $0.hasPrefix("/") }
    }
    return connections + named
  }

  static func keys(in bytes: [UInt8]) -> [String] {
    let only = bytes.count < 64 ? Word.only(bytes) : ""
    return isKey(only) ? [only] : values(["PrivateKey", "private-key"], in: bytes).filter(isKey)
  }

  /// 32 bytes in base64 (wg(8)): a private key for 802.1X is a path.
  private static func isKey(_ text: String) -> Bool {
    text.utf8.count == 44 && text.hasSuffix("=") && !text.contains(where: \.isWhitespace)
  }

  /// What settings of these names hold; and what netplan calls them, `key:` or `private:` below `keys:` (its reference, "Properties for
  /// device type tunnels:"), on one line with others or not.
  private static func values(_ names: [String], in bytes: [UInt8]) -> [String] {
    Lines(bytes).flatMap { line -> [String] in
      for name in names {
        guard let range = PlainSetting.value(of: name, in: line.content) else { continue }
        return [String(decoding: line.content[range], as: UTF8.self)]
      }
      guard line.content.contains(UInt8(ascii: ":")) else { return [] }
      let words = line.text.prefix { $0 != "#" }.split { " \t{},'\"".contains($0) }
      return zip(words, words.dropFirst()).filter { ["key:", "private:"].contains($0.0) }.map { String($0.1) }
    }
  }

  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(matching: paths + others(template.tree)).flatMap { file in
      keys(in: file.bytes).map { key in
        let bytes = Array(key.utf8)
        return UniqueValue(file.path, bytes, shown: UniqueValue.fingerprint(bytes), place: nil)
      }
    }
  }
}
