internal import Documents
internal import Site
internal import Tree

/// Why the files of a backend come to nothing at boot: nobody reads them.
struct ReaderObstacle {
  /// Stands after "nobody reads them: ".
  let reason: String
  let remedy: String
  /// Whether something else may start the reader all the same.
  var isCertain = true

  fileprivate init(_ reason: String, _ remedy: String, isCertain: Bool = true) {
    self.reason = reason
    self.remedy = remedy
    self.isCertain = isCertain
  }

  /// nil where the unit is started, or nobody can tell.
  fileprivate init?(_ unit: String, _ state: BootState) {
    switch state {
    case .unknown, .enabled: return nil
    case .disabled: self.init("\(unit) is not enabled", "systemctl enable \(unit)", isCertain: false)
    case .masked(let place): self.init("\(unit) is masked (\(place))", "systemctl unmask \(unit)")
    }
  }
}

extension InterfaceFiles {
  /// What keeps a backend's files from being read at boot; nil where they are, or nobody can tell.
  ///
  /// - Parameter interface: whose files; nil for those of any.
  func obstacle(
    to backend: any NetworkBackend, _ interface: InterfaceName? = nil, mac: MACAddress? = nil
  ) throws -> ReaderObstacle? {
    switch backend.kind {
    case .ifupdown:
      // udev starts the others by a unit of their own (ifup@.service).
      let files = backend as? IfupdownFiles
      guard files?.hasHotplug(interface) != true else { return nil }
      // NetworkManager reads the file, too, where its plugin for it is told to manage what stands there.
      if try !NetworkManagerPlugins.leavesToIfupdown(in: services.tree),
        try NetworkManagerPlugins(in: services.tree)?.names.contains("ifupdown") ?? true,
        try services.hasNetworkManager(),
        ReaderObstacle("", try services.state(of: "NetworkManager.service")) == nil
      {
        return nil
      }
      return ReaderObstacle("networking.service", try services.state(of: "networking.service"))
    case .networkd: return try networkd()
    case .keyfile:
      if let interface, let stanza = try stanzaBeforeNetworkManager(interface) { return stanza }
      return ReaderObstacle("NetworkManager.service", try services.state(of: "NetworkManager.service"))
    case .netplan: return try netplan(backend as? NetplanFiles, interface, mac: mac)
    case .wicked: return try wicked()
    case .ifcfg:
      return try ifcfg(interface.flatMap { name in (backend as? IfcfgFiles)?.file(of: name, mac: mac) })
    }
  }

  /// With its plugin for ifupdown NetworkManager takes nothing that has a stanza, whether that gives an address or not, and whether
  /// networking.service is started or not (nms-ifupdown-plugin.c).
  private func stanzaBeforeNetworkManager(_ interface: InterfaceName) throws -> ReaderObstacle? {
    guard let path = backends.lazy.compactMap({ $0 as? IfupdownFiles }).first?.files(of: interface, mac: nil).first,
      try NetworkManagerPlugins.leavesToIfupdown(in: services.tree)
    else { return nil }
    return ReaderObstacle(
      "NetworkManager leaves \(interface) to ifupdown, for \(path) has a stanza of it",
      "take the stanza out, or say managed=true under [ifupdown] of NetworkManager.conf")
  }

  private func networkd() throws -> ReaderObstacle? {
    let unit = "systemd-networkd.service"
    let state = try services.state(of: unit, companions: ["systemd-networkd.socket"])
    // netplan's generator starts it, with what it has made.
    let isNetplan = backends.contains { $0.kind == .netplan && $0.isInUse }
    return state == .disabled && isNetplan ? nil : ReaderObstacle(unit, state)
  }

  /// The generator starts what it makes files for, unless that is masked (netplan-generate(8)).
  private func netplan(
    _ files: NetplanFiles?, _ interface: InterfaceName?, mac: MACAddress?
  ) throws -> ReaderObstacle? {
    let definition = interface.flatMap { files?.definition(of: $0, mac: mac) }
    let isManager = files?.renderer(of: definition) == "NetworkManager"
    let unit = isManager ? "NetworkManager.service" : "systemd-networkd.service"
    return try services.mask(of: unit).flatMap { ReaderObstacle(unit, .masked(at: $0)) }
  }

  /// Of wicked and NetworkManager the one starts that is called network.service (SUSE's guide, "Switching to NetworkManager").
  private func wicked() throws -> ReaderObstacle? {
    let unit = "wicked.service"
    let state = try services.state(of: unit)
    if case .masked = state { return ReaderObstacle(unit, state) }
    guard let alias = try services.alias("network.service") else { return ReaderObstacle(unit, state) }
    guard alias.target.name != unit else { return nil }
    guard alias.target != "/dev/null" else { return ReaderObstacle("network.service", .masked(at: alias.place)) }
    return ReaderObstacle(
      "\(alias.place) starts \(alias.target.name), and not wicked", "systemctl enable --force \(unit)")
  }

  /// NetworkManager and the network scripts read them; one is enough.
  private func ifcfg(_ file: IfcfgFile?) throws -> ReaderObstacle? {
    guard let scripts = try networkScripts(), let manager = try managerOfIfcfg(file) else { return nil }
    return ReaderObstacle(
      "\(manager.reason), and \(scripts.reason)", manager.remedy,
      isCertain: manager.isCertain && scripts.isCertain)
  }

  /// What keeps the network scripts from reading ifcfg files.
  func networkScripts() throws -> ReaderObstacle? {
    let unit = "network.service"
    guard try services.hasNetworkScripts() else {
      return try services.hasNetworkManager()
        ? ReaderObstacle("there are no network scripts", "install network-scripts") : nil
    }
    // A script of System V is started by other links.
    return try services.mask(of: unit).flatMap { ReaderObstacle(unit, .masked(at: $0)) }
  }

  /// Whether an ifcfg file's interface is NetworkManager's.
  func isManagers(_ file: IfcfgFile?) throws -> Bool {
    guard try managerOfIfcfg(file) != nil else { return true }
    // Part of a tree may lack the program, where the platform has it.
    return try !services.hasNetworkManager() && backends.contains { $0.kind == .keyfile } && file?.isUnmanaged != true
  }

  private func managerOfIfcfg(_ file: IfcfgFile?) throws -> ReaderObstacle? {
    if let file, file.isUnmanaged {
      return ReaderObstacle(
        "\(file.place(of: "NM_CONTROLLED")) keeps NetworkManager from it", "take NM_CONTROLLED out there")
    }
    if let plugins = try NetworkManagerPlugins(in: services.tree), !plugins.names.contains("ifcfg-rh") {
      return ReaderObstacle("\(plugins.place) has no ifcfg-rh among NetworkManager's plugins", "add ifcfg-rh there")
    }
    guard try services.hasNetworkManager() else {
      return ReaderObstacle("there is no NetworkManager", "install NetworkManager")
    }
    return ReaderObstacle("NetworkManager.service", try services.state(of: "NetworkManager.service"))
  }
}
