internal import Site

/// Addresses as they travel: the most significant byte first.
extension IPAddress {
  init?(octets: some Collection<UInt8>) {
    let bits = octets.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    switch octets.count {
    case 4: self = .v4(UInt32(bits))
    case 16: self = .v6(UInt64(bits >> 64), UInt64(truncatingIfNeeded: bits))
    default: return nil
    }
  }

  var octets: [UInt8] {
    stride(from: family.bitCount - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> UInt128($0)) }
  }
}

extension MACAddress {
  /// nil where it is none that a network card can have: all zeros, a group's, or of another length.
  init?(octets: some Collection<UInt8>) {
    guard octets.count == 6 else { return nil }
    let text = octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: ":")
    try? self.init(text)
  }

  var octets: [UInt8] { description.split(separator: ":").compactMap { UInt8($0, radix: 16) } }
}
