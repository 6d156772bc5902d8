internal import Site
internal import Tree

/// What Open vSwitch's database says of its machine: `external_ids` of the one row of Open_vSwitch (ovs-vswitchd.conf.db(5)). The file is
/// a log of changes in JSON without blanks (ovsdb(5)), of which the last counts.
struct SwitchDatabase {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// One that is larger is not looked into, bytes.
  private static let mostRead: UInt64 = 16 << 20

  static func read(_ place: Place, _ tree: any TreeReading) throws -> SwitchDatabase? {
    guard place.status.kind == .regular, place.status.identity.size <= mostRead else { return nil }
    return try tree.glance(place.path).map { SwitchDatabase($0.bytes) }
  }

  subscript(key: String) -> String? {
    let start = Array("[\"\(key)\",\"".utf8)
    var place = bytes.count - start.count
    while place >= 0 {
      if bytes[place] == start[0], bytes[place...].starts(with: start) {
        let value = bytes[(place + start.count)...].prefix { $0 != UInt8(ascii: "\"") }
        return value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
      }
      place -= 1
    }
    return nil
  }

  /// What of another machine is in it. Only its server may write it, and so it is said as long as it is so, in a copy and later.
  static func findings(_ place: Place, _ situation: Situation) throws -> [Finding] {
    let read = try read(place, situation.tree)
    let advice = "once it runs: " + command(place, situation, insteadOf: read?["ovn-encap-ip"])
    guard let database = read else {
      guard situation.provenance.isCopy else { return [] }
      let text =
        "\(place.path) may still hold the original's system id, host name and tunnel address: it is too large to look into"
      return [Finding(.warning, text, advice: advice)]
    }
    guard !situation.provenance.isCopy else {
      let words = database.originals(situation)
      guard let last = words.last else { return [] }
      let list = words.count == 1 ? last : words.dropLast().joined(separator: ", ") + " and " + last
      let text = "\(place.path) still holds the original's \(list); only ovsdb-server may write it"
      return [Finding(.warning, text, advice: advice)]
    }
    let former = try Stamp.read(from: situation.original)?.formerNames ?? []
    let names = ["system-id", "hostname"].compactMap { key -> String? in
      guard let name = database[key], !situation.names.contains(name),
        former.contains(name) || situation.site.node(called: name) != nil
      else { return nil }
      return "\(key) \(name.shown)"
    }
    let addresses = (database["ovn-encap-ip"] ?? "").split(separator: ",").compactMap { try? IPAddress(String($0)) }
      .filter { address in
        !situation.node.allAddresses.contains(address)
          && (situation.site.owner(of: address) != nil || situation.provenance.allFormerAddresses.contains(address)
            || situation.site.networks.contains { $0.subnet(for: address) != nil })
      }
      .map { "ovn-encap-ip \($0), which is \(situation.whose($0))" }
    let stale = names + addresses
    guard !stale.isEmpty else { return [] }
    return [
      Finding(
        .warning, "\(place.path) says \(stale.joined(separator: ", ")); only ovsdb-server may write it", advice: advice)
    ]
  }

  /// What in a copy's is the original's.
  private func originals(_ situation: Situation) -> [String] {
    let own = situation.node.allAddresses.map(\.description)
    let ends = (self["ovn-encap-ip"] ?? "").split(separator: ",").map { String($0).trimmingBlanks }
    return [
      (self["system-id"].map { !situation.names.contains($0) } ?? false, "system id"),
      (self["hostname"].map { !situation.names.contains($0) } ?? false, "host name"),
      (ends.contains { !own.contains($0) }, "tunnel address"),
    ].filter(\.0).map(\.1)
  }

  /// - Parameter end: the tunnel's, as the database has it.
  private static func command(_ database: Place, _ situation: Situation, insteadOf end: String?) -> String {
    let hostname = situation.names.full
    let engine = ContainerVolumes.engine(of: database.path)
    // kolla-ansible calls the system by its short name; ovs-ctl keeps the id in a file.
    let id = engine == nil ? "$(cat /etc/openvswitch/system-id.conf)" : situation.names.short
    let program = engine.map { "\($0) exec openvswitch_db ovs-vsctl" } ?? "ovs-vsctl"
    let encapsulation = situation.site.localIP(of: situation.node, insteadOf: end).map {
      "; where OVN is in use: \(program) set Open_vSwitch . external_ids:ovn-encap-ip=\($0)"
    }
    return "\(program) set Open_vSwitch . external_ids:system-id=\(id) external_ids:hostname=\(hostname)"
      + (encapsulation ?? "")
  }
}
