/// What one operating system release and its OpenStack packages call things: Profiles/*.toml as values.
public struct Platform: Sendable, Equatable {
  /// The name of the profile's file without .toml, such as "centos7-rdo".
  public var name: String
  /// For people: "CentOS 7 with RDO".
  public var title: String
  /// The releases that this profile is for.
  public var match: [Release]
  public var systemd: Systemd
  /// Who may configure interfaces here, in order of priority; who does is found from the tree.
  public var networks: [NetworkBackend]
  public var nova: Nova
  /// Every agent that may run on a compute node, whether installed or not.
  public var neutron: [NeutronAgent]
  public var migration: MigrationAccount
  public var identity: IdentityFiles
  /// In the order in which they are restarted.
  public var units: [Unit]
  /// Whose containers run nova and neutron; nil where they run on the host itself.
  public var containers: String?

  public init(
    name: String, title: String, match: [Release], systemd: Systemd, networks: [NetworkBackend], nova: Nova,
    neutron: [NeutronAgent], migration: MigrationAccount, identity: IdentityFiles, units: [Unit]
  ) {
    self.name = name
    self.title = title
    self.match = match
    self.systemd = systemd
    self.networks = networks
    self.nova = nova
    self.neutron = neutron
    self.migration = migration
    self.identity = identity
    self.units = units
  }

  /// An operating system release, in the words of os-release(5).
  public struct Release: Sendable, Hashable {
    /// ID, or one word of ID_LIKE.
    public var id: String
    /// A version matches where it is one of these or begins with one and a dot. Empty: any version.
    public var versions: [String]

    public init(id: String, versions: [String] = []) {
      self.id = id
      self.versions = versions
    }
  }

  public struct Systemd: Sendable, Hashable {
    public var version: Int
    /// Before version 230 or so the name is the first line of etc/hostname, even where that is a comment.
    public var hostnameIsFirstLine: Bool

    public init(version: Int, hostnameIsFirstLine: Bool) {
      self.version = version
      self.hostnameIsFirstLine = hostnameIsFirstLine
    }
  }

  /// Who configures interfaces, and from what.
  public enum NetworkBackend: Sendable, Hashable {
    /// ifcfg-* files in a directory, and the file with HOSTNAME= and GATEWAY=.
    case ifcfg(directory: AbsolutePath, global: AbsolutePath)
    /// interfaces(5): the file, and the directory that it usually sources.
    case ifupdown(file: AbsolutePath, directory: AbsolutePath)
    /// NetworkManager's own files, *.nmconnection. Where they are is the same everywhere, as for the next two.
    case keyfile
    /// systemd-networkd's *.network.
    case networkd
    /// SUSE's ifcfg-* and ifroute-* files, which wicked reads.
    case wicked(directory: AbsolutePath)
    /// netplan's *.yaml, from which it makes files for one of the two above.
    case netplan
  }

  /// nova-compute's files.
  public struct Nova: Sendable, Hashable {
    /// In the order in which nova-compute reads them: of two that set an option, the later counts.
    public var configFiles: [AbsolutePath]
    /// Directories whose *.conf are read after the files, in this order.
    public var configDirectories: [AbsolutePath]
    /// Where an option goes that is set nowhere yet.
    public var editedFile: AbsolutePath
    public var statePath: AbsolutePath
    public var instancesPath: AbsolutePath
    public var unit: UnitName
    /// Whether OpenStack runs on Python 2 there, which takes configuration files for bytes in any encoding.
    public var readsBytes: Bool

    public init(
      configFiles: [AbsolutePath], configDirectories: [AbsolutePath], editedFile: AbsolutePath,
      statePath: AbsolutePath, instancesPath: AbsolutePath, unit: UnitName, readsBytes: Bool = false
    ) {
      self.configFiles = configFiles
      self.configDirectories = configDirectories
      self.editedFile = editedFile
      self.statePath = statePath
      self.instancesPath = instancesPath
      self.unit = unit
      self.readsBytes = readsBytes
    }
  }

  /// One agent of neutron on a compute node, and where it keeps its tunnel endpoint.
  public struct NeutronAgent: Sendable, Hashable {
    public var name: String
    public var unit: UnitName
    /// In the order in which the agent reads them.
    public var configFiles: [AbsolutePath]
    public var configDirectories: [AbsolutePath]
    /// Where an option goes that is set nowhere yet.
    public var editedFile: AbsolutePath
    /// The section and option of the tunnel endpoint. None: the agent has none.
    public var localIP: ConfigOption?

    public init(
      name: String, unit: UnitName, configFiles: [AbsolutePath], configDirectories: [AbsolutePath],
      editedFile: AbsolutePath, localIP: ConfigOption?
    ) {
      self.name = name
      self.unit = unit
      self.configFiles = configFiles
      self.configDirectories = configDirectories
      self.editedFile = editedFile
      self.localIP = localIP
    }
  }

  /// An option of a configuration that oslo.config reads.
  public struct ConfigOption: Sendable, Hashable {
    public var section: String
    public var option: String

    public init(section: String, option: String) {
      self.section = section
      self.option = option
    }
  }

  /// What the account needs that moves guests.
  public struct MigrationAccount: Sendable, Hashable {
    /// The user that the nova packages create. The site may name another.
    public var user: UserName
    /// A login shell that sshd can run commands with.
    public var shell: AbsolutePath
    /// Where the account's home directory must be, unless passwd says otherwise.
    public var home: AbsolutePath

    public init(user: UserName, shell: AbsolutePath, home: AbsolutePath) {
      self.user = user
      self.shell = shell
      self.home = home
    }
  }

  /// Where the unique things of a machine are, as far as releases differ.
  public struct IdentityFiles: Sendable, Hashable {
    public var hostKeysDirectory: AbsolutePath
    /// The group that private host keys belong to (ssh_keys on Red Hat); none: root.
    public var hostKeysGroup: String?
    /// What ssh-keygen -t is called with for the host keys of this release.
    public var hostKeyTypes: [String]
    public var machineIDs: [AbsolutePath]
    /// Whether an empty or "uninitialized" machine-id is understood at boot (systemd 247).
    public var machineIDMayBeUninitialized: Bool
    public var randomSeeds: [AbsolutePath]
    public var dhcpLeases: [PathPattern]
    public var persistentNetRules: [PathPattern]

    public init(
      hostKeysDirectory: AbsolutePath, hostKeysGroup: String?, hostKeyTypes: [String], machineIDs: [AbsolutePath],
      machineIDMayBeUninitialized: Bool, randomSeeds: [AbsolutePath], dhcpLeases: [PathPattern],
      persistentNetRules: [PathPattern]
    ) {
      self.hostKeysDirectory = hostKeysDirectory
      self.hostKeysGroup = hostKeysGroup
      self.hostKeyTypes = hostKeyTypes
      self.machineIDs = machineIDs
      self.machineIDMayBeUninitialized = machineIDMayBeUninitialized
      self.randomSeeds = randomSeeds
      self.dhcpLeases = dhcpLeases
      self.persistentNetRules = persistentNetRules
    }
  }
}
