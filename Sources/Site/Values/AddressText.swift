/// The two texts of an address: a strict dotted quad, and IPv6 as RFC 4291 reads it and RFC 5952 writes it.

func parseIPv4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
  // In one go: most texts that are asked about are none, and are asked about by the hundred.
  guard (7...15).contains(bytes.count) else { return nil }
  var (value, octet): (UInt32, UInt32) = (0, 0)
  var (digits, dots) = (0, 0)
  for byte in bytes {
    if byte == UInt8(ascii: ".") {
      guard digits > 0, dots < 3 else { return nil }
      value = value << 8 | octet
      (octet, digits, dots) = (0, 0, dots + 1)
    } else {
      // A leading zero is octal to some readers and decimal to others: neither is meant.
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), digits == 0 || octet > 0 else { return nil }
      octet = octet * 10 + UInt32(byte - UInt8(ascii: "0"))
      digits += 1
      guard octet <= 255 else { return nil }
    }
  }
  guard dots == 3, digits > 0 else { return nil }
  return value << 8 | octet
}

func parseIPv6(_ bytes: ArraySlice<UInt8>) -> UInt128? {
  guard (2...45).contains(bytes.count) else { return nil }
  var before: [UInt16] = []
  var after: [UInt16]?
  var rest = bytes
  if rest.starts(with: [UInt8(ascii: ":"), UInt8(ascii: ":")]) {
    after = []
    rest = rest.dropFirst(2)
  }
  while !rest.isEmpty {
    let part = rest.prefix { $0 != UInt8(ascii: ":") }
    let isLast = part.endIndex == rest.endIndex
    var groups: [UInt16]
    if isLast, part.contains(UInt8(ascii: ".")) {
      guard let tail = parseIPv4(part) else { return nil }
      groups = [UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail)]
    } else {
      guard let group = hexGroup(part) else { return nil }
      groups = [group]
    }
    if after == nil { before += groups } else { after?.append(contentsOf: groups) }
    if isLast { break }
    rest = rest[part.endIndex...].dropFirst()
    if rest.first == UInt8(ascii: ":") {
      guard after == nil else { return nil }
      after = []
      rest = rest.dropFirst()
    } else if rest.isEmpty {
      return nil
    }
  }
  let missing = 8 - before.count - (after?.count ?? 0)
  guard after == nil ? missing == 0 : missing >= 1 else { return nil }
  let all = before + Array(repeating: 0, count: missing) + (after ?? [])
  return all.reduce(0) { $0 << 16 | UInt128($1) }
}

private func hexGroup(_ bytes: ArraySlice<UInt8>) -> UInt16? {
  guard (1...4).contains(bytes.count) else { return nil }
  var value: UInt16 = 0
  for byte in bytes {
    guard let digit = hexDigit(byte) else { return nil }
    value = value << 4 | UInt16(digit)
  }
  return value
}

func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}

func dottedQuad(_ value: UInt32) -> String {
  "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
}

/// RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as "::".
func canonicalIPv6(_ high: UInt64, _ low: UInt64) -> String {
  // Section 5: an IPv4-mapped address shows its IPv4 part.
  if high == 0, low >> 32 == 0xFFFF { return "::ffff:" + dottedQuad(UInt32(truncatingIfNeeded: low)) }
  let groups = [high, low].flatMap { half in
    stride(from: 48, through: 0, by: -16).map { UInt16(truncatingIfNeeded: half >> UInt64($0)) }
  }
  var longest = 0..<0
  var start = 0
  while start < groups.count {
    let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
    if end - start > max(longest.count, 1) { longest = start..<end }
    start = end + 1
  }
  func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
  if longest.isEmpty { return text(groups[...]) }
  return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
}
