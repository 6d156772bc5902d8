extension String {
  /// What a service said, fit for a terminal's line: no control characters, and not without end.
  public var printable: String {
    String(unicodeScalars.prefix(300).map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? " " : Character($0) })
  }
}
