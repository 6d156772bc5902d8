internal import Glibc

/// A shortest edit between two lists of lines (Myers, An O(ND) Difference Algorithm, 1986).
enum LineDifference {
  /// Lines that go, and lines that come in their place; one of the two may be empty.
  struct Change: Equatable {
    var old: Range<Int>
    var new: Range<Int>
  }

  /// A line that is hashed and compared as a whole: the slice itself does both byte by byte, and a diff of nova.conf does little else.
  private struct Line: Hashable {
    let bytes: ArraySlice<UInt8>

    func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    static func == (left: Line, right: Line) -> Bool {
      guard left.bytes.count == right.bytes.count else { return false }
      return left.bytes.withUnsafeBytes { one in
        right.bytes.withUnsafeBytes { two in
          guard let first = one.baseAddress, let second = two.baseAddress else { return true }
          return memcmp(first, second, one.count) == 0
        }
      }
    }
  }

  /// More differences than this and everything counts as replaced: memory grows with their square.
  private static let maximumDistance = 1_000

  static func changes(from old: [ArraySlice<UInt8>], to new: [ArraySlice<UInt8>]) -> [Change] {
    var numbers: [Line: Int] = [:]
    let number = { (bytes: ArraySlice<UInt8>) -> Int in
      let line = Line(bytes: bytes)
      if let known = numbers[line] { return known }
      numbers[line] = numbers.count
      return numbers.count - 1
    }
    let old = old.map(number)
    let new = new.map(number)
    var start = 0
    while start < old.count, start < new.count, old[start] == new[start] { start += 1 }
    var end = 0
    while end < old.count - start, end < new.count - start, old[old.count - 1 - end] == new[new.count - 1 - end] {
      end += 1
    }
    let middle = Change(old: start..<(old.count - end), new: start..<(new.count - end))
    guard !middle.old.isEmpty, !middle.new.isEmpty else {
      return middle.old.isEmpty && middle.new.isEmpty ? [] : [middle]
    }
    guard let kept = longestCommon(Array(old[middle.old]), Array(new[middle.new])) else { return [middle] }
    return gaps(between: kept, offset: start, middle)
  }

  /// Pairs of positions that match, ascending; nil where the lists are too different.
  private static func longestCommon(_ old: [Int], _ new: [Int]) -> [(old: Int, new: Int)]? {
    let limit = min(old.count + new.count, maximumDistance)
    var furthest = [Int](repeating: 0, count: 2 * limit + 3)
    var trace: [[Int]] = []
    for distance in 0...limit {
      trace.append(Array(furthest[(limit + 1 - distance)...(limit + 1 + distance)]))
      for diagonal in stride(from: -distance, through: distance, by: 2) {
        let center = limit + 1 + diagonal
        let goesDown =
          diagonal == -distance || (diagonal != distance && furthest[center - 1] < furthest[center + 1])
        var x = goesDown ? furthest[center + 1] : furthest[center - 1] + 1
        while x < old.count, x - diagonal < new.count, old[x] == new[x - diagonal] { x += 1 }
        furthest[center] = x
        if x >= old.count, x - diagonal >= new.count { return path(trace, old.count, new.count) }
      }
    }
    return nil
  }

  /// Walks the furthest points back from the end.
  private static func path(_ trace: [[Int]], _ oldCount: Int, _ newCount: Int) -> [(old: Int, new: Int)] {
    var kept: [(old: Int, new: Int)] = []
    var x = oldCount
    var y = newCount
    for distance in stride(from: trace.count - 1, to: 0, by: -1) {
      // What was furthest before this distance was tried, for diagonals -distance...distance.
      let furthest = trace[distance]
      let diagonal = x - y
      let center = distance + diagonal
      let goesDown =
        diagonal == -distance || (diagonal != distance && furthest[center - 1] < furthest[center + 1])
      let previous = goesDown ? diagonal + 1 : diagonal - 1
      let previousX = furthest[distance + previous]
      let startX = goesDown ? previousX : previousX + 1
      while x > startX {
        x -= 1
        y -= 1
        kept.append((x, y))
      }
      x = previousX
      y = previousX - previous
    }
    while x > 0, y > 0 {
      x -= 1
      y -= 1
      kept.append((x, y))
    }
    return kept.reversed()
  }

  private static func gaps(between kept: [(old: Int, new: Int)], offset: Int, _ middle: Change) -> [Change] {
    var changes: [Change] = []
    var old = middle.old.lowerBound
    var new = middle.new.lowerBound
    let ends = kept.map { ($0.old + offset, $0.new + offset) } + [(middle.old.upperBound, middle.new.upperBound)]
    for (nextOld, nextNew) in ends {
      if old < nextOld || new < nextNew { changes.append(Change(old: old..<nextOld, new: new..<nextNew)) }
      old = nextOld + 1
      new = nextNew + 1
    }
    return changes
  }
}
