internal import Documents
internal import Site
internal import Tree

/// What a DHCP client is told to call itself: two that give one identifier get one lease (RFC 2131 section 4.2). Its files are
/// programs of their own language (dhclient.conf(5)), so what they say is only told.
struct DHCPClient: Fixup {
  let name = "DHCP client"

  private static let paths = [
    "/etc/dhclient.conf", "/etc/dhclient-*.conf", "/etc/dhcp/dhclient.conf", "/etc/dhcp/dhclient-*.conf",
    "/etc/dhcpcd.conf",
  ]
  /// dhclient.conf(5), dhcp-options(5) and dhcpcd.conf(5).
  private static let identifiers: Set = ["dhcp-client-identifier", "clientid"]
  private static let names: Set = ["host-name", "fqdn.fqdn", "fqdn.hostname", "hostname"]

  func propose(for situation: Situation) throws -> Proposal {
    guard situation.provenance.isCopy else { return Proposal() }
    return Proposal(
      findings: try situation.tree.regularFiles(matching: Self.paths).flatMap { file in
        Lines(file.bytes).enumerated().compactMap { number, line in
          Self.finding(Self.words(line.text), "\(file.path):\(number + 1)", situation)
        }
      })
  }

  private static func words(_ line: String) -> [Substring] {
    line.prefix { $0 != "#" }.split { " \t\r=;\"".contains($0) }
  }

  private static func finding(_ words: [Substring], _ place: String, _ situation: Situation) -> Finding? {
    guard let index = words.firstIndex(where: { identifiers.contains(String($0)) || names.contains(String($0)) }) else {
      return nil
    }
    // `hardware` and `gethostname()` ask the machine itself; a dhcpcd.conf's bare word does so, too.
    let said = words[(index + 1)...].filter { $0 != "hardware" && !$0.hasPrefix("gethostname") }
    guard let value = said.first else { return nil }
    if identifiers.contains(String(words[index])) {
      return Finding(
        .warning, "\(place) gives every copy one DHCP client identifier: a server gives them one address",
        advice: "take it out, or write one of this node's own")
    }
    return SharedIdentity.finding(ofName: String(value), at: place, situation)
  }
}
