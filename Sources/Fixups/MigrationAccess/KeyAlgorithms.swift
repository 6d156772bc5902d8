internal import Documents

/// What keys are called in lists of algorithms (ssh_config(5), PubkeyAcceptedAlgorithms and HostKeyAlgorithms).
struct KeyAlgorithms {
  let names: [String]

  /// - Parameter isCertified: Whether an authority's word for the keys is asked for, rather than the keys themselves.
  init(of types: [String], isCertified: Bool) {
    // RFC 8332: one type of key, three of signatures.
    let plain = types.flatMap { $0 == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", $0] : [$0] }
    names = isCertified ? plain.map { "\($0)-cert-v01@openssh.com" } : plain
  }

  /// A list of its own, the default with some more, or without some.
  func areTaken(by list: String) -> Bool {
    switch list.first {
    case "+", "^": true
    case "-": !names.allSatisfy { SSHPatternList(String(list.dropFirst())).matches(any: [$0]) }
    default: SSHPatternList(list).matches(any: names)
    }
  }
}
