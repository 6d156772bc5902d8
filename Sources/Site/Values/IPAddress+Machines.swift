/// Of what kind an address is, by what is asked. Each is narrower than the one before.
extension IPAddress {
  /// Whether one machine can be reached there: not where there is no address at all, nor a group, nor everybody (RFC 1122, section 3.2.1.3;
  /// RFC 4291, section 2.4). That is what a server needs: 127.0.0.53 and fe80::1 answer as name servers do.
  public var isOfOneMachine: Bool { !isUnspecified && !isMulticast && self != .v4(.max) }

  /// Whether a node can be given it, so that other nodes reach it there: none that stays within each machine. A link without a router may
  /// well have 169.254.0.0/16 for its network.
  public var isAssignable: Bool { isOfOneMachine && !isLoopback }

  /// Whether who has it can be told from others by it: none that every machine has (127.0.0.1), or may have, since it counts on its link
  /// alone (fe80::1, the metadata service's 169.254.169.254). It is nobody's trace, and two that have it are no twins.
  public var identifiesMachine: Bool { isAssignable && !isLinkLocal }
}
