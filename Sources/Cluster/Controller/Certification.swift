public import Documents
internal import Live
public import Site

/// What the authority on the controller has said: who it is, and what it has signed.
public struct Certification: Sendable, Equatable {
  public let authority: Documents.SSHPublicKey
  /// As they go into files.
  public let certificates: [String]

  /// nil where the answer is torn, or not one, or is not what was asked for: every key, for this node, by this authority.
  ///
  /// - Parameter keys: What was to be signed.
  init?(_ answer: String, of keys: [KeyToCertify], for request: AuthorityScript.Request) {
    let lines = answer.split(separator: "\n").map(String.init)
    func values(_ keyword: String) -> [String] {
      lines.filter { $0.hasPrefix("\(keyword) ") }.map { String($0.dropFirst(keyword.count + 1)) }
    }
    guard lines.first == AuthorityScript.header, lines.last == "end", let first = values("authority").first,
      let authority = Documents.SSHPublicKey(first)
    else { return nil }
    let certificates = values("certificate")
    guard certificates.count == keys.count else { return nil }
    for (key, line) in zip(keys, certificates) {
      guard let certificate = SSHCertificate(line), certificate.key == key.key, certificate.isHost == key.isHost,
        certificate.authority == authority, certificate.identifier == request.node.description,
        certificate.principals == (key.isHost ? request.names : [Migration.principal])
      else { return nil }
    }
    self.authority = authority
    self.certificates = certificates
  }
}

/// A public key that the authority shall sign.
public struct KeyToCertify: Sendable, Hashable {
  public let key: Documents.SSHPublicKey
  public let isHost: Bool

  public init(_ key: Documents.SSHPublicKey, isHost: Bool) {
    self.key = key
    self.isHost = isHost
  }

  var line: String { "\(isHost ? "host" : "user") \(key.line)\n" }
}

/// The authority on the controller, over ssh.
public struct AuthoritySession: Sendable {
  private let ssh: SSH
  private let destination: SSHDestination

  public init(ssh: SSH, destination: SSHDestination) {
    self.ssh = ssh
    self.destination = destination
  }

  /// - Parameter keys: None asks only who the authority is.
  @LiveActor public func certify(
    _ keys: [KeyToCertify], for request: AuthorityScript.Request
  ) async throws(PeerFailure) -> Certification {
    let answer: Command.Answer
    do throws(SSHFailure) {
      answer = try await ssh.ask(
        destination, AuthorityScript.words(request), input: Array(keys.map(\.line).joined().utf8))
    } catch {
      throw .ssh(error)
    }
    guard answer.status == 0 else { throw .failed(answer.lastWords) }
    guard let certification = Certification(String(decoding: answer.output, as: UTF8.self), of: keys, for: request)
    else { throw .unreadable("the authority's answer is not one, or does not certify what it was asked to") }
    return certification
  }
}
