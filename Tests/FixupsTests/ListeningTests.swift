import Site
import Testing
import Tree

@testable import Fixups

/// Where services listen, what keeps nova out of sshd or leads it elsewhere, and what shows the original's name or address.
@Suite("Sockets, sshd's policies and what only a person can mend")
struct ListeningTests {
  @Test(
    "a socket that systemd opens at the original's address is opened at this node's",
    arguments: [
      ("ListenStream=\nListenStream=192.168.10.20:16509\n", "ListenStream=\nListenStream=192.168.10.21:16509\n"),
      ("ListenDatagram = 192.168.10.20:53\n", "ListenDatagram = 192.168.10.21:53\n"),
      ("ListenStream=16509\n#ListenStream=192.168.10.20:1\n", "ListenStream=16509\n#ListenStream=192.168.10.20:1\n"),
      ("ListenStream=/run/libvirt/x\nListenStream=[::]:22\n", "ListenStream=/run/libvirt/x\nListenStream=[::]:22\n"),
      ("ListenStream=192.168.10.10:22\n", "ListenStream=192.168.10.10:22\n"),
    ])
  func sockets(_ before: String, _ after: String) throws {
    for path in ["/etc/systemd/system/virtproxyd-tcp.socket.d/listen.conf", "/etc/systemd/system/sshd.socket"] {
      let run = try Lab.settle(Lab.tree([path: "[Socket]\n\(before)"]), [HostnameFixup(), SocketAddresses()])
      #expect(run.after[path] == "[Socket]\n\(after)")
      #expect((run.changes.first { $0.path.description == path } != nil) == (before != after))
    }
  }

  @Test(
    "sshd listens on this node where it listened on the original's name",
    arguments: [
      ("ListenAddress compute\n", "ListenAddress compute2\n"),
      ("ListenAddress compute.lab.example.com:2222\n", "ListenAddress compute2.lab.example.com:2222\n"),
      ("ListenAddress \"[compute]:22\"\n", "ListenAddress \"[compute2]:22\"\n"),
      ("ListenAddress=192.168.10.20:22\n", "ListenAddress=192.168.10.21:22\n"),
      ("ListenAddress 0.0.0.0\nListenAddress ::\n", "ListenAddress 0.0.0.0\nListenAddress ::\n"),
    ])
  func listenAddress(_ before: String, _ after: String) throws {
    let path = "/etc/ssh/sshd_config"
    let run = try Lab.settle(Lab.tree([path: before]), [HostnameFixup(), ListenAddress()])
    #expect(run.after[path] == after)
  }

  @Test("a match for logins at the original's address is told") func localAddress() throws {
    let text = "Match User root LocalAddress 192.168.10.20\n  X11Forwarding no\n"
    let run = try Lab.settle(Lab.tree(["/etc/ssh/sshd_config": text]), [ListenAddress()])
    #expect(run.after["/etc/ssh/sshd_config"] == text)
    #expect(run.findings.contains { $0.text.hasPrefix("/etc/ssh/sshd_config:1 is for logins at 192.168.10.20") })
  }

  @Test(
    "what of sshd's policies keeps nova out is told, and what does not is not",
    arguments: [
      ("AllowGroups wheel\n", "nova is in none of them"), ("AllowGroups wheel no*\n", nil),
      ("AllowGroups wheel\nAllowGroups nova\n", nil),
      ("DenyGroups nova\n", "sshd refuses a group"), ("DenyGroups wheel\n", nil),
      ("PubkeyAuthentication no\n", "sshd takes no keys from nova"),
      ("PubkeyAuthentication yes\nPubkeyAuthentication no\n", nil),
      ("PubkeyAuthentication no\nMatch User root,nova\n  PubkeyAuthentication yes\n", nil),
      ("Match User nova\n  ForceCommand internal-sftp\n", "ForceCommand"), ("ForceCommand none\n", nil),
      ("Match User guest\n  ForceCommand internal-sftp\n", nil),
      ("AuthenticationMethods publickey,keyboard-interactive\n", "more than a key"),
      ("AuthenticationMethods publickey,password publickey\n", nil), ("AuthenticationMethods any\n", nil),
      ("Match Group nova\n  ForceCommand internal-sftp\n", "ForceCommand"),
      ("Match Group wheel,no*\n  ChrootDirectory /srv\n", "ChrootDirectory"),
      ("Match Group !nova,*\n  ForceCommand internal-sftp\n", nil),
      ("Match Address 192.168.10.0/24\n  PubkeyAuthentication no\n", "sshd takes no keys"),
      ("Match Address 10.0.0.0/8,!192.168.10.20\n  PubkeyAuthentication no\n", nil),
      ("Match User *,!root\n  PubkeyAuthentication no\n", "sshd takes no keys"),
      ("Match User *,!nova\n  PubkeyAuthentication no\n", nil),
      ("Match all\n  PubkeyAuthentication no\n", "sshd takes no keys"),
      ("Match User nova Address 10.*\n  PubkeyAuthentication no\n", nil),
      ("Match LocalAddress 192.168.10.21 LocalPort 22\n  PubkeyAuthentication no\n", "sshd takes no keys"),
      ("AllowUsers root nova@10.0.0.*\n", "nova is none of them"), ("AllowUsers root nova@192.168.10.0/24\n", nil),
      ("DenyUsers nova\nMatch User nova\n  DenyUsers nobody\n", nil),
      ("AllowUsers nova\nMatch All\n  AllowUsers root\n", "nova is none of them"),
      ("Match User=nova\n  DenyUsers nova\n", "sshd refuses nova"),
      ("AllowUsers nova@compute*\n", nil), ("DenyUsers *@192.168.*\n", "sshd refuses nova"),
      ("DenyUsers n?va\n", "sshd refuses nova"),
      ("PubkeyAcceptedKeyTypes ssh-rsa\n", "sshd takes no key of the kind"),
      ("PubkeyAcceptedAlgorithms +ssh-rsa\n", nil),
      ("PubkeyAcceptedAlgorithms -*ed25519*\n", "sshd takes no key of the kind"),
      ("PubkeyAcceptedKeyTypes ssh-*\n", nil),
    ] as [(String, String?)])
  func policies(_ text: String, _ warning: String?) throws {
    var tree = Clone.plain
    tree.write("/etc/ssh/sshd_config", "UsePAM yes\n" + text)
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree))
    let warnings = proposal.findings.filter { $0.severity == .warning }
    #expect(warnings.map { $0.text.contains(warning ?? "-") } == (warning == nil ? [] : [true]), "\(warnings)")
    #expect(proposal.claims.contains { $0.subject == "sshd and nova" && !$0.holds } == (warning != nil))
  }

  @Test(
    "what sshd includes counts in the place where that is said, and for whom",
    arguments: [
      ("PubkeyAuthentication yes\nInclude /etc/ssh/sshd_config.d/*.conf\n", "PubkeyAuthentication no\n", false),
      ("PubkeyAuthentication no\nInclude sshd_config.d/*.conf\n", "PubkeyAuthentication yes\n", true),
      ("Include /etc/ssh/sshd_config.d/*.conf\nPubkeyAuthentication yes\n", "PubkeyAuthentication no\n", true),
      ("Include /etc/ssh/sshd_config.d/9*.conf\n", "AllowUsers admin\n", false),
      ("Match Address 10.0.0.0/8\n Include /etc/ssh/sshd_config.d/*.conf\n", "PubkeyAuthentication no\n", false),
      ("Match Address 192.168.0.0/16\n Include /etc/ssh/sshd_config.d/*.conf\n", "PubkeyAuthentication no\n", true),
      ("#Include /etc/ssh/sshd_config.d/*.conf\n", "PubkeyAuthentication no\n", false),
      ("Include /etc/ssh/sshd_config\n", "", false),
    ])
  func included(_ main: String, _ dropIn: String, _ isOut: Bool) throws {
    var tree = Clone.plain
    tree.write("/etc/ssh/sshd_config", "UsePAM yes\n" + main)
    tree.write("/etc/ssh/sshd_config.d/10.conf", dropIn)
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree))
    #expect(proposal.claims.contains { $0.subject == "sshd and nova" } == isOut, "\(proposal.findings)")
  }

  @Test(
    "ssh that goes elsewhere than to the peer, or starts from another's address, does not hold",
    arguments: [
      ("Host compute\n  HostName 192.168.10.99\n", false), ("Host compute\n  HostName 192.168.10.20\n", true),
      ("Host compute\n  HostName compute2\n", false), ("Host *\n  BindAddress 192.168.10.20\n", false),
      ("Host *\n  BindAddress 192.168.10.21\n", true), ("Host compute\n  HostName %h.example.com\n", true),
      ("Host *\n  RemoteCommand foo\n", false),
    ])
  func elsewhere(_ text: String, _ holds: Bool) throws {
    var tree = Clone.used
    tree.write("\(Clone.ssh)/config", text, owner: 162, group: 162, mode: 0o600)
    let first = try MigrationAccess().propose(for: Clone.situation(tree))
    let later = try MigrationAccess().propose(
      for: Clone.situation(Clone.applied(first.changes, to: tree), Clone.own))
    #expect(later.findings.contains { $0.text.contains("/config:") && $0.text.contains("astray") } == !holds)
    let claim = try #require(later.claims.first { $0.subject == "ssh to compute" })
    #expect(claim.holds == holds, "\(claim.seen)")
  }

  @Test("the kernel's command line is told of when a node moves, and later, as long as it is not its own")
  func commandLine() throws {
    let path = "/etc/default/grub"
    func told(_ address: String, _ provenance: Provenance) throws -> [Finding] {
      var tree = Clone.plain
      tree.write(path, "GRUB_CMDLINE_LINUX=\"quiet ip=\(address)::192.168.10.2:255.255.255.0::ens33:off\"\n")
      return try KernelCommandLine().propose(for: Clone.situation(tree, provenance)).findings
    }
    #expect(try told("192.168.10.121", Clone.own).count == 1)
    #expect(try told("192.168.10.20", Clone.own).first?.text.contains("the address of compute") == true)
    let moved = Provenance(
      origin: .own, evidence: "the stamp", formerAddresses: [.management: [try IPAddress("192.168.10.121")]])
    #expect(try told("192.168.10.121", moved).count == 1)
    #expect(try told("192.168.10.21", Clone.own) == [] && told("10.9.9.9", Clone.own) == [])
  }

  @Test(
    "the original's name in logs and for people is told",
    arguments: [
      ("/etc/rsyslog.conf", "$LocalHostName compute\n"),
      ("/etc/rsyslog.d/10-name.conf", "global(localHostname=\"compute.lab.example.com\")\n"),
      ("/etc/machine-info", "PRETTY_HOSTNAME=\"compute, rack 4\"\n"),
      ("/etc/zabbix/zabbix_agentd.conf", "Hostname=compute\n"),
      ("/etc/telegraf/telegraf.conf", "  hostname = \"compute\"\n"),
      ("/etc/collectd.conf", "Hostname    \"compute.lab.example.com\"\n"),
      ("/etc/salt/minion", "id: compute\n"),
      ("/etc/puppetlabs/puppet/puppet.conf", "certname = compute.lab.example.com\n"),
      ("/etc/snmp/snmpd.conf", "sysName compute\n"), ("/etc/rc.local", "hostnamectl set-hostname compute\n"),
    ])
  func shownNames(_ path: String, _ text: String) throws {
    func told(_ text: String) throws -> [String] {
      try Lab.settle(
        Lab.tree([path: text, "/etc/hostname": "compute.lab.example.com\n"]), [HostnameFixup(), Elsewhere()]
      )
      .findings.map(\.text).filter { $0.contains("shows this machine") }
    }
    #expect(try told(text).map { $0.hasPrefix("\(path):1 ") } == [true])
    #expect(try told("#\(text)") == [])
  }

  @Test(
    "what only mentions the name, or is a comment, is not told",
    arguments: [
      ("/etc/puppet/puppet.conf", "; certname=compute\n"), ("/etc/frr/frr.conf", "! 192.168.10.20\n"),
      ("/etc/rc.local", "echo ok # 192.168.10.20\n"), ("/etc/salt/minion", "rack: id compute\n"),
      ("/etc/postfix/main.cf", "mydestination = $myhostname, compute\n"),
      ("/etc/zabbix/zabbix_agentd.conf", "HostMetadata=hostname compute\n"),
    ])
  func mentions(_ path: String, _ text: String) throws {
    let run = try Lab.settle(Lab.tree([path: text, "/etc/hostname": "compute\n"]), [HostnameFixup(), Elsewhere()])
    #expect(!run.findings.contains { $0.text.contains(path) }, "\(run.findings)")
  }

  @Test(
    "the original's address where other programs read it is told, and left",
    arguments: [
      ("/etc/rc.d/rc.local", "ip addr add 192.168.10.20/24 dev ens33\n", "rc-local.service runs with", true),
      ("/etc/frr/frr.conf", " bgp router-id 192.168.10.20\n", "the routing daemon runs with", true),
      ("/etc/corosync/corosync.conf", "    ring0_addr: 192.168.10.20\n", "corosync knows", false),
      (
        "/etc/puppet/hieradata/vip_data.json", "{\"internal_api\": \"192.168.10.20\"}\n", "TripleO's deploy knows",
        false
      ),
      ("/etc/nmstate/10-net.yml", "      - ip: 192.168.10.20\n", "nmstate.service runs with", true),
      ("/etc/sysconfig/iptables", "-A INPUT -d 192.168.10.20/32 -j ACCEPT\n", "the firewall knows", false),
      ("/etc/zabbix/zabbix_agentd.conf", "SourceIP=192.168.10.20\n", "zabbix-agent knows", false),
    ])
  func otherPrograms(_ path: String, _ text: String, _ words: String, _ isWarning: Bool) throws {
    func told(_ text: String) throws -> [Finding] {
      let run = try Lab.settle(Lab.tree([path: text, "/etc/hostname": "compute\n"]), [HostnameFixup(), Elsewhere()])
      return run.findings.filter { $0.text.hasPrefix("\(path):1") }
    }
    let found = try told(text)
    #expect(found.count == 1 && found[0].text.contains("\(words) 192.168.10.20, which is the address of compute"))
    #expect(found.first?.severity == (isWarning ? .warning : .note))
    #expect(try told("# \(text)") == [])
    #expect(try told(text.replacing("192.168.10.20", with: "192.168.10.200")) == [])
  }
}
