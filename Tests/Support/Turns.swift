/// Lets a few in at a time; who has to wait goes in the order of coming.
public actor Turns {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  public init(atATime free: Int) { self.free = free }

  /// Waits for its turn, and gives it back however the body ends.
  public nonisolated func take(_ body: () async throws -> Void) async rethrows {
    await begin()
    do {
      try await body()
    } catch {
      await end()
      throw error
    }
    await end()
  }

  private func begin() async {
    guard free == 0 else {
      free -= 1
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  private func end() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
