internal import Site

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
  func changes() async throws(LinkFailure) -> BusSignals {
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
        case State.deactivating, State.deactivated, nil: return .failure(await failed(reason, signals))
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

  func next(_ signals: BusSignals, of activation: String) async -> BusSignal? {
    while let signal = await signals.next() {
      if signal.path == activation || signal.path == device { return signal }
    }
    return nil
  }

  /// The device's signal, which says why, may still be among those that nobody has looked at.
  private func failed(_ heard: UInt64?, _ signals: BusSignals) async -> LinkFailure {
    var reason = heard
    if reason == nil {
      reason = await LiveActor.until(.now + .milliseconds(500)) {
        while let signal = await self.next(signals, of: self.device) {
          if let reason = signal.failureReason(of: self.device) { return reason }
        }
        return nil
      }
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
