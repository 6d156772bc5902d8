internal import Glibc

extension [UInt8] {
  /// Whether two hold the same: by memcmp(3), where `==` compares byte for byte, and a plan compares long files often.
  public func isSame(as other: [UInt8]) -> Bool {
    guard count == other.count else { return false }
    return withUnsafeBytes { these in
      other.withUnsafeBytes { those in
        guard let one = these.baseAddress, let two = those.baseAddress, one != two else { return true }
        return memcmp(one, two, these.count) == 0
      }
    }
  }
}

extension Collection<UInt8> {
  /// Whether these bytes may stand anywhere; false where they surely do not. By memchr(3) and memcmp(3), where all lies in one
  /// piece.
  public func mayContain(_ wanted: [UInt8]) -> Bool {
    withContiguousStorageIfAvailable { text in
      wanted.withUnsafeBytes { wanted in
        guard let first = wanted.first else { return true }
        guard var place = UnsafeRawPointer(text.baseAddress) else { return false }
        let end = place + text.count
        while end - place >= wanted.count, let found = memchr(place, CInt(first), end - place - wanted.count + 1) {
          if memcmp(found, wanted.baseAddress!, wanted.count) == 0 { return true }
          place = UnsafeRawPointer(found) + 1
        }
        return false
      }
    } ?? true
  }
}
