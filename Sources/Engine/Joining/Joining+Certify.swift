internal import Cluster
internal import Documents
internal import Fixups
internal import Live
internal import Site
internal import Tree

/// What came of going to the authority.
struct OwnCertification: Sendable {
  /// As far as anybody knows it, `type base64`.
  var authority: String?
  /// All that this node has now and that is good for a while.
  var certificates: [String] = []
  /// Those of them that have just been signed.
  var fresh: [String] = []
  var failure: PeerFailure?
}

extension Joining {
  /// Has the authority on the controller sign what lacks a signature, or has one that ends soon. nil where the site wants keys.
  @LiveActor func certify(_ ssh: SSH) async throws -> OwnCertification? {
    guard target.site.migration.access == .certificate, target.node.role == .compute else { return nil }
    let situation = try target.situation()
    let keys = try situation.keysToCertify()
    let known = try situation.authority()
    var certification = OwnCertification(authority: known?.text)
    func good(_ authority: Documents.SSHPublicKey?) -> [OwnKey] {
      let check = CertificateCheck(target.node, in: target.site, authority: authority)
      return keys.filter { !check.isDue($0.certificate) }
    }
    certification.certificates = good(known).compactMap(\.certificateLine)
    guard let destination = target.controllerDestination else {
      certification.failure = .failed("the site has no controller, where the authority would be")
      return certification
    }
    let session = AuthoritySession(ssh: ssh, destination: destination)
    let request = target.site.certificationRequest(for: target.node)
    do throws(PeerFailure) {
      let authority = try await session.certify([], for: request).authority
      if let known, target.site.migration.authority != nil, known != authority {
        throw PeerFailure.failed("the controller's authority is not the one that the site says")
      }
      let kept = good(authority)
      let due = keys.filter { key in !kept.contains { $0.path == key.path } }
      if !due.isEmpty {
        certification.fresh = try await session.certify(
          due.map { KeyToCertify($0.key, isHost: $0.isHost) }, for: request
        ).certificates
      }
      certification.authority = authority.text
      certification.certificates = kept.compactMap(\.certificateLine) + certification.fresh
    } catch {
      // With all that is needed for a while, it does not matter who is down.
      if known == nil || certification.certificates.count < keys.count { certification.failure = error }
    }
    return certification
  }

  /// What this node's own line of the report says of it.
  func add(_ certification: OwnCertification, _ plan: Plan, to entry: inout JoinReport.Entry) {
    if let failure = certification.failure {
      entry.left.append(PeerJoining.left(failure, "certificates"))
    } else {
      entry.done.append(certification.fresh.isEmpty ? "certificates" : "certificates, \(certification.fresh.count) new")
    }
    entry.remarks += plan.findings.filter { $0.fixup == "certificates" && $0.value.severity == .warning }
      .map(\.value.text)
  }

  /// sshd reads its certificates when it starts.
  ///
  /// - Returns: Why that was in vain.
  @LiveActor func restartServer(_ plan: Plan) async -> String? {
    let readers = plan.consequences.filter { $0.because.contains { $0.isWithin("/etc/ssh") } }
    guard target.tree.rootPath == "/", !readers.isEmpty else { return nil }
    do {
      let system = try await LiveSystem.connect(target.platform)
      let states = try await system.state(of: target.platform.units.map(\.name)).units
      for reader in readers {
        guard case .restart(let unit) = reader.action, states[unit]?.activity == .running else { continue }
        try await system.perform(ActivationStep(reader, rank: 0))
      }
      return nil
    } catch {
      return EngineError(error)?.description ?? "\(error)"
    }
  }
}

extension Site {
  /// What a node asks of the authority, word for word; the controller's gate lets nothing else through.
  func certificationRequest(for node: Node) -> AuthorityScript.Request {
    AuthorityScript.Request(
      node: node.name, names: names(of: node), sources: certificateSources(of: node), validity: migration.validity)
  }
}
