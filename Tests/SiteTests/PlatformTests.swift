import Foundation
import Profiles
import Site
import Testing

@Suite("Every profile in the program is whole")
struct ProfileTests {
  @Test func `the first platforms are there`() {
    #expect(Platform.names.contains("centos7-rdo") && Platform.names.contains("debian12"))
  }

  @Test func `what stands over a host can be read, and no file is neither`() throws {
    let over = Platform.containers.map(\.name)
    #expect(over == ["kolla", "tripleo"])
    #expect(Set(Profile.all.map(\.name)) == Set(Platform.names).union(over))
  }

  /// As the file stands in the repository: what the build made of it says the same.
  @Test(arguments: Platform.names) func `it can be read, by its name`(_ name: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Profiles/\(name).toml")
    let platform = try Platform.parse(Array(Data(contentsOf: file)), file: "Profiles/\(name).toml")
    #expect(platform.name == name)
    #expect(Platform.named(name) == platform)
    #expect(!platform.title.isEmpty && !platform.match.isEmpty)
  }

  @Test(arguments: Platform.names) func `its units are in the order of restarting`(_ name: String) throws {
    let platform = try #require(Platform.named(name))
    let orders = platform.units.map(\.order)
    #expect(orders == orders.sorted())
    let nova = try #require(platform.units.firstIndex { $0.name == platform.nova.unit })
    let libvirt = try #require(platform.units.firstIndex { $0.name.description == "libvirtd.service" })
    #expect(libvirt < nova)
    for agent in platform.neutron {
      let place = try #require(platform.units.firstIndex { $0.name == agent.unit })
      #expect(nova < place)
      #expect(platform.units[place].keepsHostname)
    }
    #expect(platform.units[nova].keepsHostname)
    #expect(platform.units.allSatisfy { !$0.purpose.isEmpty && !$0.files.isEmpty })
  }

  @Test(arguments: Platform.names) func `services are due when their own configuration changes`(_ name: String) throws {
    let platform = try #require(Platform.named(name))
    func due(_ path: String) -> [UnitName] { platform.units.filter { $0.reads(path) }.map(\.name) }
    for file in platform.nova.configFiles { #expect(due(file.description).contains(platform.nova.unit)) }
    #expect(due("/etc/nova/nova.conf.d/10-own.conf").contains(platform.nova.unit))
    #expect(due("/var/lib/nova/compute_id") == [platform.nova.unit])
    #expect(due("/etc/nova/compute_id") == [platform.nova.unit])
    for agent in platform.neutron {
      #expect(agent.configFiles.contains(agent.editedFile))
      for file in agent.configFiles { #expect(due(file.description).contains(agent.unit)) }
    }
    #expect(due("/etc/ssh/ssh_host_ed25519_key").count == 1)
    #expect(due("/etc/motd").isEmpty)
  }

  @Test(
    arguments: [
      ("centos", "7", "", "centos7-rdo"), ("centos", "7.9", "", "centos7-rdo"), ("centos", "70", "", nil),
      ("centos", "8", "rhel fedora", "el8-rdo"), ("rocky", "8.10", "rhel centos fedora", "el8-rdo"),
      ("rocky", "9.4", "rhel centos fedora", "el9-rdo"), ("almalinux", "9.5", "rhel centos fedora", "el9-rdo"),
      ("centos", "9", "rhel fedora", "el9-rdo"), ("debian", "11", "", "debian11"), ("debian", "13", "", "debian13"),
      ("ubuntu", "24.04", "debian", "ubuntu2404"), ("ubuntu", "20.04", "debian", "ubuntu2004"),
      ("ubuntu", "18.04", "debian", nil), ("rocky", "10.0", "rhel centos fedora", "el10-rdo"),
      ("centos", "10", "rhel fedora", "el10-rdo"), ("opensuse-leap", "15.6", "suse opensuse", "opensuse15"),
      ("sles", "15.5", "suse", "opensuse15"), ("opensuse-tumbleweed", "20260101", "opensuse suse", nil),
      ("rhel", "7.9", "fedora", "centos7-rdo"),
      ("scientific", "7.9", "rhel centos fedora", "centos7-rdo"), ("debian", "12", "", "debian12"),
      ("debian", "", "", nil), ("ubuntu", "22.04", "debian", "ubuntu2204"), ("arch", "", "", nil),
    ] as [(String, String, String, String?)])
  func `a release finds its profile`(_ id: String, _ version: String, _ like: String, _ name: String?) {
    let release = ["ID": id, "VERSION_ID": version, "ID_LIKE": like].filter { !$0.value.isEmpty }
    #expect(Platform.detect(osRelease: release)?.name == name)
  }

  @Test func `no os-release, no profile`() { #expect(Platform.detect(osRelease: [:]) == nil) }

  @Test func `backends know where interfaces are configured`() throws {
    guard case .ifcfg(let directory, let global)? = Platform.named("centos7-rdo")?.networks.first else {
      Issue.record("not ifcfg")
      return
    }
    #expect(directory.description == "/etc/sysconfig/network-scripts" && global.description == "/etc/sysconfig/network")
    guard case .ifupdown(let file, _)? = Platform.named("debian12")?.networks.first else {
      Issue.record("not ifupdown")
      return
    }
    #expect(file.description == "/etc/network/interfaces")
  }
}

@Suite("A profile is read as strictly as a site")
struct ProfileProblemTests {
  @Test(arguments: [
    (
      "title = \"Debian", "titel = \"Debian",
      [
        "p.toml:1:1: the profile has no title; it is needed",
        "p.toml:3:1: unknown key \"titel\"; did you mean \"title\"?",
      ]
    ),
    (
      "order = 40", "order = \"40\"",
      ["p.toml:124:9: order is a text, not a whole number; write a number without quotes"]
    ),
    (
      "backend = \"ifupdown\"", "backend = \"connman\"",
      [
        "p.toml:14:11: backend = \"connman\" is unknown; it is \"keyfile\" or \"networkd\" or \"netplan\" or \"ifcfg\" or \"ifupdown\" or \"wicked\""
      ]
    ),
    (
      "edited-file = \"/etc/nova/nova.conf\"", "edited-file = \"/etc/nova.conf\"",
      ["p.toml:32:15: edited-file /etc/nova.conf is not read; name one of config-files"]
    ),
    (
      "unit = \"nova-compute.service\"", "unit = \"nova-compute2.service\"",
      ["p.toml:27:2: unit nova-compute2.service of [nova] is not described; add it under [[units]]"]
    ),
    (
      "name = \"ssh.service\"", "name = \"iscsid.service\"",
      ["p.toml:164:1: unit iscsid.service is described twice; describe it once"]
    ),
    (
      "\"/etc/iscsi/iscsid.conf\"", "\"etc/iscsi/iscsid.conf\"",
      ["p.toml:106:44: \"etc/iscsi/iscsid.conf\" is not a path pattern; it begins with a slash"]
    ),
  ])
  func `a mistake is said with its place`(_ old: String, _ new: String, _ said: [String]) throws {
    let file = URL(filePath: #filePath).appending(path: "../../../Profiles/debian12.toml").standardized
    let profile = try String(contentsOf: file, encoding: .utf8)
    do {
      _ = try Platform.parse(Array(profile.with(old, new).utf8), file: "p.toml")
      Issue.record("it was taken")
    } catch {
      #expect(error.problems.map(\.description) == said)
    }
  }

  @Test func `an empty profile says all that it lacks`() {
    #expect {
      _ = try Platform.parse([], file: "p.toml")
    } throws: { error in
      (error as? SiteProblems)?.problems.map(\.message) == [
        "the profile has no title", "the profile has no match", "the profile has no systemd",
        "the profile has no network", "the profile has no nova", "the profile has no migration",
        "the profile has no identity", "the profile has no units",
      ]
    }
  }
}
