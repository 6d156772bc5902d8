extension [String] {
  /// As the standard library's. That one is for any collection, and asks the runtime at its first call what this one is: a search
  /// of all 4,400 conformances, four times.
  package func joined(separator: String) -> String {
    guard var text = first else { return "" }
    for part in dropFirst() {
      text += separator
      text += part
    }
    return text
  }
}
