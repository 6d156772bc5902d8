internal import Live
public import Site

/// The controller over ssh, asked until the cells know a node, or there is no time left.
public struct ControllerSession: Sendable {
  private let ssh: SSH
  private let destination: SSHDestination
  private let command: String?

  /// - Parameter command: The site's own `discover`.
  public init(ssh: SSH, destination: SSHDestination, command: String?) {
    self.ssh = ssh
    self.destination = destination
    self.command = command
  }

  /// A new compute service registers seconds after it has started: asked again after 1, 2, 4 … seconds.
  ///
  /// - Parameter node: With what the cloud may call it.
  @LiveActor public func discover(
    _ node: NodeName, hosts: [String], within patience: Duration, waiting: @LiveActor (Duration) -> Void = { _ in }
  ) async throws(PeerFailure) -> Discovery {
    let deadline = ContinuousClock.now + patience
    var pause = Duration.seconds(1)
    while true {
      let discovery = try await once(node, hosts)
      guard case .notRegistered = discovery, .now + pause < deadline else { return discovery }
      waiting(pause)
      // Cancelled: what is known now is the answer.
      guard (try? await LiveActor.sleep(for: pause)) != nil else { return discovery }
      pause = min(pause * 2, .seconds(16))
    }
  }

  @LiveActor private func once(_ node: NodeName, _ hosts: [String]) async throws(PeerFailure) -> Discovery {
    let answer: Command.Answer
    do throws(SSHFailure) {
      // nova-manage takes four seconds, and may wait for those of other nodes.
      answer = try await ssh.ask(destination, DiscoverScript.words([hosts], command: command), within: .seconds(180))
    } catch {
      throw .ssh(error)
    }
    let text = String(decoding: answer.output, as: UTF8.self)
    guard let discovery = Discovery(text, nodes: [(node, hosts)]) else {
      throw .failed(answer.lastWords)
    }
    return discovery
  }
}
