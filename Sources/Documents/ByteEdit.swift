/// Bytes to put in place of a range.
struct ByteEdit: Equatable, Sendable {
  var range: Range<Int>
  var bytes: [UInt8]

  /// Applies edits given in ascending order; one that overlaps the one before is left out.
  static func apply(_ edits: [ByteEdit], to bytes: [UInt8]) -> [UInt8] {
    guard !edits.isEmpty else { return bytes }
    // Piece by piece by memcpy(3): files can be long.
    let limit = edits.reduce(bytes.count) { $0 + $1.bytes.count }
    return [UInt8](unsafeUninitializedCapacity: limit) { result, count in
      func add(_ piece: UnsafeRawBufferPointer) {
        guard !piece.isEmpty else { return }
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(result)[count...]).copyMemory(from: piece)
        count += piece.count
      }
      bytes.withUnsafeBytes { bytes in
        var position = 0
        for edit in edits where edit.range.lowerBound >= position {
          add(UnsafeRawBufferPointer(rebasing: bytes[position..<edit.range.lowerBound]))
          edit.bytes.withUnsafeBytes { add($0) }
          position = edit.range.upperBound
        }
        add(UnsafeRawBufferPointer(rebasing: bytes[position...]))
      }
    }
  }
}
