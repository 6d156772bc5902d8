/// Where each name of a ``HostsFile`` stands, found once: a site's names are asked for by the thousand.
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

  /// Where a name points, in the order of the file and as often as it stands there: what getaddrinfo(3) finds, before it
  /// sorts. `getent -s files ahosts NAME` shows it.
  public func addresses(of name: String) -> [String] {
    (places[HostsLine.key(name)] ?? []).map { String(describing: $0.address) }
  }

  /// The canonical name that getaddrinfo(3) gives for a name (AI_CANONNAME): the first one on the first line that has it.
  public func canonicalName(of name: String) -> String? { places[HostsLine.key(name)]?.first?.canonical }

  /// The canonical name, where that is the name with a domain: what `hostname -f` makes of a short one.
  ///
  /// - Parameter isPlace: lines with another address are passed over.
  public func fullName(of name: String, where isPlace: (HostAddress) -> Bool = { _ in true }) -> String? {
    guard let canonical = places[HostsLine.key(name)]?.first(where: { isPlace($0.address) })?.canonical,
      canonical.contains(".")
    else { return nil }
    func short(_ name: String) -> Substring { name.lowercased().prefix { $0 != "." } }
    return short(canonical) == short(name) ? canonical : nil
  }
}
