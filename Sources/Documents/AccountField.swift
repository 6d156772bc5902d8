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

  /// An age may be empty but, up to `expires`, the line must not end before it. Only the old form does, after `maximum`.
  public static func accepts(_ fields: [ArraySlice<UInt8>]) -> Bool {
    func goesOn(to field: Self) -> Bool {
      fields.dropFirst(field.rawValue).contains { !$0.isEmpty } || fields.count > field.rawValue + 1
    }
    func isBlank(_ field: ArraySlice<UInt8>) -> Bool { field.allSatisfy { $0.isCBlank } }
    guard goesOn(to: .maximum) else { return false }
    let isOldForm = fields.count == 5 || fields.count == 6 && isBlank(fields[5])
    guard isOldForm || goesOn(to: .expires) else { return false }
    return fields.enumerated().dropFirst(2).allSatisfy { position, field in
      let mayBeBlank = position == Self.warning.rawValue
      return field.isEmpty || mayBeBlank && isBlank(field) || AccountNumber.isNumber(field)
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

/// Numbers as glibc takes them: strtoul(3) and a check for 32 bits, so leading blanks and a sign are allowed.
enum AccountNumber {
  static func isNumber(_ field: ArraySlice<UInt8>) -> Bool { value(field) != nil }

  /// Nil where the field isn't a number or the number isn't one of 32 bits, as no negative one is.
  static func value(_ field: ArraySlice<UInt8>) -> UInt32? {
    var digits = field.drop { $0.isCBlank }
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      value = value * 10 + UInt64(digit - 0x30)
      guard value <= UInt64(UInt32.max) else { return nil }
    }
    return isNegative && value > 0 ? nil : UInt32(value)
  }
}
