/// The proof that instances move to a node: one starts on a peer, is cold-migrated, confirmed, and deleted again whatever
/// happened; one that a killed run left behind is deleted first.
public struct Canary: Sendable {
  public var credentials: CloudCredentials
  public var node: CloudExpectation
  public var wish: CanaryWish
  /// For each step. A guest that does not listen to its power button costs nova a minute.
  public var stepLimit: Duration

  /// What became of it.
  public struct Flight: Sendable, Equatable {
    /// Where it started.
    public let peer: String
    /// `started`, `migrated`, `confirmed`: as far as it came.
    public let done: [String]
    /// Why it came no further.
    public let failure: CloudFailure?

    public static let whole = ["started", "migrated", "confirmed"]
  }

  static let namePrefix = "imprint-canary-"
  static let pause = Duration.seconds(1)
  /// Deleting has its own: it is done after everything else ran out of time, too.
  var cleanupLimit = Duration.seconds(120)

  public init(
    _ credentials: CloudCredentials, to node: CloudExpectation, _ wish: CanaryWish = CanaryWish(),
    stepLimit: Duration = .seconds(240)
  ) {
    self.credentials = credentials
    self.node = node
    self.wish = wish
    self.stepLimit = stepLimit
  }

  var name: String { Self.namePrefix + node.name }

  /// - Parameters:
  ///   - tell: What is being done.
  ///   - isWanted: False once somebody wants it to end: then it cleans up.
  /// - Throws: ``CloudFailure`` where it could not even be tried, or could not be cleaned up after.
  public func fly(tell: @escaping (String) -> Void, while isWanted: @escaping () -> Bool) throws -> Flight {
    let api = ServerAPI(session: try CloudSession(credentials, until: .now + stepLimit * 4))
    try cleanUp(tell)
    let choice = try CanaryChoice(
      wish, for: node, try api.flavors(), try api.images(), try Nova(session: api.session).services(host: nil))
    var run = CanaryRun(canary: self, api: api, choice: choice, tell: tell, isWanted: isWanted)
    let ending = Result { try run.carryOut() }
    do throws(CloudFailure) {
      try cleanUp(tell)
    } catch {
      throw left(error)
    }
    let failure: CloudFailure? = if case .failure(let error) = ending { error as? CloudFailure } else { nil }
    guard failure?.code != .interrupted else {
      throw CloudFailure(.interrupted, "the migration of a canary was broken off, and the canary deleted")
    }
    return Flight(peer: choice.peer.host, done: run.done, failure: failure)
  }

  /// Deletes every canary of this node's, and sees it gone.
  private func cleanUp(_ tell: (String) -> Void) throws(CloudFailure) {
    let api = ServerAPI(session: try CloudSession(credentials, until: .now + cleanupLimit))
    let ids = try api.canaries(named: name)
    guard !ids.isEmpty else { return }
    tell("deleting the canary")
    do throws(CloudFailure) {
      for id in ids { try api.delete(id) }
      while true {
        var left: [Server] = []
        for id in ids { if let server = try api.server(id) { left.append(server) } }
        if left.isEmpty { return }
        if let stuck = left.first(where: { $0.status == "ERROR" && $0.task == nil }) { try api.delete(stuck.id) }
        // A signal has been heeded already: this is what it asked for. The session's deadline ends the waiting.
        _ = Rest.of(Self.pause)
      }
    } catch {
      throw left(error, ids)
    }
  }

  /// What a person has to know who is left with it.
  private func left(_ failure: CloudFailure, _ ids: [String] = []) -> CloudFailure {
    guard failure.advice?.contains(name) != true else { return failure }
    let which = ids.isEmpty ? name : ids.map(\.printable).joined(separator: " ")
    return CloudFailure(
      failure.code, "the instance \(name) may be left in the cloud: \(failure.reason)",
      advice: "imprint verify --migrate deletes it first the next time; or: openstack server delete \(which)  # \(name)"
    )
  }
}
