internal import Live
public import Site

/// A peer over ssh: what it shows of itself, and what it is told.
public struct PeerSession: Sendable {
  private let ssh: SSH
  public let destination: SSHDestination
  private let user: UserName

  /// - Parameter user: Who moves guests.
  public init(ssh: SSH, destination: SSHDestination, user: UserName) {
    self.ssh = ssh
    self.destination = destination
    self.user = user
  }

  /// The same peer, looked for at another address than its name leads to; known by its name all the same.
  public func at(_ address: IPAddress) -> PeerSession {
    var ssh = ssh
    ssh.address = address
    return PeerSession(ssh: ssh, destination: destination, user: user)
  }

  /// Who speaks for the peer.
  public enum Greeting: Sendable {
    /// Its own imprint, which has done its part.
    case imprint(PeerDocument.Answer)
    /// Nobody: these are its files.
    case files(PeerTree)
  }

  /// - Parameter request: For the peer's imprint; nil asks for files only.
  @LiveActor public func greet(_ request: PeerDocument.Request?) async throws(PeerFailure) -> Greeting {
    let script = request == nil ? PeerScript.snapshot : PeerScript.greeting
    let answer = try await ask(ShellText.asRoot(script, [user.description]), input: request?.bytes ?? [])
    if PeerDocument.isAnswer(answer.output) {
      guard let document = PeerDocument.Answer(String(decoding: answer.output, as: UTF8.self)) else {
        throw .unreadable("its imprint's answer is torn")
      }
      return .imprint(document)
    }
    guard answer.status == 0 else { throw .failed(answer.lastWords) }
    guard answer.output.starts(with: PeerScript.header.utf8) else {
      throw .unreadable("its answer is not one" + (answer.firstWords.map { "; it said: \($0)" } ?? ""))
    }
    guard let tree = PeerTree(answer.output) else {
      throw .unreadable("its answer is torn, or a file changed meanwhile")
    }
    return .files(tree)
  }

  /// Changes files of a peer that has shown them.
  @LiveActor public func carryOut(_ edits: [PeerEdit], on tree: PeerTree) async throws(PeerFailure) {
    let script = PeerEdit.script(edits, on: tree)
    let answer = try await ask(ShellText.asRoot("exec sh -s"), input: Array(script.utf8))
    // sysexits(3), EX_TEMPFAIL
    if answer.status == 75 { throw .changedMeanwhile(answer.lastWords) }
    guard answer.status == 0, answer.output.starts(with: "imprint-written 1".utf8) else {
      throw .failed(answer.lastWords)
    }
  }

  @LiveActor func ask(_ words: String, input: [UInt8]) async throws(PeerFailure) -> Command.Answer {
    do throws(SSHFailure) {
      return try await ssh.ask(destination, words, input: input)
    } catch {
      throw .ssh(error)
    }
  }
}

extension Command.Answer {
  /// What a script over there said last; by which it tells why it failed.
  var lastWords: String {
    let lines = lastLines.filter { !$0.isEmpty }.map(\.shownOnOneLine)
    guard let last = lines.last else { return firstWords ?? "it ended with \(status)" }
    guard last.hasPrefix("imprint: ") else { return last }
    // Why is what the program said that failed.
    let why = lines.dropLast().last.flatMap { $0.hasPrefix("imprint: ") ? nil : " (\($0))" } ?? ""
    return String(last.dropFirst(9)) + why
  }
}

/// Why a peer is not yet what it should be.
public enum PeerFailure: Error, Sendable, Hashable {
  case ssh(SSHFailure)
  /// It was reached, and something failed there; in its words.
  case failed(String)
  case unreadable(String)
  /// Somebody else was at the same file: worth another try at once.
  case changedMeanwhile(String)
}

extension PeerFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .ssh(let failure): failure.reason
    case .failed(let words), .unreadable(let words), .changedMeanwhile(let words): words
    }
  }

  public var advice: String? {
    switch self {
    case .ssh(let failure): failure.advice
    case .failed, .unreadable, .changedMeanwhile: nil
    }
  }
}
