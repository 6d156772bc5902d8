internal import Documents
internal import Tree

extension UniqueThings {
  /// Agents and enrolments. In a template none of them may stay: a copy enrols anew.
  static let agents = [
    UniqueThing(
      key: "docker", subject: "Docker's engine id", reader: "dockerd",
      paths: ["/etc/docker/key.json", "/var/lib/docker/engine-id"], treatment: .remove,
      maker: "dockerd makes one at its start", isPrivate: true,
      reason: "a cluster takes engines with one id for one engine"),
    UniqueThing(
      key: "mysql", subject: "MySQL's server UUID", reader: "mysqld", paths: ["/var/lib/mysql/auto.cnf"],
      treatment: .remove, maker: "mysqld makes one at its start", reason: "replicas with one UUID throw each other out"),
    UniqueThing(
      key: "consul", subject: "Consul's node id", reader: "consul",
      paths: ["/var/lib/consul/node-id", "/opt/consul/node-id"], treatment: .remove,
      maker: "consul makes one at its start", reason: "the cluster refuses a second node with one id"),
    UniqueThing(
      key: "insights", subject: "the Insights machine id", reader: "insights-client",
      paths: ["/etc/insights-client/machine-id", "/etc/insights-client/machine_id"], treatment: .remove,
      maker: "insights-client makes one when it registers", reason: "two hosts with one id are merged into one record"),
    UniqueThing(
      key: "beats", subject: "the ids of Elastic's shippers", reader: "filebeat, metricbeat and their kin",
      paths: ["/var/lib/*beat/meta.json"], treatment: .remove, maker: "each makes one at its start",
      reason: "what two machines ship is taken for one's"),
    UniqueThing(
      key: "snmp", subject: "the SNMP engine id", reader: "snmpd",
      paths: ["/var/lib/snmp/snmpd.conf", "/var/lib/net-snmp/snmpd.conf"],
      isIn: { !SNMPEngine.ids(in: $0).isEmpty }, treatment: .report,
      sealing: .stays("snmpd's users are in the same file, with keys that were made for it"),
      maker: "snmpd makes one without the file, and its users have to be created anew",
      comparison: .values(SNMPEngine.values),
      reason: "managers tell agents apart by it, and refuse what seems to come from the past",
      advice: "stop snmpd, remove the file, and create its users anew"),
    UniqueThing(
      key: "tailscale", subject: "Tailscale's node key", reader: "tailscaled",
      paths: ["/var/lib/tailscale/tailscaled.state"], treatment: .report,
      maker: "tailscaled makes one at its start, and has to be let in", isPrivate: true,
      reason: "two machines with one key throw each other out",
      advice: "stop tailscaled, remove the file, and log this node in"),
    UniqueThing(
      key: "ubuntu-pro", subject: "Ubuntu Pro's machine token", reader: "pro, apt",
      paths: [
        "/var/lib/ubuntu-advantage/private/machine-token.json", "/var/lib/ubuntu-pro/private/machine-token.json",
      ], treatment: .report, maker: "pro attach, by hand", isPrivate: true,
      reason: "both count as one machine of the contract", advice: "pro detach --assume-yes, then pro attach"),
    UniqueThing(
      key: "snapd", subject: "snapd's device key", reader: "snapd, the snap store",
      paths: ["/var/lib/snapd/device/private-keys-v1/*"], treatment: .report,
      sealing: .stays("snapd's state names it, and only snapd can forget both"),
      maker: "snapd, once it was told to forget", isPrivate: true, reason: "the store takes both for one device",
      advice:
        "POST {\"action\":\"forget\"} to /v2/model/serial at /run/snapd.socket: snapd makes another, and registers anew"
    ),
    UniqueThing(
      key: "cockpit", subject: "cockpit's self-signed certificate", reader: "cockpit-tls, cockpit-ws",
      paths: ["/etc/cockpit/ws-certs.d/0-self-signed*"], treatment: .remove,
      maker: "cockpit makes one at its start where it has no other", isPrivate: true,
      reason: "whoever has the original's key can pose as this node's console"),
    UniqueThing(
      key: "swtpm-authority", subject: "the authority that swtpm made for itself", reader: "swtpm_localca",
      paths: [LocalAuthority.rootKey.description], settledPaths: LocalAuthority.others, treatment: .remove,
      maker: "swtpm_localca makes one for the next guest with a TPM", isPrivate: true,
      reason: "whoever has the original's key can certify a TPM as one of this node's"),
    UniqueThing(
      key: "snakeoil", subject: "the key of Debian's ready-made certificate", reader: "apache2, postfix and others",
      paths: ["/etc/ssl/private/ssl-cert-snakeoil.key"], treatment: .report,
      sealing: .stays("services name it, and do not start without it"),
      maker: "make-ssl-cert, by hand", isPrivate: true,
      reason: "whoever has the original's can pose as this node's services",
      advice: "make-ssl-cert generate-default-snakeoil --force-overwrite"),
    UniqueThing(
      key: "zypper", subject: "the package manager's anonymous id", reader: "zypper, yum",
      paths: ["/var/lib/zypp/AnonymousUniqueId", "/var/lib/yum/uuid"], treatment: .remove,
      maker: "the package manager makes one when it next runs", reason: "mirrors count machines by it"),
    UniqueThing(
      key: "popularity-contest", subject: "popularity-contest's host id", reader: "popularity-contest",
      paths: [PopularityContest.path], isIn: PopularityContest.isSet, treatment: .regenerate(PopularityContest.renew),
      sealing: .seal(PopularityContest.seal),
      maker: "imprint; without it the package when it is next configured",
      comparison: .values(PopularityContest.values),
      reason: "what two machines report is taken for one's, and each replaces the other's"),
    UniqueThing(
      key: "anacron", subject: "anacron's time stamps", reader: "anacron", paths: ["/var/spool/anacron/cron.*"],
      treatment: .remove, maker: "anacron writes them after its first jobs", comparison: .none,
      reason: "they are about jobs that ran on the original"),
    UniqueThing(
      key: "glusterfs", subject: "Gluster's peer id", reader: "glusterd", paths: ["/var/lib/glusterd/glusterd.info"],
      treatment: .remove, isRenewedByDefault: false, maker: "glusterd makes one at its start",
      reason: "two peers with one UUID overwrite each other",
      advice: "remove it before glusterd starts, unless this node shall take the original's bricks over"),
    UniqueThing(
      key: "puppet", subject: "Puppet's certificate", reader: "puppet",
      paths: PuppetKeys.paths, isName: { !SiteAuthority.isItsOwn($0) }, treatment: .remove, isRenewedByDefault: false,
      maker: "puppet asks for one at its start, and its server has to sign it",
      isPrivate: true, reason: "the server takes both for one agent", advice: "enrol this node anew"),
    UniqueThing(
      key: "salt", subject: "Salt's minion id and key", reader: "salt-minion",
      paths: ["/etc/salt/minion_id", "/etc/salt/pki/minion/minion.pem", "/etc/salt/pki/minion/minion.pub"],
      treatment: .remove, isRenewedByDefault: false,
      maker: "salt-minion makes both at its start, and its master has to accept the key", isPrivate: true,
      reason: "the master takes both for one minion", advice: "remove them, and accept the new key on the master"),
    UniqueThing(
      key: "chef", subject: "Chef's client key", reader: "chef-client", paths: ["/etc/chef/client.pem"],
      treatment: .remove, isRenewedByDefault: false, maker: "chef-client, when it registers", isPrivate: true,
      reason: "the server takes both for one client", advice: "enrol this node anew"),
    UniqueThing(
      key: "kerberos", subject: "the Kerberos host keys", reader: "sshd, NFS, IPA and sssd",
      paths: ["/etc/krb5.keytab"],
      treatment: .remove, isRenewedByDefault: false, maker: "joining the realm anew, by hand", isPrivate: true,
      reason: "they prove the original's name", advice: "join the realm anew"),
    UniqueThing(
      key: "subscription", subject: "the subscription's certificates", reader: "subscription-manager, dnf",
      paths: ["/etc/pki/consumer/*.pem", "/etc/pki/entitlement/*.pem"], treatment: .remove, isRenewedByDefault: false,
      maker: "subscription-manager register, by hand", isPrivate: true,
      reason: "both check in as one consumer", advice: "subscription-manager clean, then register"),
    UniqueThing(
      key: "suse-registration", subject: "the registration with SUSE", reader: "SUSEConnect, zypper",
      paths: [SUSERegistration.path.description], settledPaths: SUSERegistration.services, treatment: .remove,
      isRenewedByDefault: false, maker: "SUSEConnect --regcode, by hand", comparison: .values(SUSERegistration.values),
      isPrivate: true, reason: "both check in as one system", advice: "SUSEConnect --cleanup, then register"),
    UniqueThing(
      key: "rhn", subject: "the RHN system id", reader: "rhnsd, osad",
      paths: ["/etc/sysconfig/rhn/systemid", "/etc/sysconfig/rhn/osad-auth.conf"], treatment: .remove,
      isRenewedByDefault: false, maker: "registering anew, by hand", isPrivate: true,
      reason: "both check in as one system", advice: "remove them and register this node anew"),
  ]

  /// Nobody's identity: what the template's machine has written down about itself.
  static let records = [
    UniqueThing(
      key: "logs", subject: "logs", reader: "people",
      paths: [
        "/var/log/*.log", "/var/log/*.log-*", "/var/log/*.log.*", "/var/log/messages*", "/var/log/secure*",
        "/var/log/cron*", "/var/log/maillog*", "/var/log/syslog*", "/var/log/debug*", "/var/log/dmesg*",
        "/var/log/wtmp*",
        "/var/log/btmp*", "/var/log/lastlog", "/var/log/audit/*", "/var/log/nova/*", "/var/log/neutron/*",
        "/var/log/libvirt/qemu/*", "/var/log/openvswitch/*",
      ],
      treatment: .elsewhere("nobody"), moment: .offline,
      sealing: .onRequest { thing, template in thing.removal(try thing.places(in: template).filter(\.isRemovable)) },
      maker: "each service begins its own", comparison: .none, reason: "they tell of what happened on another machine")
  ]
}

/// `oldEngineID 0x80001f88…` in what snmpd keeps for itself (snmpd.conf(5), net-snmp's snmpv3.c).
enum SNMPEngine {
  static func ids(in bytes: [UInt8]) -> [String] {
    Lines(bytes).compactMap { line in
      let words = line.text.split(whereSeparator: \.isWhitespace)
      return words.count > 1 && words[0].lowercased() == "oldengineid" ? words[1].lowercased() : nil
    }
  }

  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.flatMap { place in
      ids(in: try template.tree.file(place.path)?.bytes ?? []).map { UniqueValue(place.path, $0) }
    }
  }
}
