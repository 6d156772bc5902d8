/// The unique things of a machine, besides its name, addresses and services, that a clone renews.
public enum ResetName: String, Sendable, Hashable, CaseIterable {
  case machineID = "machine-id"
  case randomSeed = "random-seed"
  case sshHostKeys = "ssh-host-keys"
  case computeID = "compute-id"
  case dhcpLeases = "dhcp-leases"
  case networkManagerSecretKey = "networkmanager-secret-key"
  case iscsi
  case nvme
  case openvswitch
  case cloudInit = "cloud-init"
  case persistentNetRules = "persistent-net-rules"
  case puppet
  case salt
  case chef
  case docker
  case glusterfs
  case mysql
  case consul
  case kerberos
  case subscription
  case insights
  case suseRegistration = "suse-registration"
  case rhn
  case zypper
  case journal
  case anacron
  case libvirtHostUUID = "libvirt-host-uuid"
  case lvmDevices = "lvm-devices"
  case wicked
}

/// What the site says about them: only what differs from the catalog's own default.
public struct Reset: Sendable, Equatable {
  public var choices: [ResetName: Bool]
  public init(choices: [ResetName: Bool] = [:]) { self.choices = choices }

  /// Whether to renew something, given what happens where the site says nothing.
  public func renews(_ name: ResetName, byDefault: Bool = true) -> Bool { choices[name] ?? byDefault }
}
