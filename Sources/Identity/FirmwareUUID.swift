internal import Site

/// The oddities of what firmware says for a UUID.
enum FirmwareUUID {
  /// What vendors left in whole series of boards: no machine's own. Zeros and ones are no UUIDs in the first place.
  static func isShared(_ uuid: SystemUUID) -> Bool {
    Set(uuid.digits).count == 1 || shared.contains(uuid.description) || shared.contains(uuid.swapped.description)
  }

  private static let shared: Set<String> = [
    "03000200-0400-0500-0006-000700080009", "12345678-1234-5678-90ab-cddeefaabbcc",
    "12345678-1234-1234-1234-123456789abc", "00010203-0405-0607-0809-0a0b0c0d0e0f",
    "fefefefe-fefe-fefe-fefe-fefefefefefe", "a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0",
  ]

  /// VMware writes its UUID into the serial number too, in the order of the octets: `VMware-56 4d 0c …-bb cc …`.
  static func uuid(vmwareSerial serial: String) -> SystemUUID? {
    guard serial.lowercased().hasPrefix("vmware-") else { return nil }
    return try? SystemUUID(String(serial.dropFirst("VMware-".count)))
  }
}
