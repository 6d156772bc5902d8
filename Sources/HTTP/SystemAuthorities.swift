internal import Glibc

/// Whom this host trusts to vouch for servers: one file of PEM certificates, which each distribution keeps elsewhere.
///
/// A libcurl of the host's own knows its host's place. One that came in a bundle knows that of the distribution that it was
/// built on (CURLOPT_CAINFO(3)), and on any other would find nobody to trust.
enum SystemAuthorities {
  /// The first is asked for first. Each is kept up to date by the distribution's own tool.
  static let places = [
    "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu: update-ca-certificates(8)
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Red Hat 7 and later: update-ca-trust(8)
    "/etc/pki/tls/certs/ca-bundle.crt",  // Red Hat before, and a link to the former since
    "/var/lib/ca-certificates/ca-bundle.pem",  // openSUSE: update-ca-certificates(8)
    "/etc/ssl/ca-bundle.pem",  // SUSE before, and a link to the former since
    "/etc/ssl/cert.pem",  // what OpenSSL itself looks for, on Alpine among others
  ]

  /// The host's bundle where libcurl's own is not there; nil where libcurl is to take its own, be it there or not.
  ///
  /// - Parameter own: Where libcurl looks; nil where it does not say.
  static func bundle(
    insteadOf own: String?, isReadable: (String) -> Bool = { access($0, R_OK) == 0 }
  ) -> String? {
    guard let own, !isReadable(own) else { return nil }
    return places.first(where: isReadable)
  }
}
