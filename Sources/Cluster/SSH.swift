internal import Glibc
public import Live
public import Site

/// The system's ssh(1), with the operator's own configuration, keys and agent. It asks nothing, forwards nothing, and has an
/// end in time that it does not depend on ssh for.
public struct SSH: Sendable {
  /// Where it is looked for: a fixed list, not the caller's PATH.
  static let programs = ["/usr/bin/ssh", "/usr/local/bin/ssh", "/bin/ssh"]

  private static let variables: [String] = [
    "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "KRB5CCNAME", "XDG_RUNTIME_DIR",
  ]

  let program: String
  /// What ssh needs of the operator's environment to find their agent and home.
  let environment: [String]
  /// Host keys that are known beside those that ssh knows by itself.
  let knownHosts: String?
  /// False where the site asks for the tutorial's way.
  let checksHostKeys: Bool
  /// For the connection, in seconds.
  let patience: Int
  /// Where to go instead of where the destination's name leads to.
  var address: IPAddress?

  /// nil where this machine has no ssh.
  public init?(knownHosts: String? = nil, checksHostKeys: Bool = true, patience: Int = 8) {
    guard let program = Self.programs.first(where: { access($0, X_OK) == 0 }) else { return nil }
    self.init(program: program, knownHosts: knownHosts, checksHostKeys: checksHostKeys, patience: patience)
  }

  init(program: String, knownHosts: String? = nil, checksHostKeys: Bool = true, patience: Int = 8) {
    self.program = program
    self.knownHosts = knownHosts
    self.checksHostKeys = checksHostKeys
    self.patience = patience
    environment = Self.variables.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
  }

  /// What ssh is called with; none of it is a secret.
  func command(_ destination: SSHDestination, _ words: String) -> Command {
    // A login may take 25 seconds where the other's logind does not answer PAM, and sshd nobody meanwhile (sd_bus_call(3),
    // BUS_DEFAULT_TIMEOUT); after 35 seconds of silence nobody is there.
    var options = [
      "BatchMode=yes", "ConnectTimeout=\(patience)", "ConnectionAttempts=1", "ServerAliveInterval=5",
      "ServerAliveCountMax=6", "ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes",
      "PermitLocalCommand=no", "LogLevel=ERROR",
    ]
    if let knownHosts {
      // The first two are where ssh looks anyway (ssh_config(5), GlobalKnownHostsFile).
      options.append("GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2 \(knownHosts)")
    }
    if let address { options += ["HostName=\(address)", "HostKeyAlias=\(destination.host)"] }
    if !checksHostKeys { options += ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"] }
    return Command(
      program, ["-T"] + options.flatMap { ["-o", $0] } + ["--", destination.description, words],
      environment: environment)
  }

  /// Runs words there and keeps what they say. A command that fails over there is an answer.
  @LiveActor public func ask(
    _ destination: SSHDestination, _ words: String, input: [UInt8] = [], within limit: Duration = .seconds(60)
  ) async throws(SSHFailure) -> Command.Answer {
    let answer: Command.Answer
    do throws(CommandFailure) {
      answer = try await command(destination, words).answerOfSSH(to: input, within: limit)
    } catch {
      throw SSHFailure(destination, error)
    }
    // ssh(1), EXIT STATUS: 255 where ssh itself failed.
    guard answer.status != 255 else { throw SSHFailure(destination, lines: answer.lastLines) }
    return answer.withoutGreetings
  }
}

extension Command.Answer {
  /// Without what a shell's own files say before the words that it was given: all that our scripts say begins with a line
  /// `imprint-WHAT VERSION`.
  var withoutGreetings: Command.Answer {
    let mark = Array("imprint-".utf8)
    var rest = output[...]
    while !rest.starts(with: mark) {
      guard let end = rest.firstIndex(of: 0x0A) else { return self }
      rest = rest[(end + 1)...]
    }
    return Command.Answer(status: status, output: Array(rest), lastLines: lastLines)
  }

  /// The first line of an answer that is none, as far as it can be shown.
  var firstWords: String? {
    let line = output.prefix(200).split(separator: 0x0A).first { !$0.isEmpty && $0 != [0x0D] }
    return line.map { String(decoding: $0, as: UTF8.self).shownOnOneLine }
  }
}

extension Command {
  /// An ssh's answer; where sshd turned it away before it ran anything, that of the next try. More nodes may come at once than
  /// sshd lets in (sshd_config(5), MaxStartups), and an sshd that reads its files anew closes on who came in that moment. One that
  /// fell silent is asked once more: all that is said over there may be said twice.
  @LiveActor func answerOfSSH(to input: [UInt8] = [], within limit: Duration) async throws(CommandFailure) -> Answer {
    var wasSilent = false
    for pause in [Duration.milliseconds(500), .seconds(1), .seconds(2)] {
      let answer = try await answer(to: input, within: limit)
      let isSilent = answer.lastLines.allSatisfy(\.isEmpty)
      guard answer.status == 255, SSHFailure.isTurnedAway(answer.lastLines) || isSilent && !wasSilent,
        (try? await LiveActor.sleep(for: pause)) != nil
      else { return answer }
      wasSilent = wasSilent || isSilent
    }
    return try await answer(to: input, within: limit)
  }
}
