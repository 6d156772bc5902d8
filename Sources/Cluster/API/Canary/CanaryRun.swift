internal import JSON

/// One canary's way.
struct CanaryRun {
  let canary: Canary
  let api: ServerAPI
  let choice: CanaryChoice
  let tell: (String) -> Void
  let isWanted: () -> Bool
  private(set) var done: [String] = []

  init(
    canary: Canary, api: ServerAPI, choice: CanaryChoice, tell: @escaping (String) -> Void,
    isWanted: @escaping () -> Bool
  ) {
    self.canary = canary
    self.api = api
    self.choice = choice
    self.tell = tell
    self.isWanted = isWanted
  }

  mutating func carryOut() throws {
    let (peer, target) = (choice.peer.host, canary.node.name)
    tell("starting a canary on \(peer)")
    let id = try api.create(canary.name, choice.flavor, choice.image, in: choice.peer.zone, on: peer)
    try wait(for: id, "start on \(peer)") { $0.status == "ACTIVE" && $0.task == nil }
    done.append("started")
    tell("migrating it to \(target)")
    try api.act(id, "migrate", ["host": .string(try targetHost())])
    try wait(for: id, "migrate to \(target)", failedWhen: { $0.status == "ACTIVE" && $0.task == nil }) {
      $0.status == "VERIFY_RESIZE"
    }
    done.append("migrated")
    tell("confirming it")
    try api.act(id, "confirmResize")
    let confirmed = try wait(for: id, "be confirmed") { $0.status == "ACTIVE" && $0.task == nil }
    guard let host = confirmed.host, canary.node.names.contains(host) else {
      throw CloudFailure(.unexpected, "it is on \(confirmed.host?.printable ?? "no host that nova names")")
    }
    done.append("confirmed")
  }

  /// As nova calls the host of this node's compute service.
  private func targetHost() throws -> String {
    for name in canary.node.names where try !Nova(session: api.session).services(host: name).isEmpty { return name }
    throw CloudFailure(.absent, "nova has no compute service called \(canary.node.name)")
  }

  @discardableResult
  private func wait(
    for id: String, _ what: String, failedWhen hasFailed: (Server) -> Bool = { _ in false },
    until isThere: (Server) -> Bool
  ) throws -> Server {
    let deadline = ContinuousClock.now + canary.stepLimit
    while true {
      guard isWanted() else { throw CloudFailure(.interrupted, "it was told to end") }
      guard let server = try api.server(id) else { throw CloudFailure(.absent, "somebody deleted the canary") }
      if isThere(server) { return server }
      // Back where it was, with nothing going on any more: nova gave up. It names its task before it answers a request for one.
      if server.status == "ERROR" || hasFailed(server) { throw failure(of: server, what) }
      guard .now < deadline else {
        throw CloudFailure(
          .unavailable, "it did not \(what) within \(canary.stepLimit): nova says \(server.status.printable)",
          advice: "nova-compute's log on both nodes tells more")
      }
      _ = Rest.of(Canary.pause)
    }
  }

  private func failure(of server: Server, _ what: String) -> CloudFailure {
    let reason = (try? api.reasonOfFailure(server.id)) ?? server.fault
    return CloudFailure(
      .unexpected, "it did not \(what): \(reason?.lines ?? "nova does not say why")", advice: Self.advice(reason ?? ""))
  }

  /// ssh(1): 255 is its own failure; another status is that of what it ran, or of the login shell.
  private static func advice(_ reason: String) -> String {
    guard reason.contains("ssh") else { return "nova-compute's log on both nodes tells more" }
    return reason.contains("Exit code: 255")
      ? "one does not know the other's host key, or does not accept its key: imprint join"
      : "can nova log in there? imprint verify on both nodes"
  }
}

extension String {
  /// Several lines in one.
  fileprivate var lines: String {
    split(whereSeparator: \.isNewline).map { String($0).printable }.joined(separator: "; ")
  }
}
