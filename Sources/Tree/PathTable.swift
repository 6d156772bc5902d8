/// What is known of paths, found by their bytes: also of the beginning of a path, without making a path of it.
///
/// A plan asks for hundreds of paths, and for the directories on the way to each; a dictionary spends more time on its hash
/// than all the rest takes (SipHash, for keys that an enemy chooses; here they are the program's own, and a table ends with the
/// command).
struct PathTable<Value> {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  private var entries: [(hash: UInt64, path: TreePath, value: Value)] = []
  /// Places in `entries` from 1, 0 where there is none; twice as many as entries at least, a power of two.
  private var slots: [Int32]

  init(capacity: Int = 16) {
    var size = 32
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: 0, count: size)
    entries.reserveCapacity(capacity)
  }

  subscript(path: TreePath) -> Value? { path.bytes { self[$0] } }

  /// What is known of the path that has these bytes.
  subscript(bytes: Bytes) -> Value? {
    let entry = slots[find(bytes, bytes.quickHash)]
    return entry == 0 ? nil : entries[Int(entry) - 1].value
  }

  mutating func record(_ value: Value, at path: TreePath) {
    let (hash, place) = path.bytes { bytes in
      let hash = bytes.quickHash
      return (hash, find(bytes, hash))
    }
    if slots[place] != 0 {
      entries[Int(slots[place]) - 1].value = value
      return
    }
    entries.append((hash, path, value))
    slots[place] = Int32(entries.count)
    guard entries.count * 2 > slots.count else { return }
    slots = Array(repeating: 0, count: slots.count * 2)
    index()
  }

  /// Forgets all but these.
  mutating func keep(_ isKept: (TreePath, Value) -> Bool) {
    let kept = entries.filter { isKept($0.path, $0.value) }
    guard kept.count < entries.count else { return }
    entries = kept
    index()
  }

  private mutating func index() {
    for place in slots.indices { slots[place] = 0 }
    for (number, entry) in entries.enumerated() {
      var place = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
      while slots[place] != 0 { place = (place + 1) & (slots.count - 1) }
      slots[place] = Int32(number + 1)
    }
  }

  /// Where the entry of these bytes is, or would go.
  private func find(_ bytes: Bytes, _ hash: UInt64) -> Int {
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: hash) & mask
    while slots[place] != 0 {
      let entry = Int(slots[place]) - 1
      if entries[entry].hash == hash, entries[entry].path.bytes({ $0.isSame(as: bytes) }) { return place }
      place = (place + 1) & mask
    }
    return place
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Eight bytes at a time; the last eight of them twice where the length is no multiple. For keys that no enemy chooses.
  var quickHash: UInt64 {
    var hash = UInt64(truncatingIfNeeded: count)
    func mix(_ word: UInt64) {
      hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
    }
    guard count >= 8 else {
      var word: UInt64 = 0
      for byte in self { word = word << 8 | UInt64(byte) }
      mix(word)
      return hash
    }
    let start = UnsafeRawPointer(baseAddress!)
    var offset = 0
    while offset + 8 <= count {
      mix(start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    if offset < count { mix(start.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)) }
    return hash
  }
}
