public typealias PasswdFile = AccountFile<PasswdField>
public typealias ShadowFile = AccountFile<ShadowField>
public typealias GroupFile = AccountFile<GroupField>

/// Why a field can't be set. No case carries the value: it may be a password hash.
public enum AccountError: Error, Equatable, Sendable {
  /// No record of this name that the C library would return.
  case noSuchRecord(name: String)
  /// The value has a byte that would end the field: `:` (but for the last field of passwd), LF or NUL.
  case valueEndsField(name: String, field: Int)
}

/// One record that the C library would return. It shows its name only: fields may be secret.
public struct AccountRecord<Field: AccountField>: Sendable, CustomStringConvertible {
  /// Counted from 1.
  public let line: Int
  let fields: [ArraySlice<UInt8>]

  /// A field's bytes; empty where the record is too short to have it.
  public subscript(field: Field) -> ArraySlice<UInt8> {
    field.rawValue < fields.count ? fields[field.rawValue] : []
  }

  /// A field as text, damaged UTF-8 replaced.
  public func text(_ field: Field) -> String { String(decoding: self[field], as: UTF8.self) }

  /// A numeric field, as the C library reads it; nil where it is empty or no number.
  public func number(_ field: Field) -> UInt32? { AccountNumber.value(self[field]) }

  public var name: String { fields.first.map { String(decoding: $0, as: UTF8.self) } ?? "" }

  public var description: String { "record \(name) at line \(line)" }
}

extension AccountRecord: CustomReflectable {
  /// Nothing: dump(_:to:name:indent:maxDepth:maxItems:) and test reports don't get at the fields either.
  public var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }
}

extension AccountFile: CustomStringConvertible, CustomReflectable {
  public var description: String { "account file of \(bytes.count) bytes" }

  public var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }
}

extension AccountRecord where Field == PasswdField {
  /// The login shell; an empty field means /bin/sh (passwd(5)).
  public var loginShell: String { self[.shell].isEmpty ? "/bin/sh" : text(.shell) }
}

/// passwd, shadow or group: colon records as glibc's `files` service reads them, lossless.
///
/// Records end with LF alone: a CR is part of the last field, and the C library takes it for such (a shell called
/// `/bin/bash\r`). Blank lines, `#` comments, NIS lines (`+`, `-`) and records that glibc refuses are kept and never
/// returned. Where a name is there twice, the first record is the one that getpwnam(3) finds.
public struct AccountFile<Field: AccountField>: Sendable {
  public private(set) var bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Every record that the C library would return, in the order of the file.
  public var records: [AccountRecord<Field>] { select { _ in true } }

  /// The record that getpwnam(3), getspnam(3) or getgrnam(3) finds.
  public func record(named name: String) -> AccountRecord<Field>? { records(named: name).first }

  /// All records of a name; those behind the first are shadowed, but ``record(named:)`` says nothing of them.
  public func records(named name: String) -> [AccountRecord<Field>] {
    let name = Array(name.utf8)
    return select { $0.elementsEqual(name) }
  }

  /// Where a record of a name stands that the C library refuses, or takes for another's, so that no program knows it;
  /// counted from 1. Nil where ``record(named:)`` has one.
  public func refusedLine(named name: String) -> Int? {
    guard record(named: name) == nil else { return nil }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    return lines.firstIndex { line in
      let content = (line.starts(with: mark) ? line.dropFirst(mark.count) : line).drop { $0.isCBlank }
      return content.prefix { $0 != UInt8(ascii: ":") && $0 != 0 }.elementsEqual(name.utf8)
    }.map { $0 + 1 }
  }

  /// Sets a field of the first record of a name, and of that one only: it is the record that the C library returns.
  ///
  /// A record too short to have the field is filled up with empty ones. Nothing changes where the value is there already.
  public mutating func setField(_ field: Field, of name: String, to value: [UInt8]) throws(AccountError) {
    guard let record = record(named: name) else { throw .noSuchRecord(name: name) }
    let endsField = value.contains { $0 == 0x0A || $0 == 0 || $0 == UInt8(ascii: ":") }
    guard !endsField else { throw .valueEndsField(name: name, field: field.rawValue) }
    if field.rawValue < record.fields.count {
      let old = record.fields[field.rawValue]
      bytes.replaceSubrange(old.startIndex..<old.endIndex, with: value)
    } else if let end = record.fields.last?.endIndex {
      let colons = Array(repeating: UInt8(ascii: ":"), count: field.rawValue - record.fields.count + 1)
      bytes.insert(contentsOf: colons + value, at: end)
    }
  }

  private func select(where isWanted: (ArraySlice<UInt8>) -> Bool) -> [AccountRecord<Field>] {
    var records: [AccountRecord<Field>] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let content = line.prefix { $0 != 0 }.drop { $0.isCBlank }
      guard let first = content.first, ![UInt8(ascii: "#"), UInt8(ascii: "+"), UInt8(ascii: "-")].contains(first),
        isWanted(content.prefix { $0 != UInt8(ascii: ":") })
      else { continue }
      // The last field is the rest of the line, colons and all.
      let fields = content.split(
        separator: UInt8(ascii: ":"), maxSplits: Field.allCases.count - 1, omittingEmptySubsequences: false)
      if Field.accepts(fields) { records.append(AccountRecord(line: index + 1, fields: fields)) }
    }
    return records
  }
}

extension AccountFile where Field == PasswdField {
  /// A line of NIS that comes before the record of a name and says what becomes of it: `+name`, `-name`, or `+` for
  /// everybody; counted from 1. Only the `compat` service of nsswitch.conf(5) heeds it.
  public func lineOfNIS(before name: String) -> Int? {
    guard let record = record(named: name) else { return nil }
    let meant = ["+", "+\(name)", "-\(name)"].map { Array($0.utf8) }
    return bytes.split(separator: 0x0A, omittingEmptySubsequences: false).prefix(record.line - 1).firstIndex { line in
      let content = line.drop { $0.isCBlank }.prefix { $0 != UInt8(ascii: ":") && !$0.isCBlank }
      return meant.contains { content.elementsEqual($0) }
    }.map { $0 + 1 }
  }

  /// The records behind the first of a name that are the same account again: same name, same user ID. Editing the first
  /// leaves them as they are, and a program that reads the file by itself may take one of them.
  public func twins(ofRecordNamed name: String) -> [AccountRecord<Field>] {
    let all = records(named: name)
    return all.dropFirst().filter { $0.number(.uid) == all.first?.number(.uid) }
  }
}
