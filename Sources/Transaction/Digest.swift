internal import Tree

/// XXH64 with seed 0 of a file's contents: tells whether somebody changed it since. Not a defence against someone who
/// wants it to match. (xxHash specification 0.1.1, "XXH64 algorithm description".)
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  public let value: UInt64

  public init?(hexadecimal text: some StringProtocol) {
    guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else { return nil }
    self.value = value
  }

  public var description: String { value.padded(to: 16, radix: 16) }

  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  public init(of bytes: [UInt8]) {
    value = bytes.withUnsafeBytes { Self.digest($0) }
  }

  private static func digest(_ input: UnsafeRawBufferPointer) -> UInt64 {
    var offset = 0
    var result: UInt64
    func lane() -> UInt64 { UInt64(littleEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    if input.count >= 32 {
      var lanes = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
      while offset + 32 <= input.count {
        lanes.0 = round(lanes.0, lane())
        offset += 8
        lanes.1 = round(lanes.1, lane())
        offset += 8
        lanes.2 = round(lanes.2, lane())
        offset += 8
        lanes.3 = round(lanes.3, lane())
        offset += 8
      }
      result = rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
      for lane in [lanes.0, lanes.1, lanes.2, lanes.3] { result = (result ^ round(0, lane)) &* prime1 &+ prime4 }
    } else {
      result = prime5
    }
    result &+= UInt64(input.count)
    while offset + 8 <= input.count {
      result = rotate(result ^ round(0, lane()), 27) &* prime1 &+ prime4
      offset += 8
    }
    if offset + 4 <= input.count {
      let word = UInt32(littleEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      result = rotate(result ^ UInt64(word) &* prime1, 23) &* prime2 &+ prime3
      offset += 4
    }
    while offset < input.count {
      result = rotate(result ^ UInt64(input[offset]) &* prime5, 11) &* prime1
      offset += 1
    }
    result = (result ^ result >> 33) &* prime2
    result = (result ^ result >> 29) &* prime3
    return result ^ result >> 32
  }

  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotate(lane &+ input &* prime2, 31) &* prime1
  }

  private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
}
