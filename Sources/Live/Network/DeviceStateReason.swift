/// Why NetworkManager's device is in its state (NMDeviceStateReason), in words.
enum DeviceStateReason {
  static func words(_ reason: UInt64) -> String { known[reason] ?? "its reason has the number \(reason)" }

  /// Those that a wired, bonded, bridged or VLAN link can have.
  private static let known: [UInt64: String] = [
    0: "no reason was given", 1: "for an unknown reason", 2: "it is now managed", 3: "it is no longer managed",
    4: "it could not be prepared for configuration", 5: "its addresses could not be set (no address, timeout, …)",
    6: "its address configuration is no longer valid", 7: "802.1X secrets were needed and not given",
    8: "the 802.1X supplicant disconnected", 9: "the 802.1X supplicant could not be configured",
    10: "the 802.1X supplicant failed", 11: "802.1X authentication took too long",
    15: "the DHCP client could not start",
    16: "the DHCP client reported an error", 17: "the DHCP client failed", 18: "the shared connection could not start",
    19: "the shared connection failed", 35: "its firmware is missing", 36: "the device was removed",
    37: "the machine went to sleep", 38: "its connection was deleted or changed", 39: "it was disconnected by somebody",
    40: "it has no carrier (cable unplugged, or nothing at its other end)",
    41: "it was already configured before NetworkManager started", 42: "its supplicant is now available",
    50: "a connection that it needs failed", 54: "its secondary connection failed",
    55: "the DCB or FCoE setup failed", 56: "teamd failed", 60: "somebody started another activation",
    61: "its parent changed", 62: "the state of its parent changed", 63: "the Open vSwitch database cannot be reached",
    64: "its address is already in use by another host", 65: "its method of addressing is not supported",
    66: "SR-IOV could not be configured", 67: "its peer was not found",
  ]
}
