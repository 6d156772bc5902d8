internal import Cluster
internal import Live
internal import Site

/// What came of asking the controller for this node.
struct DiscoverOutcome: Sendable {
  /// nil where nobody could be asked.
  var result: Result<Discovery, PeerFailure>
}

extension Joining {
  /// nil where there is nobody to ask, or nothing to ask for.
  @LiveActor func discover(
    _ ssh: SSH, _ tell: @escaping @LiveActor @Sendable (JoinEvent) -> Void
  ) async -> DiscoverOutcome? {
    guard target.node.role == .compute else { return nil }
    guard let destination = target.controllerDestination else { return nil }
    let session = ControllerSession(ssh: ssh, destination: destination, command: target.site.controller.discover)
    do throws(PeerFailure) {
      let discovery = try await session.discover(
        target.node.name, hosts: target.site.cloudNames(of: target.node), within: options.discoverWithin
      ) { tell(.waitingForService($0)) }
      return DiscoverOutcome(result: .success(discovery))
    } catch {
      return DiscoverOutcome(result: .failure(error))
    }
  }
}

extension JoinReport {
  /// Beside the controller's name, where the site has one; else beside the node's own.
  mutating func add(_ outcome: DiscoverOutcome?, of target: Target) {
    guard let outcome else { return }
    let name = target.controller?.name ?? target.node.name
    guard let place = entries.firstIndex(where: { $0.node == name }) else { return }
    switch outcome.result {
    case .success(.mapped(let byUs)):
      entries[place].done.append(byUs ? "\(node) put into its cell" : "\(node) is in its cell")
    case .success(.notRegistered):
      entries[place].left.append(
        .init(
          "discover_hosts", "\(node)'s compute service has not registered yet",
          advice: "does \(target.platform.nova.unit) run here? Then: imprint join", isTemporary: true))
    case .success(.failed(let words)): entries[place].left.append(.init("discover_hosts", words))
    case .failure(let failure):
      let left = PeerJoining.left(failure, "discover_hosts")
      // One reason is enough where the controller could not be reached at all.
      if !entries[place].left.contains(where: { $0.reason == left.reason }) { entries[place].left.append(left) }
    }
  }
}
