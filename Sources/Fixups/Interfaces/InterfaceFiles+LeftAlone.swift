internal import Documents
internal import Site
internal import Tree

extension InterfaceFiles {
  /// Interfaces that NetworkManager shall bring up, and does not: it is told to leave them alone, or does not start.
  func leftAlone(_ shares: [[InterfaceIntent]], _ situation: Situation) throws -> Proposal {
    // Beside initscripts' own service it may be that one that reads ifcfg files.
    let isAlone = try ["/etc/rc.d/init.d/network", "/etc/init.d/network"].allSatisfy {
      try situation.tree.target($0) == nil
    }
    let devices = zip(backends, shares).filter { isAlone || !($0.0 is IfcfgFiles) }.flatMap { backend, intents in
      intents.compactMap { backend.managedDevice(of: $0) }
    }
    guard !devices.isEmpty else { return Proposal() }
    let broken = try KeyfileDirectory.unreadableSettings(in: situation.tree).map { "\($0)" }
    var proposal = Proposal(
      findings: broken.map { path in
        Finding(
          .warning,
          "\(path) is no file that NetworkManager can read (a link to /dev/null hides nothing there): it does not start",
          advice: "take it away, or put an empty file in its place")
      })
    let unmanaged = try UnmanagedDevices(in: situation.tree)
    for device in devices {
      let reason = unmanaged.reason(for: device)
      if let reason {
        let condition = reason.doubt.map { ", \($0)" } ?? ""
        proposal.findings.append(
          Finding(
            .warning,
            "\(reason.place): NetworkManager leaves \(device.name) alone, and so it gets no address\(condition)",
            advice: reason.advice))
      }
      guard let place = reason.flatMap({ $0.isSure ? $0.place : nil }) ?? broken.first else { continue }
      proposal.claims.append(
        Claim(
          "who brings up \(device.name)", expected: "NetworkManager", seen: "nobody (\(place))", holds: false))
    }
    return proposal
  }
}

extension NetworkBackend {
  /// What NetworkManager would know an interface by; nil where it is not NetworkManager that brings it up.
  fileprivate func managedDevice(of intent: InterfaceIntent) -> DeviceList.Device? {
    let name = intent.interface.description
    func device(_ type: String?) -> DeviceList.Device { .init(name: name, type: type, mac: intent.mac) }
    if let files = self as? KeyfileFiles {
      let type = files.connection(of: intent.interface, mac: intent.mac)?.value("connection", "type")
      return device(type == "802-3-ethernet" ? "ethernet" : type)
    }
    if let files = self as? IfcfgFiles {
      guard let file = files.file(of: intent.interface, mac: intent.mac), !file.isUnmanaged else { return nil }
      let isCard = ["ethernet", nil].contains(file.value("TYPE")?.lowercased()) && UnnamedCard.isUsual(name)
      return device(isCard ? "ethernet" : nil)
    }
    guard let files = self as? NetplanFiles,
      let definition = files.definition(of: intent.interface, mac: intent.mac),
      files.renderer(of: definition) == "NetworkManager"
    else { return nil }
    return device(["ethernets": "ethernet", "bridges": "bridge", "bonds": "bond", "vlans": "vlan"][definition.type])
  }
}
