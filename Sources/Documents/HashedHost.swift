/// A host name of known_hosts that is hidden behind a hash: `|1|salt|hash`, both in base64 (OpenSSH's `hostfile.c`,
/// host_hash: HMAC-SHA1 of the name with the salt for a key). It says its name to nobody, and yes or no to who guesses.
struct HashedHost {
  private let salt: [UInt8]
  private let hash: [UInt8]

  init?(_ text: ArraySlice<UInt8>) {
    let parts = text.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0].isEmpty, parts[1].elementsEqual("1".utf8),
      let salt = Base64.decode(parts[2]), let hash = Base64.decode(parts[3]), salt.count == SHA1.size,
      hash.count == SHA1.size
    else { return nil }
    self.salt = salt
    self.hash = hash
  }

  func isName(_ name: [UInt8]) -> Bool { SHA1.authentication(of: name, key: salt) == hash }
}

/// FIPS 180-4, section 6.1, for hashed host names alone: nothing that has to be safe rests on it.
enum SHA1 {
  static let size = 20

  /// HMAC (RFC 2104), for keys of up to one block.
  static func authentication(of text: [UInt8], key: [UInt8]) -> [UInt8] {
    let key = key + [UInt8](repeating: 0, count: 64 - key.count)
    return hash(key.map { $0 ^ 0x5C } + hash(key.map { $0 ^ 0x36 } + text))
  }

  static func hash(_ bytes: [UInt8]) -> [UInt8] {
    let initial: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
    return SHABlocks.digest(of: bytes, from: initial, mix)
  }

  private static func mix(_ block: [UInt32], into state: inout [UInt32]) {
    var words = block
    for index in 16..<80 {
      words.append(rotated(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], by: 1))
    }
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for index in 0..<80 {
      let (choice, constant): (UInt32, UInt32) =
        switch index {
        case ..<20: (b & c | ~b & d, 0x5A82_7999)
        case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
        case ..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
        default: (b ^ c ^ d, 0xCA62_C1D6)
        }
      let next = rotated(a, by: 5) &+ choice &+ e &+ constant &+ words[index]
      (a, b, c, d, e) = (next, a, rotated(b, by: 30), c, d)
    }
    for (index, value) in [a, b, c, d, e].enumerated() { state[index] &+= value }
  }

  private static func rotated(_ word: UInt32, by count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
}
