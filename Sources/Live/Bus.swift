internal import CSystemd
internal import Glibc

/// One connection to the system bus (sd-bus(3)). The only door to it.
///
/// Calls are asynchronous, and every one has a deadline: a service that hangs costs its caller that much and no more. When
/// the connection ends, every call that is under way fails with ``BusError/isDisconnected``.
@LiveActor
public final class Bus {
  /// How long a call may take where its caller says nothing else (sd_bus_call(3)).
  public nonisolated static let usualDeadline = Duration.seconds(25)

  /// Where the system's message bus listens, and where systemd itself does, for root, also before and without a bus.
  public enum Address: Sendable, Hashable {
    /// $DBUS_SYSTEM_BUS_ADDRESS, or the usual socket.
    case system
    /// Another bus.
    case other(String)
    /// A service's own socket: no bus.
    case direct(String)

    public static let systemdPrivate = Address.direct("unix:path=/run/systemd/private")
  }

  private let connection: BusConnection
  /// Where a direct connection to systemd has no names, no broker and no other service.
  public let isDirect: Bool

  /// Opens a connection. That somebody is there is known when the first call is answered.
  public init(_ address: Address = .system) throws(BusError) {
    isDirect = if case .direct = address { true } else { false }
    connection = try BusConnection(address.text, hasBroker: !isDirect)
  }

  /// Ends it: what is under way fails, and streams of signals finish.
  public func close() { connection.close(because: "the connection was closed") }

  isolated deinit { connection.close(because: "the connection was closed") }

  /// Calls a method and waits for its answer.
  ///
  /// - Parameter service: The well-known or unique name; ignored on a direct connection.
  /// - Returns: The answer's values.
  public func call(
    _ service: String, _ path: String, _ interface: String, _ member: String, _ arguments: [BusValue] = [],
    within deadline: Duration = Bus.usualDeadline
  ) async throws(BusError) -> [BusValue] {
    let operation = "\(interface).\(member)"
    let systemd = connection.systemd
    var created: OpaquePointer?
    let result = systemd.sd_bus_message_new_method_call(
      try connection.open(operation), &created, isDirect ? nil : service, path, interface, member)
    guard result >= 0, let created else { throw BusError(errno: -result, in: operation) }
    let message = BusMessage(created, systemd)
    for argument in arguments {
      let result = message.append(argument)
      guard result >= 0 else { throw BusError(errno: -result, in: operation) }
    }
    return try await connection.send(message, operation, within: deadline)
  }

  /// A property (org.freedesktop.DBus.Properties.Get), out of its variant.
  public func property(
    _ name: String, _ service: String, _ path: String, _ interface: String,
    within deadline: Duration = Bus.usualDeadline
  ) async throws(BusError) -> BusValue {
    let answer = try await call(
      service, path, "org.freedesktop.DBus.Properties", "Get", [.string(interface), .string(name)], within: deadline)
    guard case .variant(let value)? = answer.first else {
      throw BusError("org.freedesktop.DBus.Error.InvalidSignature", "no variant came", in: "\(interface).\(name)")
    }
    return value
  }

  /// Signals, from this moment on: the match is in force when this returns.
  ///
  /// - Parameter rule: Without `type='signal'` (D-Bus specification, "Match Rules").
  public func signals(
    matching rule: String, within deadline: Duration = Bus.usualDeadline
  ) async throws(BusError) -> BusSignals {
    try await connection.signals(matching: rule, isDirect: isDirect, within: deadline)
  }
}

extension Bus.Address {
  /// sd_bus_set_address(3)
  fileprivate var text: String {
    switch self {
    case .system:
      getenv("DBUS_SYSTEM_BUS_ADDRESS").map { String(cString: $0) } ?? "unix:path=/run/dbus/system_bus_socket"
    case .other(let address), .direct(let address): address
    }
  }
}

extension BusError {
  /// An answer that is an error.
  init(_ error: UnsafePointer<sd_bus_error>, in operation: String) {
    let name = error.pointee.name.map { String(cString: $0) } ?? "?"
    self.init(name, error.pointee.message.map { String(cString: $0) } ?? name, in: operation)
  }

  /// What libsystemd answers with, in place of an error of the bus.
  init(errno reason: CInt, in operation: String) {
    let name: String =
      switch reason {
      case ENOTCONN, ECONNRESET, ESHUTDOWN, EPIPE: Name.disconnected
      case ETIMEDOUT: Name.timeout
      case EACCES, EPERM: Name.accessDenied
      case ENOENT, ECONNREFUSED: Name.noServer
      default: "System.Error.\(reason)"
      }
    self.init(name, String(cString: strerror(reason)), in: operation)
  }
}
