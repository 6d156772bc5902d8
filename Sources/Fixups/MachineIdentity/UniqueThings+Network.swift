internal import Site
internal import Tree

extension UniqueThings {
  static let network = [
    UniqueThing(
      key: "addresses", subject: "addresses in the configuration of interfaces",
      reader: "whoever brings up the network",
      paths: [], treatment: .elsewhere("interfaces"), sealing: .stays("imprint replaces them in a copy"),
      maker: "imprint writes the node's own before the network comes up, and holds back a copy that has none",
      comparison: .values(UniqueValues.addresses), reason: "two machines with one address are both lost"),
    UniqueThing(
      key: "mac-addresses", subject: "MAC addresses in the configuration of interfaces",
      reader: "whoever brings up the network",
      paths: [], treatment: .elsewhere("interfaces"), sealing: .said(ConfiguredCards.seal),
      maker:
        "imprint takes them out of a copy, or writes the card that the site says; what only a person can decide it tells",
      comparison: .values(ConfiguredCards.values),
      reason:
        "two machines with one MAC address are both lost, and what is for one card does nothing on another machine"),
    UniqueThing(
      key: "dhcp-leases", subject: "DHCP leases", reader: "dhclient, dhcpcd, NetworkManager, systemd-networkd",
      paths: [
        "/var/lib/dhclient/*.lease*", "/var/lib/dhcp/*.lease*", "/var/lib/dhcpcd/*", "/var/lib/dhcpcd5/*",
        "/etc/dhcpcd.duid", "/var/lib/NetworkManager/*.lease",
      ],
      // A server's are its record of others, and it does not start without them (dhcpd.leases(5)).
      isName: { !$0.hasPrefix("dhcpd.lease") && !$0.hasPrefix("dhcpd6.lease") },
      platformPaths: { $0.identity.dhcpLeases.map(\.description) }, treatment: .remove,
      maker: "the client asks for one of its own",
      reason: "with them a client asks for the original's address"),
    UniqueThing(
      key: "networkmanager-secret-key", subject: "NetworkManager's secret key", reader: "NetworkManager",
      paths: ["/var/lib/NetworkManager/secret_key"], treatment: .remove, maker: "NetworkManager makes one at its start",
      isPrivate: true, reason: "stable private addresses and client ids are derived from it"),
    UniqueThing(
      key: "wicked", subject: "wicked's state", reader: "wicked", paths: ["/var/lib/wicked/*.xml"], treatment: .remove,
      maker: "wicked makes it at its start", reason: "DHCP ids and leases in it are the original's"),
    UniqueThing(
      key: "persistent-net-rules", subject: "rules that name network cards", reader: "udev",
      paths: ["/etc/udev/rules.d/*.rules"],
      platformPaths: { $0.identity.persistentNetRules.map(\.description) },
      treatment: .regenerate(PersistentNetRules.renew), sealing: .seal(PersistentNetRules.seal),
      maker: "imprint lets them follow the cards that the site says; without one udev names a card by where it sits",
      comparison: .values(UniqueValues.netRules), reason: "they tie interface names to the original's cards"),
    UniqueThing(
      key: "network-links", subject: "links that name network cards", reader: "udev",
      paths: ["/etc/systemd/network/*.link", "/etc/systemd/network/*.link.d/*.conf"],
      treatment: .regenerate(NetworkLinks.renew),
      sealing: .seal(NetworkLinks.seal),
      maker: "imprint lets them follow the cards that the site says; without one udev names a card by where it sits",
      comparison: .values(UniqueValues.netRules), reason: "they tie interface names to the original's cards"),
    UniqueThing(
      key: "openvswitch", subject: "Open vSwitch's system id", reader: "ovs-ctl, ovsdb-server, OVN",
      paths: OpenVSwitch.files + [
        "/etc/openvswitch/conf.db", "/var/lib/openvswitch/conf.db",
      ] + ContainerVolumes.paths("openvswitch_db", "conf.db") + OpenVSwitch.options, settledPaths: OpenVSwitch.netplan,
      treatment: .regenerate(OpenVSwitch.renew), sealing: .seal(OpenVSwitch.seal),
      maker: "ovs-ctl makes one where the file is missing, and hands it to the database",
      comparison: .values(UniqueValues.openVSwitch), reason: "two chassis of one name take each other's ports"),
    UniqueThing(
      key: "openvswitch-keys", subject: "Open vSwitch's private key",
      reader: "ovsdb-server, ovs-vswitchd, ovn-controller",
      paths: SwitchKeys.paths, settledPaths: SwitchKeys.halves, treatment: .report,
      sealing: .stays("without it Open vSwitch and OVN do not reach what they are told by"),
      maker: "whoever runs the authority issues others, by hand", isPrivate: true,
      reason: "it proves to managers, controllers and OVN's databases that this node is the original",
      advice: "make this node its own (ovs-pki req), and have the authority sign it"),
    UniqueThing(
      key: "openvswitch-authority", subject: "the private key of Open vSwitch's authority", reader: "ovs-pki",
      paths: ["/var/lib/openvswitch/pki/*/private/cakey.pem"], treatment: .report,
      sealing: .stays("what it has signed is believed because of it"),
      maker: "ovs-pki init, by hand, and all that it had signed has to be signed anew", isPrivate: true,
      reason: "whoever has it can pose as any switch and any controller",
      advice: "keep it on one machine, away from nodes, and remove it here"),
    UniqueThing(
      key: "wireguard", subject: "WireGuard's private key", reader: "wg, NetworkManager, systemd-networkd, netplan",
      paths: WireGuardKeys.paths, isIn: { !WireGuardKeys.keys(in: $0).isEmpty },
      settledPaths: WireGuardKeys.others, treatment: .report,
      sealing: .stays("the tunnel's other end knows its public half"),
      maker: "wg genkey, by hand", comparison: .values(WireGuardKeys.values), isPrivate: true,
      reason: "the tunnel's other end takes both for one, and sends to whichever spoke last",
      advice: "give this node one of its own (wg genkey), and tell the other end its public half"),
    UniqueThing(
      key: "ipsec", subject: "IPsec's private keys", reader: "libreswan, strongSwan",
      paths: IPsecKeys.paths, settledPaths: IPsecKeys.database, treatment: .report,
      sealing: .stays("the tunnels' other ends know their public halves"),
      maker: "ipsec newhostkey or whoever runs the authority, by hand", isPrivate: true,
      reason: "the tunnels' other ends take both for one",
      advice: "give this node others, and have them signed, or tell the other ends their public halves"),
  ]

  static let storage = [
    UniqueThing(
      key: "iscsi", subject: "the iSCSI initiator name", reader: "iscsid, nova-compute",
      paths: InitiatorName.paths + InitiatorRecords.interfaces + InitiatorRecords.targets,
      treatment: .regenerate(InitiatorName.renew), sealing: .seal(InitiatorName.seal),
      maker:
        "imprint; without it iscsid's start script on Debian, iscsi-init.service on Red Hat from 8 on, kolla's container",
      comparison: .values(UniqueValues.initiator),
      reason: "two hosts with one initiator name get each other's volumes and destroy them",
      advice: "an initramfs may hold a copy: dracut -f, or update-initramfs -u, renews it",
      advisedWhere: Initramfs.mayBe),
    UniqueThing(
      key: "nvme", subject: "the NVMe host name", reader: "nvme, the kernel",
      paths: [
        "/etc/nvme/hostnqn", "/etc/nvme/hostid", "/etc/kolla/nova-compute/hostnqn", "/etc/kolla/cinder-volume/hostnqn",
      ] + NVMeConnections.paths,
      treatment: .regenerate(NVMeHost.renew),
      sealing: .seal(NVMeHost.seal), maker: "imprint; without it nvme gen-hostnqn, by hand",
      comparison: .values(UniqueValues.nvme),
      reason: "two hosts with one NQN get each other's volumes and destroy them",
      advice: "an initramfs may hold a copy: dracut -f, or update-initramfs -u, renews it",
      advisedWhere: Initramfs.mayBe),
    UniqueThing(
      key: "nfs-client", subject: "the id of the NFS client", reader: "the kernel, NFS servers",
      paths: NFSClient.paths, isIn: NFSClient.isIn, treatment: .regenerate(NFSClient.renew),
      sealing: .seal(NFSClient.seal), maker: "imprint; without one a client goes by its host name",
      comparison: .values(NFSClient.values),
      reason: "a server takes two clients of one id for one, and gives up the locks of each for the other's",
      advice: "it counts once nfs is loaded anew; an initramfs may hold a copy: dracut -f, or update-initramfs -u"),
    UniqueThing(
      key: "lvm-devices", subject: "LVM's list of devices", reader: "LVM", paths: ["/etc/lvm/devices/system.devices"],
      treatment: .remove, isRenewedByDefault: false,
      maker: "LVM takes every device without it; vgimportdevices makes one",
      reason: "it names the original's disks, and LVM uses no others",
      advice: "see pvs --devicesfile \"\", then vgimportdevices --all"),
    UniqueThing(
      key: "lvm-system-id", subject: "LVM's system id", reader: "LVM", paths: LVMSystemID.paths.map(\.description),
      treatment: .say(LVMSystemID.report), sealing: .said(LVMSystemID.seal),
      maker: "LVM derives it from the new machine-id or name", comparison: .values(LVMSystemID.values),
      reason: "two machines of one id take each other's volume groups for their own",
      advice: "see vgs -o name,systemid before the restart; vgchange --systemid takes a volume group over"),
    UniqueThing(
      key: "lock-host-ids", subject: "the id of a host that locks shared storage", reader: "sanlock, libvirt, lvmlockd",
      paths: HostIDs.paths, isIn: { !HostIDs.ids(in: $0).isEmpty }, treatment: .report,
      sealing: .said(UniqueThing.leftToAPerson), maker: "nobody: a person says which one is free",
      comparison: .values(HostIDs.values),
      reason: "two hosts of one id hold each other's locks, and destroy what these are for",
      advice: "give this node one of its own before its locks are taken"),
    UniqueThing(
      key: "reservation-keys", subject: "the key of a host that reserves disks", reader: "multipathd, LVM",
      paths: ReservationKeys.paths, isIn: { !ReservationKeys.keys(in: $0).isEmpty }, treatment: .report,
      sealing: .said(UniqueThing.leftToAPerson), maker: "nobody: a person says which one is free",
      comparison: .values(ReservationKeys.values),
      reason: "two hosts of one key write where a reservation is to keep one of them out",
      advice: "give this node one of its own (reservation_key, pr_key) before the disks are attached"),
    UniqueThing(
      key: "file-system-uuids", subject: "UUIDs of file systems and of LVM", reader: "the kernel, mount, LVM",
      paths: [],
      treatment: .report, moment: .offline, sealing: .stays("fstab and the boot loader find the disk by them"),
      maker: "nobody: they collide only where one machine sees both disks", comparison: .none,
      reason: "a machine that sees both disks mounts the wrong one"),
  ]
}
