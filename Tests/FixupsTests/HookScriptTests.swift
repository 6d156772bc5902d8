import Site
import Testing
import Tree

@testable import Fixups

@Suite("Scripts that run when an interface comes up")
struct HookScriptTests {
  private static let interfaces = """
    auto ens33
    iface ens33 inet static
    \taddress 192.168.10.20/24
    \tgateway 192.168.10.2
    auto ens34
    iface ens34 inet static
    \taddress 192.168.20.20/24

    """

  private func run(_ path: String, _ script: String, mode: UInt32 = 0o755, profile: String = "debian12") throws -> Run {
    let files = [
      IfupdownTests.path: Self.interfaces, path: "#!/bin/sh\n\(script)\n", "/usr/sbin/NetworkManager": "",
      "/usr/lib/systemd/system/networkd-dispatcher.service": "",
    ]
    let other = profile == "debian12" ? [:] : Lab.compute.filter { $0.key.hasPrefix("/etc/sysconfig") }
    let run = try BackendTests.twice(files.merging(other) { $1 }, profile: profile, modes: [path: mode]).second
    #expect(run.changes.isEmpty)
    return run
  }

  private static let hook = "/etc/network/if-up.d/mgmt"

  @Test(
    "one that gives the original's address fails verify, with its line",
    arguments: [
      (hook, "ip addr add 192.168.10.20/24 dev ens33", "ens33"), (hook, "ifconfig ens33:1 192.168.10.20", "ens33:1"),
      (hook, "[ \"$IFACE\" = ens33 ] && ip addr replace 192.168.10.20/24 dev \"$IFACE\" || true", "ens33"),
      (hook, "ADDR=192.168.10.20; ip a a $ADDR/24 dev $IFACE", "ens33"),
      (hook, "su -c 'ip addr add local 192.168.10.20 dev br0'", "br0"),
      ("/etc/NetworkManager/dispatcher.d/90-mgmt.sh", "ip addr add 192.168.10.20/24 dev \"$1\"", "ens33"),
      ("/etc/NetworkManager/dispatcher.d/pre-up.d/a", "nmcli con mod x +ipv4.addresses 192.168.10.20/24", "ens33"),
    ])
  func gives(_ path: String, _ script: String, _ interface: String) throws {
    let claims = try run(path, script).claims.filter { !$0.holds }
    #expect(claims.map(\.subject) == ["addresses of \(interface)"])
    #expect(claims.first?.seen == "192.168.10.20, the address of compute (\(path):2)")
  }

  @Test("so do initscripts' own and networkd-dispatcher's") func others() throws {
    let line = "ip addr add 192.168.10.20/24 dev ens33"
    for (profile, path) in [
      ("centos7-rdo", "/sbin/ifup-local"), ("centos7-rdo", "/sbin/ifup-pre-local"),
      ("ubuntu2404", "/etc/networkd-dispatcher/routable.d/mgmt"),
    ] {
      let claims = try run(path, line, profile: profile).claims.filter { !$0.holds }
      #expect(claims.map(\.seen).contains("192.168.10.20, the address of compute (\(path):2)"), "\(profile) \(claims)")
    }
  }

  /// The places where a copy's claims see its name set.
  private func named(_ files: [String: String]) throws -> [String] {
    let files = [IfupdownTests.path: Self.interfaces].merging(files) { $1 }
    var copy = MemoryTree(BackendTests.bare.merging(files) { $1 })
    for (path, text) in files where path != IfupdownTests.path { copy.write(path, text, mode: 0o755) }
    let platform = try #require(Platform.named("debian12"))
    let run = try Run(copy, site: Lab.site(), platform: platform, [InterfacesFixup()])
    return run.claims.filter { !$0.holds && $0.seen.hasPrefix("compute, ") }.map(\.subject)
  }

  @Test(
    "one that gives the original's name, too",
    arguments: [
      "hostname compute", "[ \"$IFACE\" = ens33 ] && hostname compute",
      "if [ \"$IFACE\" = ens33 ]; then hostname compute; fi", "case \"$1\" in ens33) hostname compute;; esac",
      "nmcli general hostname compute", "nmcli g h compute", "hostnamectl --static set-hostname compute",
      "sudo hostnamectl hostname 'compute'", "sysctl -qw kernel.hostname=compute", "N=compute; hostname \"$N\"",
      "echo compute >/proc/sys/kernel/hostname", "printf 'compute\\n' | tee /etc/hostname >/dev/null",
      "sed -i '1s/.*/x/; s/.*/compute/' /etc/hostname", "sed -i 's/.*/compute/' /etc/hostname",
      "cp /root/compute /etc/hostname", "sh -c \"hostname compute\"",
    ])
  func name(_ line: String) throws {
    #expect(try named([Self.hook: "#!/bin/sh\n\(line)\n"]) == ["host name (\(Self.hook):2)"])
    let stanza = Self.interfaces + "\tup \(line)\n"
    #expect(try named([IfupdownTests.path: stanza]) == ["host name (\(IfupdownTests.path):8)"])
    #expect(
      try named([IfupdownTests.path: Self.interfaces + "\tup /root/x.sh\n", "/root/x.sh": "\n\(line)\n"])
        == ["host name (/root/x.sh:2)"])
  }

  @Test("a here-document is a file's text") func document() throws {
    let script = "#!/bin/sh\ncat >/etc/hostname <<EOF\ncompute\nEOF\ncat >/run/x <<EOF\nhostname compute\nEOF\n"
    #expect(try named([Self.hook: script]) == ["host name (\(Self.hook):3)"])
  }

  @Test(
    "what reads the name or has it in another way sets none",
    arguments: [
      "case \"$(cat /etc/hostname)\" in compute) ip link set x up;; esac",
      "grep -q '^compute$' /etc/hostname || exit 0",
      "[ \"$(hostname)\" = localhost ] && hostname compute", "ssh compute hostname compute", "hostname compute2",
      "# hostname compute", "vtysh -c 'hostname compute'", "hostnamectl -H compute status", "logger hostname compute",
      "cp /etc/hostname /root/compute", "sed -i s/compute/compute2/ /etc/hostname", "ovs-vsctl set x hostname compute",
      "[ \"$2\" = hostname ] && logger compute", "hostnamectl --pretty set-hostname compute",
    ])
  func reads(_ line: String) throws {
    #expect(try named([Self.hook: "#!/bin/sh\n\(line)\n"]) == [])
    #expect(try named([IfupdownTests.path: Self.interfaces + "\tup \(line)\n"]) == [])
  }

  private static let give = "ip addr add 192.168.10.20/24 dev ens33"

  @Test(
    "words about the host's name that nothing goes by let no address through",
    arguments: [
      "# installed by the set-hostname role", "logger \"kernel $(uname -r): ens33 up\"", "hostname compute2",
      "logger \"$(hostname): up\"", "cpus=4; mask=$(( (1 << cpus) - 1 ))", "bit=$((1 << n))",
      "case \"$2\" in hostname) systemctl reload rsyslog;; esac", "[ \"$2\" = hostname ] && exit 0",
      "if [ \"$(hostname)\" = controller ]; then true; fi", "hostname -I | grep -q 192.168.10.20 && exit 0",
      "H=$(hostname)", "HOSTNAME=x; echo $HOSTNAME", "up() { hostname; }",
    ])
  func unrelated(_ line: String) throws {
    let claims = try run(Self.hook, "\(line)\n\(Self.give)").claims.filter { !$0.holds }
    #expect(claims.map(\.seen) == ["192.168.10.20, the address of compute (\(Self.hook):3)"])
  }

  @Test(
    "one that goes by the host's name gives each host its own",
    arguments: [
      "if [ \"$(hostname -s)\" = compute ]; then\nGIVE\nfi", "case $HOSTNAME in\ncompute)\n  GIVE\n  ;;\nesac",
      "H=`uname -n`\n[ \"$H\" = compute ] &&\n  GIVE", "[ \"$(hostname)\" = compute ] || exit 0\nGIVE",
      "grep -q '^compute$' /etc/hostname || exit 0\nGIVE",
      "read -r H </etc/hostname\nif [ $H = compute ]; then GIVE; fi",
      "case ${HOSTNAME%%.*} in\ncompute) A=192.168.10.20;;\ncompute2) A=192.168.10.21;;\nesac\nip addr add $A/24 dev ens33",
      "give() {\nGIVE\n}\n[ $(hostname) = compute ] && give",
      "me() { hostname; }\nif [ \"$(me)\" = compute ]; then GIVE; fi",
      "echo \"$(hostname)\" | grep -q '^compute$' && GIVE", "[ \"$(hostname)\" = compute ] && {\n GIVE\n}",
      "A=192.168.10.20\n[ $(hostname) = compute2 ] && A=192.168.10.21\nip addr add $A/24 dev ens33",
    ])
  func chosen(_ script: String) throws {
    let run = try run(Self.hook, script.replacing("GIVE", with: Self.give))
    #expect(run.claims.filter { !$0.holds } == [])
    #expect(run.findings.contains { $0.text.hasPrefix("\(Self.hook) mentions 192.168.10.20") })
  }

  @Test("so does a program in another language, as far as it can be told") func otherLanguage() throws {
    let give = "run('\(Self.give)')"
    for (line, fails) in [("import os", true), ("name = socket.gethostname()", false)] {
      let files = [
        IfupdownTests.path: Self.interfaces, Self.hook: "#!/usr/bin/python3\n\(line)\n\(give)\n",
      ]
      let run = try BackendTests.twice(files, profile: "debian12", modes: [Self.hook: 0o755]).second
      #expect(run.claims.contains { !$0.holds } == fails)
    }
  }

  @Test("a script that a command calls is told where it mentions the original's address") func called() throws {
    let path = "/usr/local/sbin/up.sh"
    for script in ["# see also: hostnamectl\n\(Self.give)\n", "ping -c1 192.168.10.20\n"] {
      let run = try BackendTests.twice(
        [IfupdownTests.path: Self.interfaces + "\tup \(path)\n", path: script], profile: "debian12"
      ).second
      #expect(run.findings.filter { $0.text.hasPrefix("\(path) mentions 192.168.10.20") }.count == 1)
      #expect(run.claims.contains { !$0.holds } == script.contains(Self.give))
    }
  }

  @Test(
    "what only mentions it, is for several hosts, or does not run, is told and no more",
    arguments: [
      (hook, "ping -c1 192.168.10.20", 0o755), (hook, "# ip addr add 192.168.10.20/24 dev ens33", 0o755),
      (hook, "ssh compute ip addr add 192.168.10.20/24 dev ens33", 0o755),
      (hook, "ip addr del 192.168.10.20/24 dev ens33", 0o755), (hook, "ip addr show to 192.168.10.20", 0o755),
      (hook, "cat >/etc/x <<EOF\nip addr add 192.168.10.20/24 dev ens33\nEOF", 0o755),
      (hook, "ip route add default via 192.168.10.20", 0o755),
      (hook, "ip tunnel add t mode gre remote 192.168.10.20 local 192.168.10.21", 0o755),
      (hook, "[ $(hostname) = compute ] && ip addr add 192.168.10.20/24 dev ens33", 0o755),
      (hook, "ip addr add 192.168.10.20/24 dev ens33", 0o644),
      ("/etc/network/if-up.d/mgmt.sh", "ip addr add 192.168.10.20/24 dev ens33", 0o755),
      ("/etc/network/if-post-down.d/mgmt", "ip addr add 192.168.10.20/24 dev ens33", 0o755),
    ] as [(String, String, UInt32)])
  func mentions(_ path: String, _ script: String, _ mode: UInt32) throws {
    let run = try run(path, script, mode: mode)
    #expect(run.claims.filter { !$0.holds } == [])
    #expect(run.findings.contains { $0.text.hasPrefix("\(path) mentions 192.168.10.20") })
  }

  @Test("an alias of the loopback interface with another node's address fails verify") func loopback() throws {
    let text = Self.interfaces + "auto lo:1\niface lo:1 inet static\n\taddress 192.168.20.20/32\n"
    let run = try BackendTests.twice([IfupdownTests.path: text], profile: "debian12").second
    let claims = run.claims.filter { !$0.holds }
    #expect(claims.map(\.seen) == ["192.168.20.20, the address of compute (\(IfupdownTests.path))"])
  }
}
