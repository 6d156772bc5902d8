internal import Glibc
internal import Tree

/// The name that the running system goes by (hostname1, org.freedesktop.hostname1(5); gethostname(2)).
///
/// The file is not this type's: it is written before, with everything else, and stays so. A hostnamed that runs already knows the
/// name from before (systemd 219 reads the file when it starts, and never again), and writes the new one into the file, without
/// the comments that were in it.
public enum SystemHostname {
  /// What the kernel says.
  public static func current() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Who was told the name.
  public enum Means: Sendable, Hashable {
    case hostnamed
    /// sethostname(2), for this reason.
    case kernel(because: BusError)
  }

  /// Sets the static and the transient name, and makes sure that they are so.
  ///
  /// Where there is no hostnamed, or none that answers, the kernel is told: what hostnamed may still do after that is the same.
  ///
  /// - Parameters:
  ///   - bus: nil where there is none.
  ///   - file: What hostnamed writes.
  ///   - time: For hostnamed. A bus waits 25 seconds for a service that does not come up before it says so.
  @LiveActor @discardableResult
  public static func set(
    _ name: String, on bus: Bus?, keeping file: String = "/etc/hostname", within time: Duration = .seconds(10)
  ) async throws(HostnameFailure) -> Means {
    let kept: KeptFiles
    do { kept = try KeptFiles([file]) } catch { throw HostnameFailure(name, .file(error.description)) }
    var outcome: Result<Means, HostnameFailure>
    do { outcome = .success(try await set(name, bus, by: .now + time)) } catch { outcome = .failure(error) }
    do { try kept.putBack() } catch { throw HostnameFailure(name, .file(error.description)) }
    return try outcome.get()
  }

  @LiveActor
  private static func set(
    _ name: String, _ bus: Bus?, by deadline: ContinuousClock.Instant
  ) async throws(HostnameFailure) -> Means {
    var means = Means.hostnamed
    do throws(BusError) {
      // On systemd's own socket nobody but systemd is there.
      guard let bus, !bus.isDirect else { throw BusError(BusError.Name.noServer, "there is no bus", in: service) }
      try await tell(name, bus, deadline)
    } catch {
      guard error.isWithoutHostnamed, !Task.isCancelled else { throw HostnameFailure(name, error) }
      guard current() == name || sethostname(name, name.utf8.count) == 0 else {
        throw HostnameFailure(name, errno: errno)
      }
      means = .kernel(because: error)
    }
    let seen = current()
    guard seen == name else { throw HostnameFailure(name, .stillCalled(seen)) }
    return means
  }

  private static let service = "org.freedesktop.hostname1"
  private static let path = "/org/freedesktop/hostname1"

  /// SetStaticHostname(s name, b interactive), SetHostname(s name, b interactive)
  @LiveActor
  private static func tell(_ name: String, _ bus: Bus, _ deadline: ContinuousClock.Instant) async throws(BusError) {
    var refusal: BusError?
    do throws(BusError) {
      try await call("SetStaticHostname", name, bus, deadline)
    } catch {
      // It writes the file, which may be protected from it, and need not be: what counts is what it then says.
      guard !error.isWithoutHostnamed, !error.isNotPermitted else { throw error }
      refusal = error
    }
    let named = try await bus.property("StaticHostname", service, path, service, within: deadline.remaining).text
    if named != name {
      throw refusal ?? BusError(HostnameFailure.otherName, named ?? "", in: "\(service).SetStaticHostname")
    }
    // The static name is the kernel's too, unless a transient one stood in its place.
    if current() != name { try await call("SetHostname", name, bus, deadline) }
  }

  @LiveActor
  private static func call(
    _ method: String, _ name: String, _ bus: Bus, _ deadline: ContinuousClock.Instant
  ) async throws(BusError) {
    _ = try await bus.call(service, path, service, method, [.string(name), .bool(false)], within: deadline.remaining)
  }
}

extension ContinuousClock.Instant {
  fileprivate var remaining: Duration { max(.zero, ContinuousClock.now.duration(to: self)) }
}

extension BusError {
  /// Nobody is there who could be told: no bus, no such service, or one that cannot be started (masked, broken) or hangs.
  fileprivate var isWithoutHostnamed: Bool {
    isAbsent || isDisconnected || isTimeout || (isUnsupported && name != Name.unknownProperty)
      || [
        Name.noServer, Name.noSuchUnit, Name.unitMasked, "org.freedesktop.DBus.Error.TimedOut",
        "org.freedesktop.systemd1.LoadFailed", "org.freedesktop.systemd1.BadUnitSetting",
        // How systemd says that it is just reading the unit's file anew (EEXIST of its own loading, as the bus has it).
        "org.freedesktop.DBus.Error.FileExists",
      ].contains(name)
  }
}
