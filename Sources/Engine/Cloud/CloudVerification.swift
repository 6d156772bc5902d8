public import Cluster
public import Fixups
internal import Site
internal import Tree

/// What others said of a node: claims that hold or don't, or why it was not asked.
public struct Testimony: Sendable {
  public var claims: [Claim] = []
  public var findings: [Finding] = []

  public init(claims: [Claim] = [], findings: [Finding] = []) {
    self.claims = claims
    self.findings = findings
  }

  /// It was asked, and all is as it should be.
  public var isWell: Bool { !claims.isEmpty && findings.isEmpty && claims.allSatisfy(\.holds) }
}

extension Target {
  /// What the cloud should say of this node; nil where it is none that nova would know.
  public func cloudExpectation() throws -> CloudExpectation? {
    guard node.role == .compute else { return nil }
    let nova = try NovaFiles(platform, in: tree)
    return CloudExpectation(node, of: site, host: nova.host, myIP: nova.myIP, computeID: nova.computeID)
  }

  /// Where credentials are looked for.
  public func credentialSearch(
    cloud: String?, openrc: String?, environment: [String: String]
  ) throws -> CredentialSearch {
    CredentialSearch(
      cloud: cloud, openrc: openrc, siteOpenRC: site.controller.openrc,
      nova: try NovaFiles(platform, in: tree).files.map(\.bytes), environment: environment, file: HostFile.find)
  }

  /// Asks the cloud for all that it should say of this node. What keeps it from being asked is a failed claim where somebody
  /// named credentials, or where the cloud is out of this node's reach; it is never left unsaid.
  ///
  /// - Parameter patience: How long to ask again where it does not say so yet.
  public func askCloud(_ search: CredentialSearch, patience: Duration = .zero) throws -> Testimony {
    guard let expectation = try cloudExpectation() else { return Testimony() }
    do {
      guard let credentials = try search.credentials() else {
        return Testimony(notAsked: "the cloud was not asked: there are no credentials", CredentialSearch.advice)
      }
      do {
        let inquiry = CloudInquiry(credentials, about: expectation, patience: patience)
        let view = try inquiry.view { expectation.claims(of: $0).allSatisfy(\.holds) }
        return Testimony(claims: expectation.claims(of: view))
      } catch let failure as CloudFailure {
        return Testimony(failure, isNamed: credentials.areNamed)
      }
    } catch let problem as CredentialProblem {
      return Testimony(
        claims: [Claim("the cloud's answer", expected: "one", seen: "none: \(problem)", holds: false)])
    }
  }

  /// Proves that instances can be moved to this node.
  ///
  /// - Throws: ``EngineError`` where that could not be tried, or somebody ended it.
  public func migrateCanary(
    _ search: CredentialSearch, _ wish: CanaryWish, tell: @escaping (String) -> Void,
    while isWanted: @escaping () -> Bool
  ) throws -> [Claim] {
    guard let expectation = try cloudExpectation() else {
      throw EngineError(.usage, "\(node.name) is no compute node: nothing can be migrated to it")
    }
    guard let credentials = try search.credentials() else {
      throw EngineError(
        .unavailable, "there are no credentials to migrate a canary with", advice: CredentialSearch.advice)
    }
    let flight = try Canary(credentials, to: expectation, wish).fly(tell: tell, while: isWanted)
    let seen = flight.done + (flight.failure.map { ["then \($0)"] } ?? [])
    return [
      Claim(
        "an instance migrates from \(flight.peer) to \(node.name)",
        expected: Canary.Flight.whole.joined(separator: ", "),
        seen: seen.joined(separator: ", "))
    ]
  }
}

extension Testimony {
  fileprivate init(notAsked words: String, _ advice: String?) {
    self.init(findings: [Finding(.warning, words, advice: advice)])
  }

  fileprivate init(_ failure: CloudFailure, isNamed: Bool) {
    // nova's own account may be too weak for these questions, and a machine may lack a library: no fault of the node's.
    let isNoFault = !isNamed && [.notAllowed, .wrongCredentials, .noEndpoint].contains(failure.code)
    if isNoFault || failure.code == .noLibrary {
      self.init(notAsked: "the cloud was not asked: \(failure.reason)", failure.advice)
    } else {
      self.init(claims: [Claim("the cloud's answer", expected: "one", seen: "none: \(failure)", holds: false)])
    }
  }
}

extension Verification {
  /// With what others say.
  public func adding(_ others: Testimony, from source: String) -> Verification {
    Verification(
      node: node, claims: claims + others.claims.map { Plan.Stated(fixup: source, value: $0) },
      differences: differences,
      findings: findings + others.findings.map { Plan.Stated(fixup: source, value: $0) })
  }
}
