internal import Site
internal import Tree

extension NetworkManager {
  /// Reads the files again and activates the link's connection; where it does not come up, goes back.
  func renew(_ renewal: LinkRenewal, by deadline: ContinuousClock.Instant) async throws(LinkFailure) {
    // It is activated when a carrier comes, and cannot be before; but what is active for want of caring (ignore-carrier in
    // NetworkManager.conf(5)) can be renewed.
    if renewal.hadNoCarrier, try await activeConnection() == nil { return try await reload() }
    // Beyond the deadline, so that it is we who go back where we can.
    let net = ContinuousClock.now.duration(to: deadline) + .seconds(30)
    let former = try await Former(active: activeConnection(), addresses: addresses())
    let checkpoint = try await checkpoint(lasting: max(net, .seconds(30)))
    var kept = try await [files(of: former.active)]
    do {
      try await reload()
      var uuid: String?
      if case .networkManager(let connection) = renewal.backend { uuid = connection }
      let connection = try await connection(uuid)
      if connection != former.active { kept.append(try await files(of: connection)) }
      try await activate(connection, by: deadline)
      try await renewal.settle(by: deadline)
    } catch let failure {
      // In a task of its own: also where this one is cancelled.
      let outcome = await LiveActor.task { [kept] in
        await goBack(from: failure, to: checkpoint, former, kept)
      }.value
      throw outcome
    }
    if let checkpoint { try await destroy(checkpoint) }
  }

  /// What the device was before.
  private struct Former: Sendable {
    /// The connection that was active on it.
    var active: String?
    var addresses: [InterfaceAddress]
  }

  /// Those that it would have again: a lease, or what a router's prefix makes, may be another the next time.
  private func addresses() throws(LinkFailure) -> [InterfaceAddress] {
    do {
      let link = try KernelLinks.link(interface)
      return (link?.addresses ?? []).filter { $0.isPermanent && !$0.isTentative && !$0.isDuplicate }.map(\.address)
        .filter { !$0.address.isLinkLocal }
    } catch {
      throw .system(error)
    }
  }

  /// - Returns: What to say in the end.
  private func goBack(
    from failure: LinkFailure, to checkpoint: String?, _ former: Former, _ kept: [KeptFiles]
  ) async -> LinkFailure {
    guard let checkpoint else {
      return .notRolledBack(failure, because: "this NetworkManager is too old for checkpoints")
    }
    do {
      try await rollBack(to: checkpoint, keeping: kept)
      if former.active != nil {
        try await isBack(former.addresses, by: .now + .seconds(30))
        // Only now it is sure which connection that is: right after going back there may be none yet.
        try await putBack(kept)
      }
      return .rolledBack(failure)
    } catch {
      return .notRolledBack(failure, because: error.description)
    }
  }

  private func rollBack(to checkpoint: String, keeping kept: [KeptFiles]) async throws(LinkFailure) {
    var refusal: LinkFailure?
    do { try await rollBack(to: checkpoint) } catch { refusal = error }
    try await putBack(kept)
    if let refusal { throw refusal }
  }

  /// NetworkManager writes the former settings into the connection's file, or, where that is no connection any more, into a
  /// new one.
  private func putBack(_ kept: [KeptFiles]) async throws(LinkFailure) {
    let written = try await file(of: activeConnection())
    do throws(TreeError) {
      for files in kept {
        try files.putBack()
        if let written { try files.remove(new: written) }
      }
    } catch {
      throw .networkManager(interface, error.description)
    }
  }

  /// Waits until the device is active again, with what it had.
  private func isBack(_ addresses: [InterfaceAddress], by deadline: ContinuousClock.Instant) async throws(LinkFailure) {
    let signals = try await changes()
    let isActive = await LiveActor.until(deadline) { () -> Result<Void, LinkFailure>? in
      do throws(LinkFailure) {
        while try await self.property("State", self.device, Self.device)?.number != Self.activated {
          guard await self.next(signals, of: self.device) != nil else { return nil }
        }
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    guard let isActive else { throw .networkManager(interface, "NetworkManager did not activate it again in time") }
    try isActive.get()
    let whole = LinkRenewal(interface: interface, backend: .networkManager(connection: nil), expected: addresses)
    try await whole.settle(by: deadline)
  }

  /// NM_DEVICE_STATE_ACTIVATED.
  private static var activated: UInt64 { 100 }
}
