internal import Documents
internal import Tree

/// Private keys by which Open vSwitch and OVN prove who they are: as ovs-pki(8) names them, and OVN's charms. What an authority has
/// signed for others, and its own certificate, are meant to be on every node, and are none of them.
enum SwitchKeys {
  private static let charms = ["/etc/openvswitch/key_host", "/etc/ovn/key_host"]
  static let paths = ["/etc/openvswitch/*-privkey.pem", "/etc/ovn/*-privkey.pem"] + charms

  /// What was signed, and asked for, of a key that is there.
  static let halves: @Sendable (any TreeReading) throws -> [String] = { tree in
    try tree.places(paths).flatMap { place -> [String] in
      let path = place.path.description
      let suffix = "-privkey.pem"
      guard path.hasSuffix(suffix) else { return ["\(place.path.parent)/cert_host"] }
      let name = path.dropLast(suffix.count)
      return ["\(name)-cert.pem", "\(name)-req.pem"]
    }
  }
}

/// Certificates of an authority beside those that it issued: meant to be on every node, and nobody's own.
enum SiteAuthority {
  /// As libvirt (https://libvirt.org/kbase/tlscerts.html), QEMU and installers call one, or its list of what is revoked: cacert.pem,
  /// ca-cert.pem, ca.pem, crl.pem.
  static func isItsOwn(_ name: String) -> Bool {
    let words = name.lowercased().split { !$0.isLetter }.joined(separator: " ")
    return [
      "ca pem", "cacert pem", "ca cert pem", "ca bundle pem", "ca chain pem", "cacrl pem", "ca crl pem", "crl pem",
    ]
    .contains(words)
  }
}

/// What an agent of Puppet's has for its own name below `ssldir`, and its requests: `certs` has the authority's certificate, too, `ssl`
/// the list of what it revoked, and a server's `ca` the authority itself (Puppet's reference, "Directories: The SSL directory").
enum PuppetKeys {
  static let paths = ["/etc/puppetlabs/puppet/ssl", "/var/lib/puppet/ssl"].flatMap { directory in
    ["certs", "private_keys", "public_keys", "certificate_requests"].map { "\(directory)/\($0)/*.pem" }
  }
}

/// The authority that swtpm_localca(8) makes where it finds no key to sign with: a root of its own beside the key, and one that
/// signs. An authority without its root's key is somebody else's, who may have meant it for all nodes, and stays. What guests
/// have in their TPMs is theirs.
enum LocalAuthority {
  private static let directory: TreePath = "/var/lib/swtpm-localca"
  static let rootKey = directory.appending("swtpm-localca-rootca-privkey.pem")

  static let others: @Sendable (any TreeReading) throws -> [String] = { tree in
    guard try tree.place(rootKey) != nil else { return [] }
    return ["swtpm-localca-rootca-cert.pem", "signkey.pem", "issuercert.pem", "certserial"]
      .map { directory.appending($0).description }
  }
}

/// A system's login at SUSE's Customer Center or a mirror of it (SUSEConnect(8)), and the same login as zypper has it for each
/// service. Which server that is stays where it is (`/etc/SUSEConnect`), as SUSEConnect --cleanup leaves it.
enum SUSERegistration {
  static let path: TreePath = "/etc/zypp/credentials.d/SCCcredentials"

  static let services: @Sendable (any TreeReading) throws -> [String] = { tree in
    guard let file = try tree.glance(path), let own = login(in: file.bytes) else { return [] }
    return try tree.regularFiles(matching: ["\(path.parent)/*"]).filter { login(in: $0.bytes) == own }
      .map(\.path.description)
  }

  /// By the login alone: the server gives a registered system another token each time (SUSEConnect's `system_token`).
  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.compactMap { place in
      guard let login = login(in: try template.tree.file(place.path)?.bytes ?? []) else { return nil }
      let bytes = Array(login.utf8)
      return UniqueValue(place.path, bytes, shown: UniqueValue.fingerprint(bytes), place: place.path)
    }
  }

  private static func login(in bytes: [UInt8]) -> String? {
    Lines(bytes).lazy.compactMap { line in
      PlainSetting.value(of: "username", in: line.content).map { String(decoding: line.content[$0], as: UTF8.self) }
    }.first { !$0.isEmpty }
  }
}
