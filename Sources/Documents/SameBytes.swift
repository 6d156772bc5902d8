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
