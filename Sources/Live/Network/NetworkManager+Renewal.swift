internal import Site

extension NetworkManager {
  /// Reads the files again and activates the link's connection; where it does not come up, goes back.
  func renew(
    _ renewal: LinkRenewal, by deadline: ContinuousClock.Instant,
    _ restoringFiles: (@LiveActor @Sendable () async -> Void)?
  ) async throws(LinkFailure) {
    let former = try await activeConnection()
    // Beyond the deadline, so that it is we who go back where we can.
    let net = ContinuousClock.now.duration(to: deadline) + .seconds(30)
    let checkpoint = try await checkpoint(lasting: max(net, .seconds(30)))
    do {
      try await activate(renewal, by: deadline)
    } catch let failure {
      // In a task of its own: also where this one is cancelled.
      let outcome = await LiveActor.task {
        await goBack(from: failure, checkpoint: checkpoint, former: former, restoringFiles)
      }.value
      throw outcome
    }
    if let checkpoint { try await destroy(checkpoint) }
  }

  private func activate(_ renewal: LinkRenewal, by deadline: ContinuousClock.Instant) async throws(LinkFailure) {
    try await reload()
    var uuid: String?
    if case .networkManager(let connection) = renewal.backend { uuid = connection }
    try await activate(try await connection(uuid), by: deadline)
    try await renewal.settle(by: deadline)
  }

  /// - Returns: What to say in the end.
  private func goBack(
    from failure: LinkFailure, checkpoint: String?, former: String?,
    _ restoringFiles: (@LiveActor @Sendable () async -> Void)?
  ) async -> LinkFailure {
    await restoringFiles?()
    do {
      if restoringFiles != nil { try await reload() }
      if let checkpoint {
        try await rollBack(to: checkpoint)
      } else {
        guard restoringFiles != nil, let former else {
          return .notRolledBack(failure, because: "this NetworkManager is too old for checkpoints")
        }
        try await activate(former, by: .now + .seconds(30))
      }
      return .rolledBack(failure)
    } catch {
      return .notRolledBack(failure, because: error.description)
    }
  }
}

/// Activation.
extension NetworkManager {
  /// NMActiveConnectionState.
  private enum State { static let activated: UInt64 = 2, deactivating: UInt64 = 3, deactivated: UInt64 = 4 }

  /// Activates a connection on the device, and waits until it is so.
  func activate(_ connection: String, by deadline: ContinuousClock.Instant) async throws(LinkFailure) {
    // Before the call, so that nothing is missed.
    let signals = try await changes()
    let answer = try await call(
      Self.root, Self.service, "ActivateConnection",
      [.objectPath(connection), .objectPath(device), .objectPath(Self.none)])
    guard let path = answer.first?.text else {
      throw .networkManager(interface, "NetworkManager did not say what it activates")
    }
    let outcome = await LiveActor.until(deadline) { await self.outcome(of: path, signals) }
    if let outcome { return try outcome.get() }
    throw Task.isCancelled
      ? .cancelled(interface) : .networkManager(interface, "NetworkManager did not activate it in time")
  }

  /// Everything that the daemon says of devices and active connections: which signal tells of a state has changed between
  /// versions, so any makes us look.
  private func changes() async throws(LinkFailure) -> BusSignals {
    do {
      return try await bus.signals(matching: "sender='\(Self.service)',path_namespace='\(Self.root)'")
    } catch {
      throw .bus(interface, error)
    }
  }

  /// - Returns: nil where the task is cancelled.
  private func outcome(
    of activation: String, _ signals: BusSignals
  ) async -> Result<Void, LinkFailure>? {
    var reason: UInt64?
    do throws(LinkFailure) {
      while true {
        switch try await property("State", activation, Self.active)?.number {
        case State.activated: return .success(())
        case State.deactivating, State.deactivated, nil: return .failure(await failed(reason))
        default: break
        }
        guard let signal = await next(signals, of: activation) else {
          return Task.isCancelled ? nil : .failure(.networkManager(interface, "the bus went away"))
        }
        reason = signal.failureReason(of: device) ?? reason
      }
    } catch {
      return Task.isCancelled ? nil : .failure(error)
    }
  }

  private func next(_ signals: BusSignals, of activation: String) async -> BusSignal? {
    while let signal = await signals.next() {
      if signal.path == activation || signal.path == device { return signal }
    }
    return nil
  }

  private func failed(_ heard: UInt64?) async -> LinkFailure {
    var reason = heard
    if reason == nil {
      reason = try? await property("StateReason", device, Self.device)?.elements?.last?.number
    }
    let words = reason.map(DeviceStateReason.words) ?? "it did not say why"
    return .networkManager(interface, "NetworkManager could not activate it: \(words)")
  }
}

extension BusSignal {
  /// Of StateChanged (new, old, reason): why the device is in state 120, NM_DEVICE_STATE_FAILED. The state after that has
  /// another reason.
  fileprivate func failureReason(of device: String) -> UInt64? {
    let numbers = arguments.compactMap(\.number)
    return path == device && numbers.count == 3 && numbers[0] == 120 ? numbers[2] : nil
  }
}
