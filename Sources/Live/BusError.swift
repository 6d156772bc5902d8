/// Why a call on the bus came to nothing, in the bus's own words.
public struct BusError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The bus's own error name, such as `org.freedesktop.systemd1.NoSuchUnit`.
  public var name: String
  public var message: String
  /// What was being done: `org.freedesktop.systemd1.Manager.RestartUnit`.
  public var operation: String

  public init(_ name: String, _ message: String, in operation: String) {
    self.name = name
    self.message = message
    self.operation = operation
  }

  public var description: String { "\(operation) failed: \(message) (\(name))" }
}

extension BusError {
  /// D-Bus specification, and sd_bus_error(3).
  public enum Name {
    public static let noReply = "org.freedesktop.DBus.Error.NoReply"
    public static let timeout = "org.freedesktop.DBus.Error.Timeout"
    public static let disconnected = "org.freedesktop.DBus.Error.Disconnected"
    public static let accessDenied = "org.freedesktop.DBus.Error.AccessDenied"
    public static let interactiveAuthorizationRequired =
      "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
    public static let unknownMethod = "org.freedesktop.DBus.Error.UnknownMethod"
    public static let unknownInterface = "org.freedesktop.DBus.Error.UnknownInterface"
    public static let unknownObject = "org.freedesktop.DBus.Error.UnknownObject"
    public static let unknownProperty = "org.freedesktop.DBus.Error.UnknownProperty"
    public static let serviceUnknown = "org.freedesktop.DBus.Error.ServiceUnknown"
    public static let noServer = "org.freedesktop.DBus.Error.NoServer"
    public static let noSuchUnit = "org.freedesktop.systemd1.NoSuchUnit"
    public static let unitMasked = "org.freedesktop.systemd1.UnitMasked"
  }

  /// No answer came in time, or none can come any more: the service may still do what it was asked.
  public var isTimeout: Bool { [Name.noReply, Name.timeout].contains(name) }
  public var isDisconnected: Bool { name == Name.disconnected }
  /// Also what polkit says no to.
  public var isNotPermitted: Bool { [Name.accessDenied, Name.interactiveAuthorizationRequired].contains(name) }
  /// The other side is older than the call.
  public var isUnsupported: Bool {
    [Name.unknownMethod, Name.unknownInterface, Name.unknownObject, Name.unknownProperty].contains(name)
  }
  /// Nobody of that name is on the bus, nor could be started.
  public var isAbsent: Bool {
    name == Name.serviceUnknown || name.hasPrefix("org.freedesktop.DBus.Error.Spawn")
      || name == "org.freedesktop.DBus.Error.NameHasNoOwner"
  }
}
