internal import Documents
internal import Site
internal import Tree

/// The original's name and addresses in files of programs that imprint does not configure: what somebody runs at boot, firewalls, agents
/// that report to a server, logs. Only a person knows whether the original is meant or this machine, and so it is told.
struct Elsewhere: Fixup {
  let name = "elsewhere"

  func propose(for situation: Situation) throws -> Proposal {
    let addresses = situation.formerTokens
    let former = situation.provenance.allFormerAddresses
    let names = (situation.provenance.isCopy ? situation.provenance.formerNames : situation.provenance.pastNames)
      .map(Token.init)
    guard !addresses.isEmpty || !names.isEmpty else { return Proposal() }
    let findings = try OtherReader.all.flatMap { reader in
      try situation.tree.regularFiles(matching: reader.files).flatMap { file -> [Finding] in
        // Most have neither.
        let isThere = (addresses.map(\.token) + names).contains { $0.occurs(in: file.bytes) }
        guard isThere else { return [] }
        return Lines(file.bytes).enumerated().flatMap { index, line -> [Finding] in
          let text = OtherReader.code(line.text)
          guard !text.isEmpty else { return [] }
          let place = "\(file.path):\(index + 1)"
          var found: [Finding] = []
          if reader.isName(in: text), names.contains(where: { $0.occurs(in: text) }) {
            found.append(
              Finding(
                .warning, "\(place) shows this machine under the original's name: \(text.shown)",
                advice: "say \(situation.names.full), or take the line out"))
          }
          guard let use = reader.use else { return found }
          return found
            // What a node that is itself again knows of others is no matter.
            + addresses.filter { (use == .sets || former.contains($0.address)) && $0.token.occurs(in: text) }.map {
              address, _ in
              Finding(
                use == .sets ? .warning : .note,
                "\(place): \(reader.who) \(use.rawValue) \(address), which is \(situation.whose(address)); it is left as it is",
                advice: "correct it by hand where this machine is meant")
            }
        }
      }
    }
    return Proposal(findings: findings)
  }
}

/// A program, and the files in which somebody may have told it what machine it is on.
struct OtherReader {
  /// What it does with an address.
  enum Use: String {
    case sets = "runs with"
    case knows = "knows"
  }

  let who: String
  let files: [String]
  /// Words before what it calls this machine, in small letters.
  var keys: [String] = []
  var use: Use?

  /// A line without what is a comment to one of these: `#`, `;` and `!` at its front, `#` behind a blank.
  static func code(_ line: String) -> String {
    let text = line.trimmingBlanks
    guard let first = text.first, !"#;!".contains(first) else { return "" }
    let end = text.firstRange(of: " #")?.lowerBound ?? text.endIndex
    return String(text[..<end]).trimmingBlanks
  }

  /// Whether the line is about this machine's name: it begins with one of the words, as do `Hostname=`, `"node_name": "compute"` and
  /// `global(localHostname="compute")`.
  func isName(in line: String) -> Bool {
    let small = line.lowercased()
    return keys.contains { key in
      guard let place = small.firstRange(of: key) else { return false }
      let before = small[..<place.lowerBound]
      let after = small[place.upperBound...].first
      return (before.allSatisfy { !$0.isLetter } || before.hasSuffix("global("))
        && !(after.map { $0.isLetter || $0 == "_" } ?? false)
    }
  }

  /// In the order of what harm it does.
  static let all = [
    OtherReader(
      who: "rc-local.service", files: ["/etc/rc.local", "/etc/rc.d/rc.local"], keys: ["hostname", "hostnamectl"],
      use: .sets),
    OtherReader(who: "nmstate.service", files: ["/etc/nmstate/*.yml"], use: .sets),
    OtherReader(
      who: "os-net-config", files: ["/etc/os-net-config/config.yaml", "/etc/os-net-config/config.json"], use: .sets),
    OtherReader(
      who: "TripleO's deploy", files: ["/etc/puppet/hieradata/*.json", "/etc/puppet/hieradata/*.yaml"], use: .knows),
    OtherReader(who: "keepalived", files: ["/etc/keepalived/keepalived.conf"], keys: ["router_id"], use: .sets),
    OtherReader(
      who: "the firewall",
      files: [
        "/etc/sysconfig/iptables", "/etc/sysconfig/ip6tables", "/etc/sysconfig/nftables.conf", "/etc/iptables/rules.v4",
        "/etc/iptables/rules.v6", "/etc/nftables.conf", "/etc/nftables/*.nft",
      ], use: .knows),
    OtherReader(who: "chronyd", files: ["/etc/chrony.conf", "/etc/chrony/chrony.conf"], use: .knows),
    OtherReader(who: "snmpd", files: ["/etc/snmp/snmpd.conf"], keys: ["sysname"], use: .knows),
    OtherReader(
      who: "zabbix-agent", files: ["/etc/zabbix/zabbix_agent*.conf", "/etc/zabbix/zabbix_agent*.d/*.conf"],
      keys: ["hostname"], use: .knows),
    OtherReader(
      who: "collectd", files: ["/etc/collectd.conf", "/etc/collectd.d/*.conf", "/etc/collectd/collectd.conf"],
      keys: ["hostname"], use: .knows),
    OtherReader(
      who: "telegraf", files: ["/etc/telegraf/telegraf.conf", "/etc/telegraf/telegraf.d/*.conf"], keys: ["hostname"],
      use: .knows),
    OtherReader(who: "node_exporter", files: ["/etc/default/prometheus-node-exporter"], use: .knows),
    OtherReader(
      who: "puppet", files: ["/etc/puppetlabs/puppet/puppet.conf", "/etc/puppet/puppet.conf"], keys: ["certname"]),
    OtherReader(who: "salt-minion", files: ["/etc/salt/minion", "/etc/salt/minion.d/*.conf"], keys: ["id"]),
    OtherReader(who: "chef-client", files: ["/etc/chef/client.rb"], keys: ["node_name"]),
    OtherReader(who: "rsyslog", files: ["/etc/rsyslog.conf", "/etc/rsyslog.d/*.conf"], keys: ["localhostname"]),
    OtherReader(who: "postfix", files: ["/etc/postfix/main.cf"], keys: ["myhostname"]),
    OtherReader(
      who: "the routing daemon",
      files: ["/etc/frr/*.conf", "/etc/quagga/*.conf", "/etc/bird/*.conf", "/etc/bird.conf", "/etc/bird6.conf"],
      keys: ["hostname"], use: .sets),
    OtherReader(who: "corosync", files: ["/etc/corosync/corosync.conf"], use: .knows),
    OtherReader(
      who: "rabbitmq", files: ["/etc/rabbitmq/rabbitmq-env.conf", "/etc/rabbitmq/rabbitmq.conf"], keys: ["nodename"],
      use: .knows),
    OtherReader(who: "Ansible", files: ["/etc/ansible/facts.d/*.fact"], use: .knows),
    OtherReader(who: "iscsid", files: ["/etc/iscsi/initiatorname.iscsi"], keys: ["initiatoralias"]),
    OtherReader(who: "people", files: ["/etc/machine-info"], keys: ["pretty_hostname"]),
  ]
}
