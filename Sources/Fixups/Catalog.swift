public import Site

/// The table of fixups, in the order that the readers of their files need: entropy before keys, the machine's id before
/// its name, names before the network, the network before services.
public enum Catalog {
  /// Who may log in here and there to move guests. A node that nobody can move guests to is that node all the same.
  public static let migrationAccess = MigrationAccess().name

  /// What edits files that only a line or a link of a unit makes its own.
  public static let serviceEnvironment = ServiceEnvironment().name

  public static let fixups: [any Fixup] = [
    Renaming(),
    MachineIdentity(),
    KernelCommandLine(),
    HostnameFixup(),
    CardsByAddress(),
    InterfacesFixup(),
    OSNetConfigFixup(),
    DHCPClient(),
    HostsFixup(),
    MovedNodes(),
    NovaFixup(),
    ServiceEnvironment(),
    ProviderConfig(),
    LibvirtFixup(),
    NeutronFixup(),
    ServicesBeside(),
    HomeConfiguration(),
    ContainerFiles(),
    ListenAddress(),
    SocketAddresses(),
    MigrationAccess(),
    Certificates(),
    CloudInit(),
    UnkeptFiles(),
    Elsewhere(),
    Leftovers(),
    SiteFileFixup(),
    // Last: it says that all of the above was done.
    StampFixup(),
  ]

  /// What another node's arrival changes: its name and addresses, and that guests are moved to and from there.
  ///
  /// - Parameter current: What those nodes have now that have just been asked.
  public static func joining(_ current: [NodeName: PeerKeys]) -> [any Fixup] {
    [HostsFixup(), MigrationAccess(), FormerKeys(current: current), CertifiedPeers(current)]
  }
}
