internal import Metadata
internal import Site

/// Metadata for people. What comes from elsewhere is made harmless for a terminal, and what may be secret is not shown.
struct MetadataText {
  let ink: Palette

  func text(_ metadata: Metadata) -> String {
    let newest = metadata.version == metadata.versions.last(where: \.isDate) ? ", the newest" : ""
    var lines = [
      ink(.heading, metadata.place)
        + ink(.faint, "  version \(metadata.version.name)\(newest) of \(metadata.versions.filter(\.isDate).count)"), "",
    ]
    var rows = Rows()
    if let machine = metadata.metaData { add(machine, to: &rows) }
    if let network = metadata.networkData { add(network, to: &rows) }
    if let userData = metadata.userData { rows.add("user data", userData.summary) }
    for (document, keys) in metadata.vendorKeys {
      rows.add("vendor data", "\(keys.joined(separator: ", "))  in \(document)")
    }
    lines += rows.lines(ink)
    for problem in metadata.problems { lines.append(ink(.warning, "! ") + Self.plain(problem)) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func add(_ machine: MetaData, to rows: inout Rows) {
    rows.add("name", machine.name)
    rows.add("hostname", machine.hostname)
    rows.add("uuid", machine.uuid)
    rows.add("project", machine.project)
    rows.add("zone", machine.zone)
    if let index = machine.launchIndex, index > 0 { rows.add("launched as", "number \(index)") }
    for key in machine.keys { rows.add("key", "\(key.name)  \(key.summary)") }
    for property in machine.properties {
      let value = MetadataSecrets.isSecret(property.name) ? MetadataSecrets.mask : property.value
      rows.add("property", "\(property.name) = \(value)")
    }
    for device in machine.devices {
      let known = [
        device.address, device.mac, device.serial, device.tags.isEmpty ? nil : device.tags.joined(separator: " "),
      ]
      rows.add("device", ([device.type] + known.compactMap(\.self)).joined(separator: "  "))
    }
    if machine.hasAdminPassword { rows.add("password", MetadataSecrets.mask) }
  }

  private func add(_ network: NetworkData, to rows: inout Rows) {
    for placement in network.placements { rows.add("network", Self.words(placement)) }
    let servers = network.networks.flatMap(\.dns) + network.dns
    let unique = servers.enumerated().filter { servers.firstIndex(of: $1) == $0 }.map(\.element.description)
    rows.add("dns", unique.joined(separator: "  "))
  }

  private static func words(_ placement: NetworkPlacement) -> String {
    let network = placement.network
    let address = network.address.map { "\($0)" + (network.prefix.map { "/\($0)" } ?? "") } ?? dynamic(network.type)
    let routes = network.routes.map { route in
      let way = route.gateway.map(\.description) ?? "no gateway"
      return route.isDefault ? "gateway \(way)" : "\(route.destination)/\(route.prefix) by \(way)"
    }
    let mtu = placement.link.mtu.map { ["mtu \($0)"] } ?? []
    return ([address] + routes + mtu + ["on \(placement)"]).joined(separator: "  ")
  }

  private static func dynamic(_ type: String) -> String {
    switch type {
    case "ipv4_dhcp": "IPv4 by DHCP"
    case "ipv6_slaac": "IPv6 by router advertisements"
    default: type.hasPrefix("ipv6") ? "IPv6 by DHCP" : type
    }
  }

  // MARK: Versions and comparisons

  static func text(_ versions: [MetadataVersion]) -> String {
    versions.map { version in version.name + (version.release.map { "  \($0)" } ?? "") + "\n" }.joined()
  }

  func text(_ comparison: MetadataComparison) -> String {
    let (first, second) = (comparison.first, comparison.second)
    var lines = [first, second].map { ink(.heading, $0.place) + ink(.faint, "  version \($0.version.name)") }
    for problem in first.problems + second.problems { lines.append(ink(.warning, "! ") + Self.plain(problem)) }
    let width = max(first.kind.rawValue.count, second.kind.rawValue.count)
    var document = ""
    for field in comparison.differing {
      if field.document != document {
        document = field.document
        lines += ["", ink(.heading, document)]
      }
      if !field.path.isEmpty { lines.append("  \(Self.plain(field.path))") }
      for (kind, value, colour) in [
        (first.kind, field.first, Palette.Ink.removed), (second.kind, field.second, .added),
      ] {
        let label = kind.rawValue + String(repeating: " ", count: width - kind.rawValue.count)
        lines.append("    \(label)  " + (value.map { ink(colour, Self.plain($0)) } ?? ink(.faint, "does not have it")))
      }
    }
    let same = "\(comparison.sameCount) values are the same"
    lines += [
      "",
      comparison.differing.isEmpty
        ? ink(.good, "they agree: \(same)") : ink(.heading, "\(comparison.differing.count) differ, \(same)"),
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// One line without anything that a terminal would obey, and not without end.
  fileprivate static func plain(_ text: String) -> String {
    String(
      text.unicodeScalars.prefix(400).map { scalar in
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
          || (0x2066...0x2069).contains(scalar.value) ? "·" : Character(scalar)
      })
  }
}

/// Labels and values; a label that is the one above is left out.
private struct Rows {
  private var rows: [(label: String, value: String)] = []

  mutating func add(_ label: String, _ value: String?) {
    if let value, !value.isEmpty { rows.append((label, value)) }
  }

  func lines(_ ink: Palette) -> [String] {
    rows.enumerated().map { number, row in
      let label = number > 0 && rows[number - 1].label == row.label ? "" : row.label
      let padding = String(repeating: " ", count: max(1, 13 - label.count))
      return "  " + ink(.faint, label + padding) + MetadataText.plain(row.value)
    }
  }
}
