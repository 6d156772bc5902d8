/// What is secret in a configuration: it is neither shown, nor taken for a name or an address that it looks like.
public enum SecretSetting {
  /// Parts of an option's name whose value is a secret, in nova, neutron, ifcfg and cloud configuration.
  private static let words = [
    "password", "passwd", "passphrase", "secret", "token", "_psk", "wpa_psk", "private_key", "auth_key",
    "encryption_key", "hmac_key", "apikey", "api_key", "credential", "backend_argument",
  ]

  /// Whether a setting of this name holds one.
  public static func isSecret(_ name: some StringProtocol) -> Bool {
    var name = String(
      name.lowercased().filter { !$0.isWhitespace && !"\"'#;".contains($0) }.map { $0 == "-" ? "_" : $0 })
    // A section's name, where it stands before the option's: OS_KEYSTONE_AUTHTOKEN__AUTH_URL, --keystone_authtoken-auth_url.
    if let section = name.firstRange(of: "keystone_authtoken_") { name = String(name[section.upperBound...]) }
    let isKey =
      ["_key", "_private", "_pwd", "_pass", "sshpass"].contains(where: name.hasSuffix)
      || ["key", "psk", "pwd", "privatekey", "presharedkey"].contains(name)
    // The keys of a wireless network: KEY1 to KEY4, wep-key0 to wep-key3.
    let isNumbered = ["key", "wep_key", "wireless_key"].contains {
      name.dropLast() == $0 && name.last?.isNumber == true
    }
    return isKey || isNumbered || words.contains(where: name.contains)
  }

  /// Whether a setting of this name holds nothing but a password: what looks like an address in it is none.
  public static func isPassword(_ name: some StringProtocol) -> Bool {
    let name = name.lowercased()
    return name == "pwd" || ["password", "passwd", "passphrase"].contains(where: name.contains)
  }

  /// Where the user and the password of URLs stand: `rabbit://openstack:secret@controller`.
  public static func credentials(in text: ArraySlice<UInt8>) -> [Range<Int>] {
    let ends = Array("/? \t\r\n\"'".utf8)
    var found: [Range<Int>] = []
    var rest = text
    while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
      rest = rest[(colon + 1)...]
      guard rest.starts(with: "//".utf8) else { continue }
      let authority = rest.dropFirst(2).prefix { !ends.contains($0) }
      // Each of several hosts has its own; the last @ ends one: a password may hold one.
      for host in authority.split(separator: UInt8(ascii: ",")) {
        guard let at = host.lastIndex(of: UInt8(ascii: "@")), host[..<at].contains(UInt8(ascii: ":")) else { continue }
        found.append(host.startIndex..<at)
      }
      rest = text[authority.endIndex...]
    }
    return found
  }
}
