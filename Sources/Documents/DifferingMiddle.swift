/// The part of two files, in whole lines, outside of which they are the same.
struct DifferingMiddle {
  let old: Range<Int>
  let new: Range<Int>

  init(_ old: [UInt8], _ new: [UInt8]) {
    let shorter = min(old.count, new.count)
    var prefix = Self.commonPrefix(old, new)
    while prefix > 0, old[prefix - 1] != 0x0A { prefix -= 1 }
    var suffix = 0
    while suffix < shorter - prefix, old[old.count - 1 - suffix] == new[new.count - 1 - suffix] { suffix += 1 }
    // The common end begins where a line begins in both.
    let begins = { (bytes: [UInt8], position: Int) in position == prefix || bytes[position - 1] == 0x0A }
    while suffix > 0, !begins(old, old.count - suffix) || !begins(new, new.count - suffix) { suffix -= 1 }
    self.old = prefix..<(old.count - suffix)
    self.new = prefix..<(new.count - suffix)
  }

  private static func commonPrefix(_ old: [UInt8], _ new: [UInt8]) -> Int {
    old.withUnsafeBufferPointer { old in
      new.withUnsafeBufferPointer { new in
        let end = min(old.count, new.count)
        var position = 0
        while position < end, old[position] == new[position] { position += 1 }
        return position
      }
    }
  }

  /// The lines of a range and as many around it as a hunk shows, and the number of the first of them, from 0.
  func lines(of bytes: [UInt8], in range: Range<Int>, context: Int) -> (lines: [ArraySlice<UInt8>], firstNumber: Int) {
    var start = range.lowerBound
    for _ in 0..<max(0, context) where start > 0 {
      start -= 1
      while start > 0, bytes[start - 1] != 0x0A { start -= 1 }
    }
    var lines: [ArraySlice<UInt8>] = []
    var position = start
    var after = 0
    while position < bytes.count, position < range.upperBound || after < context {
      if position >= range.upperBound { after += 1 }
      var end = position
      while end < bytes.count, bytes[end] != 0x0A { end += 1 }
      end = min(end + 1, bytes.count)
      lines.append(bytes[position..<end])
      position = end
    }
    let before = bytes.withUnsafeBufferPointer { buffer in
      var count = 0
      for index in 0..<start where buffer[index] == 0x0A { count += 1 }
      return count
    }
    return (lines, before)
  }
}
