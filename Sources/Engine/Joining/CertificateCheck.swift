internal import Cluster
internal import Documents
internal import Fixups
internal import Glibc
internal import Site

/// What an authority's signature should say for a node, and what is wrong with one that doesn't.
struct CertificateCheck {
  let names: [String]
  let sources: [String]
  /// nil where nobody knows whose signature counts: then anybody's does.
  let authority: Documents.SSHPublicKey?
  /// Seconds since the epoch.
  let now: UInt64

  init(_ node: Node, in site: Site, authority: Documents.SSHPublicKey?, now: UInt64 = UInt64(max(0, time(nil)))) {
    names = site.names(of: node)
    sources = site.certificateSources(of: node)
    self.authority = authority
    self.now = now
  }

  /// Each in words; none where it is good.
  func faults(of certificate: SSHCertificate) -> [String] {
    var faults: [String] = []
    if let authority, certificate.authority != authority { faults.append("signed by another authority") }
    if certificate.validFrom > now { faults.append("not valid yet") }
    if certificate.validUntil <= now { faults.append("expired") }
    let principals = certificate.isHost ? names : [Migration.principal]
    if Set(certificate.principals) != Set(principals) {
      faults.append("for \(certificate.principals.joined(separator: ", "))")
    }
    if !certificate.isHost, Set(certificate.sources) != Set(sources) {
      faults.append(
        "for use from \(certificate.sources.isEmpty ? "anywhere" : certificate.sources.joined(separator: ", "))")
    }
    return faults
  }

  /// Whether less than a third of its time is left.
  func endsSoon(_ certificate: SSHCertificate) -> Bool {
    guard certificate.validUntil > now, certificate.validUntil < .max else { return certificate.validUntil <= now }
    return certificate.validUntil - now < (certificate.validUntil - min(certificate.validFrom, now)) / 3
  }

  func isDue(_ certificate: SSHCertificate?) -> Bool {
    guard let certificate else { return true }
    return !faults(of: certificate).isEmpty || endsSoon(certificate)
  }

  func daysLeft(_ certificate: SSHCertificate) -> UInt64 {
    certificate.validUntil > now ? (certificate.validUntil - now) / 86400 : 0
  }
}

extension PeerFacts {
  /// Who has certified every key of this node, for this node and for now, `type base64`; nil where one lacks that.
  func authority(in site: Site) -> String? {
    guard let node = site.node(node), !migrationKeys.isEmpty else { return nil }
    let check = CertificateCheck(node, in: site, authority: nil)
    let good = certificates.compactMap { SSHCertificate($0) }.filter { check.faults(of: $0).isEmpty }
    let keys = hostKeys.map { ($0, true) } + migrationKeys.map { ($0, false) }
    let signers = keys.filter { SSHCertificate.certifies($0.0.type) }.map { key, isHost in
      good.first { $0.key == key && $0.isHost == isHost }?.authority.text
    }
    guard let first = signers.first, signers.allSatisfy({ $0 == first }) else { return nil }
    return first
  }
}
