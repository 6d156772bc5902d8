internal import Site
internal import Tree

/// NetworkManager, for one device that it manages (its D-Bus reference manual).
@LiveActor
struct NetworkManager {
  static let service = "org.freedesktop.NetworkManager"
  static let root = "/org/freedesktop/NetworkManager"
  static let settings = "/org/freedesktop/NetworkManager/Settings"
  static let device = "org.freedesktop.NetworkManager.Device"
  static let active = "org.freedesktop.NetworkManager.Connection.Active"
  /// What stands for "no object" where a path has to be said.
  static let none = "/"

  let bus: Bus
  let interface: InterfaceName
  let device: String
  /// How long a call that does not wait for the network may take.
  private let patience = Duration.seconds(10)

  /// nil where it isn't running, or leaves the link alone. It is not started for being asked.
  init?(_ bus: Bus, managing interface: InterfaceName) async throws(LinkFailure) {
    guard !bus.isDirect else { return nil }
    self.bus = bus
    self.interface = interface
    do {
      let name = BusValue.string(Self.service)
      let answer = try await bus.call(
        "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner", [name],
        within: patience)
      guard answer.first?.truth == true else { return nil }
    } catch {
      // No bus at all: then there is no NetworkManager that anybody could ask.
      guard error.name == BusError.Name.noServer else { throw .bus(interface, error) }
      return nil
    }
    do {
      let path = try await bus.call(
        Self.service, Self.root, Self.service, "GetDeviceByIpIface", [.string(interface.description)],
        within: patience)
      guard let device = path.first?.text else { return nil }
      self.device = device
      guard try await bus.property("Managed", Self.service, device, Self.device, within: patience).truth == true
      else { return nil }
    } catch {
      guard error.name == "org.freedesktop.NetworkManager.UnknownDevice" else { throw .bus(interface, error) }
      return nil
    }
  }

  func call(
    _ path: String, _ interface: String, _ member: String, _ arguments: [BusValue] = []
  ) async throws(LinkFailure) -> [BusValue] {
    do {
      return try await bus.call(Self.service, path, interface, member, arguments, within: patience)
    } catch {
      throw failure(error, of: member)
    }
  }

  private func failure(_ error: BusError, of member: String) -> LinkFailure {
    if error.isAbsent { return .networkManager(interface, "NetworkManager is not there any more") }
    let isDenied = error.name.hasPrefix(Self.service) && error.name.hasSuffix(".PermissionDenied")
    guard isDenied || error.isNotPermitted else { return .bus(interface, error) }
    return .notPermitted(interface, action: "\(Self.service).\(Self.actions[member] ?? "network-control")")
  }

  /// polkit's actions for calls (NetworkManager's org.freedesktop.NetworkManager.policy).
  private static let actions = [
    "CheckpointCreate": "checkpoint-rollback", "CheckpointDestroy": "checkpoint-rollback",
    "CheckpointRollback": "checkpoint-rollback", "CheckpointAdjustRollbackTimeout": "checkpoint-rollback",
    "ReloadConnections": "reload", "GetSettings": "settings.modify.system",
  ]

  /// nil where the object has gone, or has no such property in this version.
  func property(_ name: String, _ path: String, _ interface: String) async throws(LinkFailure) -> BusValue? {
    do {
      return try await bus.property(name, Self.service, path, interface, within: patience)
    } catch {
      guard error.isUnsupported || error.name == "org.freedesktop.DBus.Error.InvalidArgs" else {
        throw failure(error, of: name)
      }
      return nil
    }
  }
}

/// Connections.
extension NetworkManager {
  /// Has it read its files again. What is active is not touched by that.
  func reload() async throws(LinkFailure) {
    _ = try await call(Self.settings, "\(Self.service).Settings", "ReloadConnections")
  }

  /// The connection that is active on the device, or was when it began.
  func activeConnection() async throws(LinkFailure) -> String? {
    guard let active = try await property("ActiveConnection", device, Self.device)?.text, active != Self.none else {
      return nil
    }
    return try await property("Connection", active, Self.active)?.text
  }

  /// The connection to activate: the one that is named, or else among those that the device could have, one for just this
  /// interface before one for any, and of equals the one that is active.
  func connection(_ uuid: String?) async throws(LinkFailure) -> String {
    if let uuid {
      let answer = try await call(
        Self.settings, "\(Self.service).Settings", "GetConnectionByUuid", [.string(uuid)])
      guard let path = answer.first?.text else { throw .networkManager(interface, "it knows no connection \(uuid)") }
      return path
    }
    let available = try await property("AvailableConnections", device, Self.device)?.elements ?? []
    let active = try await activeConnection()
    var best: (path: String, rank: Int)?
    for path in available.compactMap(\.text) {
      let answer = try await call(path, "\(Self.service).Settings.Connection", "GetSettings")
      let name = answer.first?.fields?["connection"]?.fields?["interface-name"]?.text ?? ""
      let rank = (name == interface.description ? 2 : 0) + (path == active ? 1 : 0)
      if rank > best?.rank ?? -1 { best = (path, rank) }
    }
    guard let best else { throw .networkManager(interface, "NetworkManager has no connection for it") }
    return best.path
  }

  /// Where a connection is kept; nil below /run, which is NetworkManager's own, and before version 1.12, which does not say.
  func file(of connection: String?) async throws(LinkFailure) -> String? {
    guard let connection,
      let path = try await property("Filename", connection, "\(Self.service).Settings.Connection")?.text
    else { return nil }
    return path.isEmpty || path.hasPrefix("/run/") ? nil : path
  }

  func files(of connection: String?) async throws(LinkFailure) -> KeptFiles {
    let path = try await file(of: connection)
    do { return try KeptFiles(path.map { [$0] } ?? []) } catch { throw .networkManager(interface, error.description) }
  }
}
