internal import Site

/// The table of unique things, a row a thing, in the order that readers need: entropy before the keys that are made
/// from it, keys before the machine's id, the id before what is derived from it, agents last.
///
/// A new row is one more entry here: what it is, where it is, what to do, and what collides where two machines share
/// it. Rows that are off by default need a person: a new enrolment, or a look at what else depends on them.
enum UniqueThings {
  static let table: [UniqueThing] = system + network + storage + agents

  private static let system = [
    UniqueThing(
      name: .randomSeed, subject: "the random seed",
      paths: [
        "/var/lib/systemd/random-seed", "/var/lib/random-seed", "/var/lib/urandom/random-seed",
        "/var/lib/misc/random-seed",
      ],
      platformPaths: { $0.identity.randomSeeds.map(\.description) }, treatment: .regenerate(RandomSeed.renew),
      reason: "two machines that start from one seed can draw the same keys"),
    UniqueThing(
      name: .sshHostKeys, subject: "the SSH host keys", paths: [], treatment: .regenerate(HostKeys.renew),
      reason: "whoever has the original's host key can pose as this node"),
    UniqueThing(
      name: .machineID, subject: "the machine-id", paths: ["/etc/machine-id", "/var/lib/dbus/machine-id"],
      platformPaths: { $0.identity.machineIDs.map(\.description) }, treatment: .regenerate(MachineID.renew),
      reason: "the journal, DHCP and agents tell machines apart by it"),
    UniqueThing(
      name: .journal, subject: "the journal", paths: ["/var/log/journal/*"], treatment: .regenerate(MachineID.journals),
      isRenewedByDefault: false,
      reason: "it is filed under the original's machine-id"),
    UniqueThing(
      name: nil, subject: "boot entries", paths: ["/boot/loader/entries/*", "/boot/*"],
      treatment: .regenerate(MachineID.bootEntries), reason: "they are filed under the original's machine-id"),
    UniqueThing(
      name: .computeID, subject: "nova's compute id", paths: [], treatment: .regenerate(ComputeID.renew),
      reason: "nova-compute refuses to start with a compute_id that belongs to another host"),
    UniqueThing(
      name: .libvirtHostUUID, subject: "libvirt's host UUID", paths: ["/etc/libvirt/*d.conf"],
      treatment: .regenerate(LibvirtHostUUID.renew),
      reason: "libvirt refuses to migrate a guest to a host with its own UUID"),
    UniqueThing(
      name: nil, subject: "the host id", paths: ["/etc/hostid"], treatment: .report,
      reason: "ZFS tells by it which machine has a pool in use",
      advice: "where shared pools are imported, run zgenhostid -f and rebuild the initramfs"),
  ]

  private static let network = [
    UniqueThing(
      name: .dhcpLeases, subject: "DHCP leases",
      paths: [
        "/var/lib/dhclient/*.lease*", "/var/lib/dhcp/*.lease*", "/var/lib/dhcpcd/*", "/var/lib/dhcpcd5/*",
        "/etc/dhcpcd.duid", "/var/lib/NetworkManager/*.lease",
      ],
      platformPaths: { $0.identity.dhcpLeases.map(\.description) }, treatment: .remove,
      reason: "with them a client asks for the original's address"),
    UniqueThing(
      name: .networkManagerSecretKey, subject: "NetworkManager's secret key",
      paths: ["/var/lib/NetworkManager/secret_key"], treatment: .remove,
      reason: "stable private addresses and client ids are derived from it"),
    UniqueThing(
      name: .wicked, subject: "wicked's state", paths: ["/var/lib/wicked/*.xml"], treatment: .remove,
      reason: "DHCP ids and leases in it are the original's"),
    UniqueThing(
      name: .persistentNetRules, subject: "rules that name network cards",
      paths: ["/etc/udev/rules.d/70-persistent-net.rules", "/etc/udev/rules.d/90-eno-fix.rules"],
      platformPaths: { $0.identity.persistentNetRules.map(\.description) },
      treatment: .regenerate(PersistentNetRules.remove),
      reason: "they tie interface names to the original's cards"),
    UniqueThing(
      name: nil, subject: "links that name network cards", paths: ["/etc/systemd/network/*.link"],
      treatment: .regenerate(PersistentNetRules.report), reason: "they tie interface names to the original's cards",
      advice: "write this machine's address into MACAddress=, or interfaces will have other names"),
    UniqueThing(
      name: .openvswitch, subject: "Open vSwitch's system id",
      paths: ["/etc/openvswitch/system-id.conf", "/etc/openvswitch/conf.db", "/var/lib/openvswitch/conf.db"],
      treatment: .regenerate(OpenVSwitch.renew), reason: "two chassis of one name take each other's ports"),
  ]

  private static let storage = [
    UniqueThing(
      name: .iscsi, subject: "the iSCSI initiator name", paths: ["/etc/iscsi/initiatorname.iscsi"],
      treatment: .regenerate(InitiatorName.renew),
      reason: "two hosts with one initiator name get each other's volumes and destroy them",
      advice: "an initramfs may hold a copy: dracut -f, or update-initramfs -u, renews it"),
    UniqueThing(
      name: .nvme, subject: "the NVMe host name", paths: ["/etc/nvme/hostnqn", "/etc/nvme/hostid"],
      treatment: .regenerate(NVMeHost.renew),
      reason: "two hosts with one NQN get each other's volumes and destroy them",
      advice: "an initramfs may hold a copy: dracut -f, or update-initramfs -u, renews it"),
    UniqueThing(
      name: .lvmDevices, subject: "LVM's list of devices", paths: ["/etc/lvm/devices/system.devices"],
      treatment: .remove, isRenewedByDefault: false, reason: "it names the original's disks, and LVM uses no others",
      advice: "see pvs --devicesfile \"\", then vgimportdevices --all"),
    UniqueThing(
      name: nil, subject: "LVM's system id", paths: ["/etc/lvm/lvm.conf"], treatment: .regenerate(LVMSystemID.report),
      reason: "volume groups that carry another system id are foreign, and stay inactive",
      advice: "see vgs -o name,systemid before the restart; vgchange --systemid takes a volume group over"),
  ]

  private static let agents = [
    UniqueThing(
      name: nil, subject: "root's private SSH key",
      paths: ["/root/.ssh/id_ed25519", "/root/.ssh/id_rsa", "/root/.ssh/id_ecdsa"], treatment: .report,
      reason: "it opens from here whatever it opens from the original",
      advice: "remove it, or make root a new one"),
    UniqueThing(
      name: .docker, subject: "Docker's engine id", paths: ["/etc/docker/key.json", "/var/lib/docker/engine-id"],
      treatment: .remove, reason: "a cluster takes engines with one id for one engine"),
    UniqueThing(
      name: .mysql, subject: "MySQL's server UUID", paths: ["/var/lib/mysql/auto.cnf"], treatment: .remove,
      reason: "replicas with one UUID throw each other out"),
    UniqueThing(
      name: .consul, subject: "Consul's node id", paths: ["/var/lib/consul/node-id", "/opt/consul/node-id"],
      treatment: .remove, reason: "the cluster refuses a second node with one id"),
    UniqueThing(
      name: .insights, subject: "the Insights machine id",
      paths: ["/etc/insights-client/machine-id", "/etc/insights-client/machine_id"], treatment: .remove,
      reason: "two hosts with one id are merged into one record"),
    UniqueThing(
      name: .zypper, subject: "the package manager's anonymous id",
      paths: ["/var/lib/zypp/AnonymousUniqueId", "/var/lib/yum/uuid"], treatment: .remove,
      reason: "mirrors count machines by it"),
    UniqueThing(
      name: .anacron, subject: "anacron's time stamps", paths: ["/var/spool/anacron/cron.*"], treatment: .remove,
      reason: "they are about jobs that ran on the original"),
    UniqueThing(
      name: .glusterfs, subject: "Gluster's peer id", paths: ["/var/lib/glusterd/glusterd.info"], treatment: .remove,
      isRenewedByDefault: false, reason: "two peers with one UUID overwrite each other",
      advice: "remove it before glusterd starts, unless this node shall take the original's bricks over"),
    UniqueThing(
      name: .puppet, subject: "Puppet's certificate",
      paths: ["/etc/puppetlabs/puppet/ssl/*/*.pem", "/var/lib/puppet/ssl/*/*.pem"], treatment: .remove,
      isRenewedByDefault: false, reason: "the server takes both for one agent", advice: "enrol this node anew"),
    UniqueThing(
      name: .salt, subject: "Salt's minion id and key",
      paths: ["/etc/salt/minion_id", "/etc/salt/pki/minion/minion.pem", "/etc/salt/pki/minion/minion.pub"],
      treatment: .remove, isRenewedByDefault: false, reason: "the master takes both for one minion",
      advice: "remove them, and accept the new key on the master"),
    UniqueThing(
      name: .chef, subject: "Chef's client key", paths: ["/etc/chef/client.pem"], treatment: .remove,
      isRenewedByDefault: false, reason: "the server takes both for one client", advice: "enrol this node anew"),
    UniqueThing(
      name: .kerberos, subject: "the Kerberos host keys", paths: ["/etc/krb5.keytab"], treatment: .remove,
      isRenewedByDefault: false, reason: "they prove the original's name", advice: "join the realm anew"),
    UniqueThing(
      name: .subscription, subject: "the subscription's certificates",
      paths: ["/etc/pki/consumer/*.pem", "/etc/pki/entitlement/*.pem"], treatment: .remove, isRenewedByDefault: false,
      reason: "both check in as one consumer", advice: "subscription-manager clean, then register"),
    UniqueThing(
      name: .rhn, subject: "the RHN system id",
      paths: ["/etc/sysconfig/rhn/systemid", "/etc/sysconfig/rhn/osad-auth.conf"], treatment: .remove,
      isRenewedByDefault: false, reason: "both check in as one system",
      advice: "remove them and register this node anew"),
  ]
}
