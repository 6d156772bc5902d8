/// How many at a time: as many as make the whole faster, and no more. Pure.
///
/// What limits is not known before: processors, while keys are made; a disk that one copy alone keeps busy; a flush that many share.
/// So one more is tried while the rate grows, and taken back where it does not.
struct Pace: Sendable {
  private(set) var limit: Int
  private let range: ClosedRange<Int>
  /// The window: when it began, and how many have ended in it.
  private var begun: Duration = .zero
  private var ended = 0
  private var former: (limit: Int, rate: Double)?
  private var pause = 0

  /// - Parameter fixed: As many as somebody said; nil to find out.
  init(fixed: Int? = nil, processors: Int) {
    let processors = max(1, processors)
    limit = fixed ?? processors
    range = fixed.map { $0...$0 } ?? 1...(processors * 4)
  }

  /// One has ended.
  ///
  /// - Parameter now: Since the first was begun.
  mutating func end(at now: Duration) {
    ended += 1
    // Twice as many as run at a time: the first of them were begun under the former limit.
    guard range.count > 1, ended >= max(4, limit * 2) else { return }
    let seconds = max((now - begun) / .milliseconds(1), 0.001)
    turn(rate: Double(ended) / seconds)
    (begun, ended) = (now, 0)
  }

  private mutating func turn(rate: Double) {
    guard pause == 0 else {
      pause -= 1
      return
    }
    guard let former else {
      step(from: rate)
      return
    }
    if rate > former.rate * 1.05 {
      step(from: rate)
    } else {
      // No better: back to where it was, and a while of peace. Then it is tried again: what else runs here may have ended.
      limit = former.limit
      self.former = nil
      pause = 6
    }
  }

  private mutating func step(from rate: Double) {
    guard limit < range.upperBound else { return }
    former = (limit, rate)
    limit = min(range.upperBound, limit + max(1, limit / 2))
  }
}
