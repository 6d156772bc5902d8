/// Bytes to put in place of a range.
struct ByteEdit: Equatable, Sendable {
  var range: Range<Int>
  var bytes: [UInt8]

  /// Applies edits given in ascending order; one that overlaps the one before is left out.
  static func apply(_ edits: [ByteEdit], to bytes: [UInt8]) -> [UInt8] {
    guard !edits.isEmpty else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(edits.reduce(bytes.count) { $0 + $1.bytes.count })
    var position = 0
    for edit in edits where edit.range.lowerBound >= position {
      result.append(contentsOf: bytes[position..<edit.range.lowerBound])
      result.append(contentsOf: edit.bytes)
      position = edit.range.upperBound
    }
    result.append(contentsOf: bytes[position...])
    return result
  }
}
