/// Where each name of a ``HostsFile`` stands: for whoever asks for all names of a site, of which each would read the whole file.
public struct HostsIndex: Sendable {
  /// For each name that has a line, in the order of the lines: address, and the line's first name.
  private let places: [[UInt8]: [(address: HostAddress, canonical: String)]]

  public init(_ file: HostsFile) {
    var places: [[UInt8]: [(address: HostAddress, canonical: String)]] = [:]
    for line in file.lines {
      guard let parsed = HostsLine(line.content), let first = parsed.names.first else { continue }
      let canonical = String(decoding: line.content[first], as: UTF8.self)
      // Twice on one line is once.
      for key in Set(parsed.names.map({ HostsLine.key(line.content[$0]) })) {
        places[key, default: []].append((parsed.address, canonical))
      }
    }
    self.places = places
  }

  /// As ``HostsFile/addresses(of:)``.
  public func addresses(of name: String) -> [String] {
    (places[HostsLine.key(name)] ?? []).map { String(describing: $0.address) }
  }

  /// As ``HostsFile/canonicalName(of:)``.
  public func canonicalName(of name: String) -> String? { places[HostsLine.key(name)]?.first?.canonical }
}
