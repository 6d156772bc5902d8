internal import Documents
internal import Fixups
internal import Glibc
internal import Live
internal import Site
internal import Tree

extension Target {
  /// Whether each of this node's keys has what an authority should have signed for it.
  ///
  /// - Parameter isJoined: One that has no certificate lacks it; before joining, no node has any.
  public func certificateTestimony(isJoined: Bool) throws -> Testimony {
    guard site.migration.access == .certificate, node.role == .compute else { return Testimony() }
    let situation = try situation()
    let check = CertificateCheck(node, in: site, authority: try situation.authority())
    var testimony = Testimony()
    for key in try OwnKeys(of: situation).keys where SSHCertificate.certifies(key.key.type) {
      guard isJoined || key.certificate != nil else { continue }
      let expected = "signed by the authority for \(node.name), and valid"
      var faults = key.certificate.map(check.faults) ?? ["none"]
      if let line = key.certificateLine, try !LiveActor.run({ await Self.holds(line) }) {
        faults.append("its signature does not hold")
      }
      let days = key.certificate.map(check.daysLeft) ?? 0
      testimony.claims.append(
        Claim(
          "certificate of \(key.path)", expected: expected,
          seen: faults.isEmpty ? "\(expected), \(days) days left" : faults.joined(separator: ", "),
          holds: faults.isEmpty))
      if faults.isEmpty, let certificate = key.certificate, check.endsSoon(certificate) {
        testimony.findings.append(
          Finding(
            .warning, "the certificate of \(key.path) ends in \(days) days", advice: "imprint join has it signed again")
        )
      }
    }
    return testimony
  }

  /// ssh-keygen looks at the signature before it lists anything; where there is none on this machine, nobody can tell.
  @LiveActor private static func holds(_ line: String) async -> Bool {
    guard let program = KeyGeneration.programs.first(where: { access($0, X_OK) == 0 }) else { return true }
    let command = Command(program, ["-L", "-f", "-"])
    let answer = try? await command.answer(to: Array("\(line)\n".utf8), within: .seconds(20))
    return answer?.status == 0
  }
}
