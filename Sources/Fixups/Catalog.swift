/// The table of fixups, in the order that the readers of their files need: entropy before keys, the machine's id before
/// its name, names before the network, the network before services.
public enum Catalog {
  public static let fixups: [any Fixup] = [
    MachineIdentity(),
    HostnameFixup(),
    InterfacesFixup(),
    HostsFixup(),
    NovaFixup(),
    NeutronFixup(),
    MigrationAccess(),
    CloudInit(),
    Leftovers(),
    SiteFileFixup(),
    // Last: it says that all of the above was done.
    StampFixup(),
  ]
}
