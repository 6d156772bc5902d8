extension SystemUUID {
  /// Lower-case hex digits, without hyphens; all 32, or those of the beginning that stands for the whole.
  public var digits: String { description.filter { $0 != "-" && $0 != "…" } }

  /// The same octets with the first three groups the other way round: SMBIOS 2.6 made them little-endian, and older
  /// firmware, older kernels and hypervisors' own files differ (SMBIOS 7.2.1; dmidecode(8)).
  public var swapped: SystemUUID {
    let digits = Array(digits)
    guard digits.count == 32 else { return self }
    let order = [3, 2, 1, 0, 5, 4, 7, 6] + Array(8..<16)
    return (try? SystemUUID(String(order.flatMap { digits[($0 * 2)...($0 * 2 + 1)] }))) ?? self
  }

  /// Whether two programs may mean one machine by them.
  public func isSpelling(of other: SystemUUID) -> Bool { self == other || swapped == other }
}
