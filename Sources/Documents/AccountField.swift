/// The fields of one of the account databases: colon-separated, counted from 0.
public protocol AccountField: RawRepresentable, CaseIterable, Hashable, Sendable where RawValue == Int {
  /// Whether the C library would return a record of these fields.
  static func accepts(_ fields: [ArraySlice<UInt8>]) -> Bool
}

/// passwd(5); the reading rules are those of glibc's `pwd/fgetpwent.c` and `nss/nss_files/files-parse.c`.
public enum PasswdField: Int, AccountField {
  case name, password, uid, gid, gecos, home, shell

  /// A user ID and a group ID must be numbers; whatever is missing behind them is empty.
  public static func accepts(_ fields: [ArraySlice<UInt8>]) -> Bool {
    fields.count >= 4 && AccountNumber.isNumber(fields[2]) && AccountNumber.isNumber(fields[3])
  }
}

/// shadow(5); glibc's `shadow/sgetspent_r.c`.
public enum ShadowField: Int, AccountField {
  case name, password, lastChange, minimum, maximum, warning, inactive, expires, flag

  /// Ages may be empty but not missing; the fields behind `maximum` may be missing together (the old form).
  public static func accepts(_ fields: [ArraySlice<UInt8>]) -> Bool {
    guard fields.count >= 5 else { return false }
    let isOldForm = fields.count == 5 || fields.count == 6 && fields[5].allSatisfy { HostsLine.isBlank($0) }
    guard isOldForm || fields.count >= 8 else { return false }
    return fields.dropFirst(2).enumerated().allSatisfy { position, field in
      field.isEmpty || isOldForm && position == 3 || AccountNumber.isNumber(field)
    }
  }
}

/// group(5); glibc's `grp/fgetgrent.c`.
public enum GroupField: Int, AccountField {
  case name, password, gid, members

  public static func accepts(_ fields: [ArraySlice<UInt8>]) -> Bool {
    fields.count >= 3 && AccountNumber.isNumber(fields[2])
  }
}

/// Numbers as strtoul(3) takes them: leading blanks and a sign are allowed.
enum AccountNumber {
  static func isNumber(_ field: ArraySlice<UInt8>) -> Bool { value(field) != nil }

  /// The 32-bit value, nil where the field isn't a number.
  static func value(_ field: ArraySlice<UInt8>) -> UInt32? {
    var digits = field.drop { HostsLine.isBlank($0) }
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      value = min(value * 10 + UInt64(digit - 0x30), UInt64(UInt32.max))
    }
    return isNegative ? UInt32(truncatingIfNeeded: 0 &- value) : UInt32(value)
  }
}
