/// What the hashes of FIPS 180-4 with words of 32 bits have in common: the padding (5.1.1), the blocks of 16 words (5.2.1) and what
/// is left in the end.
enum SHABlocks {
  static func digest(
    of bytes: [UInt8], from initial: [UInt32], _ mix: (_ words: [UInt32], _ state: inout [UInt32]) -> Void
  ) -> [UInt8] {
    let zeros = (119 - bytes.count % 64) % 64
    let length = UInt64(bytes.count) * 8
    let padded =
      bytes + [0x80] + [UInt8](repeating: 0, count: zeros)
      + (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(56 - 8 * $0)) }
    var state = initial
    for start in stride(from: 0, to: padded.count, by: 64) {
      let words = stride(from: start, to: start + 64, by: 4).map { at in
        padded[at..<at + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      }
      mix(words, &state)
    }
    return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
  }
}
