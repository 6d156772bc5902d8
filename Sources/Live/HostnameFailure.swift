internal import Glibc

/// Why the running system does not go by the name that it was given.
public struct HostnameFailure: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// The polkit action, or the capability, that would allow it.
    case notPermitted(String)
    case bus(BusError)
    /// sethostname(2)
    case system(errno: CInt)
    /// It was accepted, and all the same the name is another.
    case stillCalled(String)
    /// The file with the name cannot be kept as it is; why, in words that stand alone.
    case file(String)
  }

  public let kind: Kind
  public let name: String

  public init(_ name: String, _ kind: Kind) {
    self.kind = kind
    self.name = name
  }

  public var description: String {
    switch kind {
    case .notPermitted(let need):
      "cannot set the host name to \(name): not permitted; it takes \(need) (run it as root)"
    case .bus(let error): "cannot set the host name to \(name): \(error.message) (\(error.name))"
    case .system(let reason): "cannot set the host name to \(name): \(String(cString: strerror(reason)))"
    case .file(let reason): "cannot set the host name to \(name): \(reason)"
    case .stillCalled(let seen):
      "cannot set the host name to \(name): it was accepted, and the system is still called \(seen)"
    }
  }
}

extension HostnameFailure {
  static let otherName = "imprint.OtherName"

  init(_ name: String, _ error: BusError) {
    let action = error.operation.hasSuffix("SetHostname") ? "set-hostname" : "set-static-hostname"
    self.init(
      name,
      error.isNotPermitted
        ? .notPermitted("polkit's org.freedesktop.hostname1.\(action)")
        : error.name == Self.otherName ? .stillCalled(error.message) : .bus(error))
  }

  init(_ name: String, errno reason: CInt) {
    self.init(name, reason == EPERM ? .notPermitted("CAP_SYS_ADMIN") : .system(errno: reason))
  }
}
