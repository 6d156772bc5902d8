/// Names in the lists of algorithms of ssh_config(5) and sshd_config(5): every one that OpenSSH 6.6 to 10 knows, or has known (`ciphers` in
/// cipher.c, `macs` in mac.c, `kexalgs` in kex.c, `keyimpls` in sshkey.c). One that is none of these makes the program refuse all of its
/// configuration: "Bad SSH2 cipher spec".
public enum SSHAlgorithms {
  /// The first name in an option's list that no version knows; nil where there is none, or the option has no such list.
  ///
  /// - Parameter keyword: in lower case.
  public static func unknown(in arguments: [String], of keyword: String) -> String? {
    guard let known = names(of: keyword), let list = arguments.first else { return nil }
    // What is taken away may be anything.
    if list.hasPrefix("-") { return nil }
    let isAddition = list.hasPrefix("+") || list.hasPrefix("^")
    let text = list.dropFirst(isAddition ? 1 : 0)
    let names = text.split(separator: ",", omittingEmptySubsequences: false)
    guard !text.isEmpty else { return list }
    // strsep(3), ended by the first that is empty; what stands behind that one is passed over where no version has it, but has to be
    // something where it is the whole list (kex.c, kex_assemble_names).
    if let name = names.prefix(while: { !$0.isEmpty }).first(where: { !isKnown(String($0), known) }) {
      return String(name)
    }
    return isAddition || names.contains { !$0.isEmpty && isKnown(String($0), known) } ? nil : list
  }

  /// Names with an `@` are somebody's own (RFC 4251, section 6), and those of GSSAPI and X.509 come with patches: as with patterns for
  /// them, nobody can tell.
  private static func isKnown(_ name: String, _ known: Names) -> Bool {
    if name.contains("@") || name.hasPrefix("gss-") || name.hasPrefix("x509v3-") { return true }
    let all = known.text.split(whereSeparator: \.isWhitespace).map(String.init)
    if all.contains(name) { return true }
    guard known.areKeys else { return false }
    // match_pattern_list: a negated one will do as well.
    let pattern = SSHPatternList([String(name.drop { $0 == "!" })])
    return all.contains { pattern.matches(any: [$0]) }
      || ["rsa", "dsa", "ecdsa", "ed25519", "ecdsa-sk", "ed25519-sk"].contains(name.lowercased())
  }

  private struct Names {
    let text: String
    /// Types of keys, which may be asked for by a pattern, or by a short name.
    var areKeys = false
  }

  private static func names(of keyword: String) -> Names? {
    switch keyword {
    case "ciphers": Names(text: ciphers)
    case "macs": Names(text: macs)
    case "kexalgorithms": Names(text: kex)
    case "hostkeyalgorithms", "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes", "casignaturealgorithms",
      "hostbasedalgorithms", "hostbasedacceptedalgorithms", "hostbasedkeytypes", "hostbasedacceptedkeytypes":
      Names(text: keys, areKeys: true)
    default: nil
    }
  }

  private static let ciphers = """
    3des-cbc blowfish-cbc cast128-cbc arcfour arcfour128 arcfour256 aes128-cbc aes192-cbc aes256-cbc aes128-ctr aes192-ctr aes256-ctr
    chacha20-poly1305
    """
  private static let macs = """
    hmac-sha1 hmac-sha1-96 hmac-sha2-256 hmac-sha2-256-96 hmac-sha2-512 hmac-sha2-512-96 hmac-md5 hmac-md5-96 hmac-ripemd160
    """
  private static let kex = """
    diffie-hellman-group1-sha1 diffie-hellman-group14-sha1 diffie-hellman-group14-sha256 diffie-hellman-group16-sha512
    diffie-hellman-group18-sha512 diffie-hellman-group-exchange-sha1 diffie-hellman-group-exchange-sha256
    ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521 curve25519-sha256 sntrup761x25519-sha512
    mlkem768x25519-sha256 mlkem768nistp256-sha256 mlkem1024nistp384-sha384
    """
  private static let keys = """
    ssh-ed25519 ssh-rsa ssh-dss ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 rsa-sha2-256 rsa-sha2-512
    """
}
