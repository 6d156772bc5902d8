internal import Site

/// The table of unique things, a row a thing, in the order that readers need: entropy before the keys that are made
/// from it, keys before the machine's id, the id before what is derived from it, agents last.
///
/// A new row is one more entry here: what it is, where it is, who reads it, what to do in a copy and in a template, and what
/// collides where two machines share it. docs/unique-things.md shows the whole table; a test holds the two together. Rows that are
/// off by default need a person: a new enrolment, or a look at what else depends on them.
public enum UniqueThings {
  public static let table: [UniqueThing] =
    system + cloud + network + storage + agents + watchers + clusters + records

  static let system = [
    UniqueThing(
      key: "random-seed", subject: "the random seed", reader: "systemd-random-seed, the kernel, systemd-boot",
      paths: [
        "/var/lib/systemd/random-seed", "/var/lib/random-seed", "/var/lib/urandom/random-seed",
        "/var/lib/misc/random-seed", "/boot/loader/random-seed", "/boot/efi/loader/random-seed",
        "/efi/loader/random-seed",
      ],
      platformPaths: { $0.identity.randomSeeds.map(\.description) }, treatment: .regenerate(RandomSeed.renew),
      sealing: .seal(RandomSeed.seal), maker: "systemd-random-seed writes one at each boot",
      isRewritten: true, isPrivate: true, reason: "two machines that start from one seed can draw the same keys"),
    UniqueThing(
      key: "ssh-host-keys", subject: "the SSH host keys", reader: "sshd", paths: [],
      platformPaths: { ["\($0.identity.hostKeysDirectory)/ssh_host_*"] }, treatment: .regenerate(HostKeys.renew),
      sealing: .seal(HostKeys.seal),
      maker: "imprint makes each type again; without it sshd-keygen on Red Hat and SUSE, nobody on Debian",
      comparison: .values(UniqueValues.hostKeys), isPrivate: true,
      reason: "whoever has the original's host key can pose as this node"),
    UniqueThing(
      key: "dropbear", subject: "dropbear's host keys", reader: "dropbear",
      paths: [DropbearKeys.own] + DropbearKeys.early,
      treatment: .regenerate(DropbearKeys.renew), sealing: .seal(DropbearKeys.seal),
      maker: "dropbear -R, or dropbear-keygen.service; where neither runs nobody, and they stay and are told",
      isPrivate: true, reason: "whoever has the original's host key can pose as this node",
      advice: "remove them, and make others: dropbearkey -t TYPE -f FILE; update-initramfs -u for those of an initramfs"
    ),
    UniqueThing(
      key: "machine-id", subject: "the machine-id", reader: "systemd, journald, D-Bus, DHCP clients, agents",
      paths: ["/etc/machine-id", "/var/lib/dbus/machine-id"],
      platformPaths: { $0.identity.machineIDs.map(\.description) }, treatment: .regenerate(MachineID.renew),
      sealing: .seal(MachineID.seal), maker: "systemd makes one at boot where it finds an empty file",
      comparison: .values(UniqueValues.machineID),
      reason: "the journal, DHCP and agents tell machines apart by it"),
    UniqueThing(
      key: "systemd-credentials", subject: "the key of systemd's credentials", reader: "systemd-creds, systemd",
      paths: ["/var/lib/systemd/credential.secret"], treatment: .report, sealing: .seal(CredentialSecret.seal),
      maker: "systemd makes one when it is first needed", isPrivate: true,
      reason: "it opens whatever the original has encrypted with it",
      advice: "encrypt this node's credentials anew, after taking it away"),
    UniqueThing(
      key: "journal", subject: "the journal", reader: "journald, journalctl", paths: ["/var/log/journal/*"],
      treatment: .regenerate(MachineID.journals), isRenewedByDefault: false, sealing: .seal(MachineID.sealJournals),
      maker: "journald begins one under the new machine-id", comparison: .none,
      reason: "it is filed under the original's machine-id"),
    UniqueThing(
      key: "boot-entries", subject: "boot entries", reader: "the boot loader, kernel-install",
      paths: ["/boot/loader/entries/*", "/boot/*"], treatment: .say(MachineID.bootEntries),
      sealing: .said { _, _ in SealedThing() }, maker: "the next kernel's package writes its own",
      comparison: .none, reason: "they are filed under the original's machine-id"),
    UniqueThing(
      key: "host-id", subject: "the host id", reader: "ZFS", paths: ["/etc/hostid"], treatment: .report,
      maker: "zgenhostid, by hand; without the file ZFS takes another source",
      reason: "ZFS tells by it which machine has a pool in use",
      advice: "where shared pools are imported, run zgenhostid -f and rebuild the initramfs"),
    UniqueThing(
      key: "hostname", subject: "the host name", reader: "the kernel, DHCP, nova, rabbitmq, NFS",
      paths: ["/etc/hostname"],
      treatment: .elsewhere("hostname"),
      sealing: .stays("imprint replaces it in a copy, and finds by it what else bears it"),
      maker: "imprint gives the node's own, in every file that has it", comparison: .values(UniqueValues.hostname),
      reason: "two nodes of one name are one to whoever looks them up"),
    UniqueThing(
      key: "root-ssh-keys", subject: "root's private SSH key", reader: "ssh",
      // Whatever it is called: kdump's is kdump_id_rsa.
      paths: ["/root/.ssh/**"], isIn: MigrationKeyPair.isPrivateKey, treatment: .report, sealing: .seal(RootKeys.seal),
      maker: "whoever needs one makes it: ssh-keygen", isPrivate: true,
      reason: "it opens from here whatever it opens from the original",
      advice: "remove it, or make root a new one"),
  ]

  static let cloud = [
    UniqueThing(
      key: "compute-id", subject: "nova's compute id", reader: "nova-compute", paths: [],
      platformPaths: { ComputeID.paths($0.nova) }, treatment: .regenerate(ComputeID.renew),
      sealing: .seal(ComputeID.seal),
      maker: "nova-compute makes one at its first start under a new name; for kolla's container imprint does",
      comparison: .values(UniqueValues.computeID), isRewritten: true,
      reason: "nova-compute refuses to start with a compute_id that belongs to another host"),
    UniqueThing(
      key: "libvirt-host-uuid", subject: "libvirt's host UUID", reader: "libvirtd and its modular kin",
      paths: [
        "/etc/libvirt/*d.conf", "/etc/kolla/nova-libvirt/*d.conf",
        "/var/lib/config-data/puppet-generated/nova_libvirt/etc/libvirt/*d.conf",
      ], treatment: .regenerate(LibvirtHostUUID.renew),
      sealing: .seal(LibvirtHostUUID.seal), maker: "imprint sets another; without it libvirt asks the firmware",
      comparison: .values(UniqueValues.libvirt),
      reason: "libvirt refuses to migrate a guest to a host with its own UUID"),
    UniqueThing(
      key: "libvirt-certificates", subject: "libvirt's TLS certificates", reader: "libvirt's daemons, QEMU",
      paths: [
        "/etc/pki/libvirt/*.pem", "/etc/pki/libvirt/private/*.pem", "/etc/pki/qemu/server-*.pem",
        "/etc/pki/qemu/client-*.pem", "/etc/pki/libvirt-*/server-*.pem", "/etc/pki/libvirt-*/client-*.pem",
        "/etc/pki/nova-novncproxy/client-*.pem", "/etc/kolla/nova-libvirt/*cert.pem",
        "/etc/kolla/nova-libvirt/*key.pem", "/etc/kolla/nova-compute/client*.pem",
      ],
      isName: { !SiteAuthority.isItsOwn($0) },
      treatment: .report, maker: "whoever runs the authority issues others, by hand", isPrivate: true,
      reason: "they name the original, and prove it to its peers",
      advice: "have the authority issue others for this node's name, and put them in their place"),
    UniqueThing(
      key: "migration-keys", subject: "the key pair of the account that moves guests", reader: "nova-compute, by ssh",
      paths: [], platformPaths: { ["\($0.migration.home)/.ssh/id_*"] }, treatment: .elsewhere("migration access"),
      sealing: .seal(MigrationKeys.seal), maker: "imprint makes one, and join tells the peers",
      comparison: .values(UniqueValues.migrationKeys), isPrivate: true,
      reason: "with the original's key it gets in wherever the original does"),
    UniqueThing(
      key: "live-migration-key", subject: "the key by which guests are moved while they run",
      reader: "libvirt and nova-compute, by ssh",
      paths: [LiveMigrationKey.packaged], isIn: MigrationKeyPair.isPrivateKey, settledPaths: LiveMigrationKey.named,
      treatment: .regenerate(LiveMigrationKey.renew), sealing: .seal(LiveMigrationKey.seal),
      maker: "imprint makes one, and the peers have to let it in, by hand",
      comparison: .values(UniqueValues.liveMigrationKeys), isPrivate: true,
      reason: "with the original's key it gets in wherever the original does"),
    UniqueThing(
      key: "authority", subject: "the key of imprint's authority", reader: "imprint join, on the controller",
      paths: ["/etc/imprint/authority/key", "/etc/imprint/authority/key.pub"], treatment: .remove,
      maker: "the controller makes one where it has none, and each node has to be certified anew", isPrivate: true,
      reason: "whoever has it can let any machine in on every node", isControllers: true,
      advice:
        "it stays on the controller that this node was copied from; where this node shall certify in its place, move the key here"
    ),
    UniqueThing(
      key: "services", subject: "what nova and neutron call this node", reader: "nova-compute and neutron's agents",
      paths: [], treatment: .elsewhere("nova"), sealing: .stays("imprint replaces them in a copy"),
      maker: "imprint writes the node's own my_ip, host and local_ip",
      comparison: .values(UniqueValues.services),
      reason: "guests move to, and tunnels end at, the wrong node"),
    UniqueThing(
      key: "cloud-init", subject: "what cloud-init remembers of its instance", reader: "cloud-init",
      paths: [
        "/var/lib/cloud/instance", "/var/lib/cloud/instances/**", "/var/lib/cloud/data/**", "/var/lib/cloud/sem/**",
      ],
      treatment: .elsewhere("cloud-init"), maker: "cloud-init begins a new instance at its next start",
      comparison: .none, reason: "it takes a copy for the instance that it has set up already"),
  ]
}
