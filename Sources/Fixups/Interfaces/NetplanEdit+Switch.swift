internal import Documents
internal import Site
internal import Tree

/// What netplan tells Open vSwitch about this machine: `external-ids` of `openvswitch` (netplan's reference, "Properties for device type
/// bridges:", Open vSwitch), which it hands to the database at each boot. Its `system-id` is a unique thing (``OpenVSwitch``).
extension NetplanEdit {
  /// The host's name and the ends of OVN's tunnels (ovn-controller(8)), which may be several behind commas.
  private static let switchPath = ["network", "openvswitch", "external-ids"]

  mutating func convergeSwitch() throws {
    for index in files.all.indices where files.all[index].snapshot.path.description.hasPrefix("/etc/") {
      guard let table = documents[index].root[Self.switchPath] else { continue }
      for pair in table.pairs {
        guard let said = pair.node.text else { continue }
        switch pair.key {
        case "hostname":
          guard let own = situation.ownName(insteadOf: said) else { continue }
          try converge(pair.key, of: index, said, to: own.value, own.whose)
        case "ovn-encap-ip":
          let ends = said.split(separator: ",").map { String($0).trimmingBlanks }
          let own = ends.map { situation.ownAddress(insteadOf: $0) }
          let wanted = zip(ends, own).map { $1?.value ?? $0 }.joined(separator: ",")
          guard let other = own.firstIndex(where: { $0 != nil }), let whose = own[other]?.whose else { continue }
          try converge(pair.key, of: index, ends[other], to: wanted, whose)
        default: continue
        }
      }
    }
  }

  private mutating func converge(
    _ key: String, of file: Int, _ said: String, to wanted: String, _ whose: String
  ) throws {
    try change(file, because: "\(key) of openvswitch said \(said.shown), which is \(whose)") {
      document throws(EditError) in
      try document.set(Self.switchPath + [key], to: .scalar(wanted))
    }
    claims.append(.anothers("\(key) of openvswitch (\(files.all[file].snapshot.path))", said, whose))
  }
}
