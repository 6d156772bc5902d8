/// Going back.
extension NetworkManager {
  private static var checkpoint: String { "\(service).Checkpoint" }

  /// A checkpoint of this device, to which NetworkManager returns by itself when the time is over, so also where this
  /// program dies; nil where it is too old for that (before 1.4).
  ///
  /// A device can be in one only. Where one is left of a run that was killed, that goes on: what the device was before is in it.
  func checkpoint(lasting time: Duration) async throws(LinkFailure) -> String? {
    let devices = BusValue.array(of: "o", [.objectPath(device)])
    let seconds = BusValue.uint32(UInt32(clamping: time.components.seconds + 1))
    if let left = try await leftBehind(), try await prolong(left, seconds) { return left }
    do {
      let answer = try await call(Self.root, Self.service, "CheckpointCreate", [devices, seconds, .uint32(0)])
      guard let path = answer.first?.text else { return nil }
      if let created = try await created(path) { CheckpointRecord(path: path, created: created).write(for: interface) }
      return path
    } catch {
      guard case .bus(_, let error) = error, error.isUnsupported else { throw error }
      return nil
    }
  }

  /// The one that this program's record names, if it is that: paths are used again when NetworkManager was restarted.
  private func leftBehind() async throws(LinkFailure) -> String? {
    guard let record = CheckpointRecord(of: interface) else { return nil }
    return try await created(record.path) == record.created ? record.path : nil
  }

  /// CLOCK_BOOTTIME in milliseconds; nil where there is no such checkpoint.
  private func created(_ checkpoint: String) async throws(LinkFailure) -> UInt64? {
    try await property("Created", checkpoint, Self.checkpoint)?.number
  }

  /// - Returns: false where it could not, and the checkpoint is gone.
  private func prolong(_ checkpoint: String, _ seconds: BusValue) async throws(LinkFailure) -> Bool {
    do {
      _ = try await call(
        Self.root, Self.service, "CheckpointAdjustRollbackTimeout", [.objectPath(checkpoint), seconds])
      return true
    } catch {
      // Before 1.12.
      try await destroy(checkpoint)
      return false
    }
  }

  /// One that is gone is no error: NetworkManager was restarted.
  func destroy(_ checkpoint: String) async throws(LinkFailure) {
    do {
      _ = try await call(Self.root, Self.service, "CheckpointDestroy", [.objectPath(checkpoint)])
    } catch {
      guard case .bus(_, let error) = error, error.name == "\(Self.service).InvalidArguments" else { throw error }
    }
    CheckpointRecord.remove(for: interface)
  }

  func rollBack(to checkpoint: String) async throws(LinkFailure) {
    let answer = try await call(Self.root, Self.service, "CheckpointRollback", [.objectPath(checkpoint)])
    CheckpointRecord.remove(for: interface)
    // NMRollbackResult, by device.
    let words: [UInt64: String] = [
      1: "the device is gone", 2: "it is not managed any more", 3: "NetworkManager failed",
    ]
    guard let result = answer.first?.fields?[device]?.number, result != 0 else { return }
    throw .networkManager(interface, words[result] ?? "CheckpointRollback answered \(result)")
  }
}
