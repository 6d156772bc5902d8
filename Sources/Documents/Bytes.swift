/// What the documents ask of single bytes and runs of them, in ASCII, as the C library sees them in its own locale.
extension UInt8 {
  /// isspace(3): space, TAB, LF, VT, FF and CR.
  var isCBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

  var lowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}

extension ArraySlice<UInt8> {
  /// As text, damaged UTF-8 replaced: for reading, not for writing back.
  var text: String { String(decoding: self, as: UTF8.self) }
}
