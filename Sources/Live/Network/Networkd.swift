internal import Site

/// systemd-networkd, for one link (org.freedesktop.network1(5)).
@LiveActor
struct Networkd {
  private static let service = "org.freedesktop.network1"
  private let bus: Bus
  private let interface: InterfaceName
  private let patience = Duration.seconds(10)

  init(_ bus: Bus, _ interface: InterfaceName) {
    self.bus = bus
    self.interface = interface
  }

  /// Has it read its files again, and take the link down and up as they now say. It returns before the link is up.
  ///
  /// `Reload` alone reconfigures only what a file with another name matches now; `ReconfigureLink` also what a file that
  /// was edited matches as before.
  func renew(_ link: KernelLink) async throws(LinkFailure) {
    try await call("Reload")
    try await call("ReconfigureLink", [.int32(Int32(link.index))])
  }

  private func call(_ member: String, _ arguments: [BusValue] = []) async throws(LinkFailure) {
    do {
      _ = try await bus.call(
        Self.service, "/org/freedesktop/network1", "\(Self.service).Manager", member, arguments, within: patience)
    } catch {
      // Both came with systemd 244.
      if error.isUnsupported || error.isAbsent { throw .networkd(interface, Self.byHand(interface)) }
      if error.isNotPermitted { throw .notPermitted(interface, action: "\(Self.service).reconfigure") }
      throw .bus(interface, error)
    }
  }

  /// What an operator has to do where it can't be asked.
  nonisolated static func byHand(_ interface: InterfaceName) -> String {
    "systemd-networkd does not run, or is too old to be asked; its files are in place, and this takes them up: "
      + "systemctl restart systemd-networkd.service, then networkctl status \(interface)"
  }
}
