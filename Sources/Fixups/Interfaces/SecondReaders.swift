internal import Site
internal import Tree

/// Files of a second reader for an interface of the node's. They are left as they are; where both readers run, the interface may get
/// what either says.
extension InterfaceFiles {
  /// Somebody else's addresses in them.
  func secondReaders(_ shares: [[InterfaceIntent]], _ situation: Situation) throws -> [Claim] {
    try zip(backends, shares).flatMap { own, intents in
      try intents.flatMap { intent in
        try backends.filter { $0.kind != own.kind }.flatMap { other -> [Claim] in
          let others = other.startedAddresses(of: intent).filter(situation.isOthers)
          // Asked last: it is a look at all units.
          guard !others.isEmpty, !situation.areForeign(cards(of: intent, in: other), of: intent),
            try !areRanked(own, other, intent),
            try obstacle(to: other, intent.interface, mac: intent.mac) == nil
          else { return [] }
          let places = other.files(of: intent.interface, mac: intent.mac).map(\.description).joined(separator: ", ")
          return others.map {
            situation.othersAddress($0, of: intent.interface.description, ", by \(other.kind.title) (\(places))")
          }
        }
      }
    }
  }

  /// Those that an interface's file is tied to.
  private func cards(of intent: InterfaceIntent, in backend: any NetworkBackend) -> [MACAddress] {
    let (interface, mac) = (intent.interface, intent.mac)
    return switch backend {
    case let files as IfcfgFiles: files.file(of: interface, mac: mac)?.cards ?? []
    case let files as KeyfileFiles: [files.connection(of: interface, mac: mac)?.card].compactMap(\.self)
    case let files as NetworkdFiles: files.unit(of: interface, mac: mac)?.cards ?? []
    case let files as NetplanFiles: [files.definition(of: interface, mac: mac)?.card].compactMap(\.self)
    default: []
    }
  }

  /// Whether one program reads both, and takes the interface from one of them: that is looked at elsewhere.
  private func areRanked(
    _ own: any NetworkBackend, _ other: any NetworkBackend, _ intent: InterfaceIntent
  ) throws -> Bool {
    if let own = own as? IfcfgFiles, other is KeyfileFiles { return own.isManaged(intent) }
    if own is KeyfileFiles, other is IfcfgFiles {
      return try !services.hasNetworkScripts() || networkScripts() != nil
    }
    guard let netplan = (own as? NetplanFiles) ?? (other as? NetplanFiles),
      own is NetworkdFiles || other is NetworkdFiles
    else { return false }
    return netplan.renderer(of: netplan.definition(of: intent.interface, mac: intent.mac)) != "NetworkManager"
  }

  /// NetworkManager reads keyfiles beside ifcfg files, and takes the connection of the higher priority (nm-settings-ifcfg-rh(5),
  /// `AUTOCONNECT_PRIORITY`); of one priority it may be either, and one of a lower it falls back on.
  func outranked(_ shares: [[InterfaceIntent]], _ situation: Situation) throws -> [Claim] {
    guard let keyfiles = backends.lazy.compactMap({ $0 as? KeyfileFiles }).first,
      let ifcfg = backends.lazy.compactMap({ $0 as? IfcfgFiles }).first
    else { return [] }
    return try zip(backends, shares).flatMap { backend, intents in
      try intents.compactMap { intent -> Claim? in
        guard let file = ifcfg.file(of: intent.interface, mac: intent.mac), ifcfg.isManaged(intent),
          let connection = keyfiles.connection(of: intent.interface, mac: intent.mac)
        else { return nil }
        let ranks: [(files: any NetworkBackend, path: TreePath, priority: Int)] = [
          (ifcfg, file.snapshot.path, file.priority), (keyfiles, connection.snapshot.path, connection.priority),
        ]
        guard let own = ranks.first(where: { $0.files.kind == backend.kind }),
          let other = ranks.first(where: { $0.files.kind != backend.kind }),
          other.files.startsAtBoot(intent.interface, mac: intent.mac),
          !situation.areForeign(cards(of: intent, in: other.files), of: intent)
        else { return nil }
        let there = other.files.addresses(of: intent.interface, mac: intent.mac)
        guard
          other.priority > own.priority
            ? Set(there) != Set(intent.addresses) : there.contains(where: situation.isOthers),
          try obstacle(to: other.files, intent.interface, mac: intent.mac)?.isCertain != true
        else { return nil }
        if other.priority < own.priority, let address = there.first(where: situation.isOthers) {
          return situation.othersAddress(address, of: intent.interface.description, ", by \(other.path)")
        }
        return Claim("the connection of \(intent.interface)", expected: "\(own.path)", seen: "\(other.path)")
      }
    }
  }
}

extension NetworkBackend {
  /// Of all interfaces, with the file where it is known.
  var startedAddresses: [(interface: String, address: IPAddress, path: TreePath?)] {
    addressed.filter { (try? InterfaceName($0.interface)).map { startsAtBoot($0, mac: nil) } ?? true }
      .map { ($0.interface, $0.address, nil) } + ((self as? KeyfileFiles)?.secondAddresses ?? [])
  }

  func startedAddresses(of intent: InterfaceIntent) -> [IPAddress] {
    startsAtBoot(intent.interface, mac: intent.mac) ? addresses(of: intent.interface, mac: intent.mac) : []
  }
}

extension FoundFiles {
  func startsAtBoot(_ interface: InterfaceName, mac: MACAddress?) -> Bool {
    self.interface(interface, mac: mac)?.startsAtBoot ?? false
  }
}

extension NetworkdFiles {
  /// Of the file that goes before the interface's own, where there is one.
  func startedAddresses(of intent: InterfaceIntent) -> [IPAddress] {
    guard let unit = unit(of: intent.interface, mac: intent.mac) else { return [] }
    let found = (first(for: intent, before: unit) ?? unit).found(intent.interface.description)
    return found.startsAtBoot ? found.addresses.map(\.address) : []
  }
}

extension KeyfileFiles {
  /// Those of further connections for an interface, which NetworkManager falls back on.
  fileprivate var secondAddresses: [(interface: String, address: IPAddress, path: TreePath?)] {
    let spares = spares
    return all.filter { $0.startsAtBoot && !$0.isSwitch && !spares.contains($0.snapshot.path) }.flatMap { connection in
      connection.interface.map { name in
        connection.found(name).addresses.map { (name, $0.address, connection.snapshot.path) }
      } ?? []
    }
  }
}

extension IfcfgFiles {
  func startsAtBoot(_ interface: InterfaceName, mac: MACAddress?) -> Bool {
    file(of: interface, mac: mac)?.startsAtBoot ?? false
  }

  /// Whether NetworkManager may take the interface's file.
  fileprivate func isManaged(_ intent: InterfaceIntent) -> Bool {
    file(of: intent.interface, mac: intent.mac).map { !$0.isUnmanaged } ?? false
  }
}

extension IfcfgFile {
  /// -999 to 999.
  var priority: Int { value("AUTOCONNECT_PRIORITY").flatMap { Int($0) } ?? 0 }
}
