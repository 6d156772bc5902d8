/// The names in a directory, to tell what it lacks without asking for each.
///
/// Found by the bytes of the name, as ``PathTable`` finds paths; the names lie one behind the other, each with a NUL, as the
/// kernel gave them.
struct NameSet: Sendable {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  private let names: [UInt8]
  /// Where names begin in `names`, from 1; 0 where there is none.
  private var slots: [Int32]

  /// - Parameter entries: Each a byte for the kind, then the name and a NUL, as `imprint_read_entries` leaves them.
  init(entries: [UInt8]) {
    let count = entries.count { $0 == 0 }
    var size = 64
    while size < count * 2 { size *= 2 }
    slots = Array(repeating: 0, count: size)
    names = entries
    names.withUnsafeBufferPointer { names in
      var start = 1
      while start < names.count {
        let end = names[start...].firstIndex(of: 0) ?? names.count
        let name = Bytes(rebasing: names[start..<end])
        var place = Int(truncatingIfNeeded: name.quickHash) & (size - 1)
        while slots[place] != 0 { place = (place + 1) & (size - 1) }
        slots[place] = Int32(start)
        start = end + 2
      }
    }
  }

  func contains(_ name: Bytes) -> Bool {
    names.withUnsafeBufferPointer { names in
      var place = Int(truncatingIfNeeded: name.quickHash) & (slots.count - 1)
      while slots[place] != 0 {
        let start = Int(slots[place])
        if start + name.count < names.count, names[start + name.count] == 0,
          Bytes(rebasing: names[start..<(start + name.count)]).isSame(as: name)
        {
          return true
        }
        place = (place + 1) & (slots.count - 1)
      }
      return false
    }
  }
}
