import Site
import Testing
import Tree

@testable import Fixups

/// What systemd gives services in their environment, wherever it has it from; oslo.config takes it before every file.
@Suite("The environment of services")
struct ServiceEnvironmentTests {
  private static let system = "/etc/systemd/system"
  private static let vendors = "/usr/lib/systemd/system"
  private static let unit = "openstack-nova-compute.service"
  private static let wanted = "OS_DEFAULT__MY_IP=192.168.10.21"

  private static func run(_ files: [String: String]) throws -> (first: Run, second: Run) {
    let fixups: [any Fixup] = [HostnameFixup(), ServiceEnvironment(), StampFixup()]
    let first = try Run(Lab.tree(files), site: Lab.site(), platform: Lab.platform(), fixups)
    let second = try Run(first.after, site: Lab.site(), platform: Lab.platform(), fixups)
    #expect(second.changes.map(\.path) == [])
    return (first, second)
  }

  @Test(
    "what counts follows, wherever a unit has it from",
    arguments: [
      ("/etc/nova/compute.env", "EnvironmentFile=/etc/nova/compute.env"),
      ("/srv/env/a.env", "EnvironmentFile=-/srv/env/*.env"),
    ])
  func environmentFiles(_ path: String, _ line: String) throws {
    let (first, second) = try Self.run([
      "\(Self.system)/\(Self.unit).d/e.conf": "[Service]\n\(line)\n", path: "# x\nOS_DEFAULT__MY_IP=192.168.10.20\n",
    ])
    #expect(first.after[path] == "# x\n\(Self.wanted)\n")
    #expect(first.claims.contains { !$0.holds && $0.subject.contains(path) })
    #expect(second.claims.filter { !$0.holds } == [])
  }

  @Test(
    "so does what is for every unit",
    arguments: [
      ("\(system)/service.d/e.conf", "[Service]\nEnvironment="),
      ("/etc/systemd/system.conf", "[Manager]\nDefaultEnvironment="),
      ("/etc/systemd/system.conf.d/e.conf", "[Manager]\nDefaultEnvironment="),
    ])
  func everyUnit(_ path: String, _ start: String) throws {
    let (first, second) = try Self.run([path: "\(start)OS_DEFAULT__MY_IP=192.168.10.20\n"])
    #expect(first.after[path] == "\(start)\(Self.wanted)\n")
    #expect(second.claims.filter { !$0.holds } == [])
  }

  @Test(
    "an option that is set by name is, whatever it said",
    arguments: [
      ("OS_DEFAULT__MY_IP=10.0.0.5", wanted), ("OS_DEFAULT__MY_IP=compute", wanted),
      ("OS_DEFAULT__MY_IP=192.168.20.20", wanted), ("OS_VXLAN__LOCAL_IP=10.0.0.5", "OS_VXLAN__LOCAL_IP=192.168.20.21"),
      (
        "OS_DEFAULT__MY_IP=192.168.10.20\nEnvironment=OS_DEFAULT__MY_IP=192.168.10.99",
        "\(wanted)\nEnvironment=\(wanted)"
      ),
      (
        "OS_DEFAULT__HOST=compute OS_VNC__SERVER_LISTEN=compute",
        "OS_DEFAULT__HOST=compute2 OS_VNC__SERVER_LISTEN=compute2"
      ),
      ("OS_DEFAULT__HOST=%H", "OS_DEFAULT__HOST=%H"), ("OS_LIBVIRT__CPU_MODE=none", "OS_LIBVIRT__CPU_MODE=none"),
    ])
  func byName(_ before: String, _ after: String) throws {
    let path = "\(Self.system)/\(Self.unit).d/e.conf"
    let (first, second) = try Self.run([path: "[Service]\nEnvironment=\(before)\n"])
    #expect(first.after[path] == "[Service]\nEnvironment=\(after)\n")
    #expect(second.claims.filter { !$0.holds } == [])
  }

  @Test(
    "what a package brought stays, and fails where it counts",
    arguments: [
      "\(vendors)/\(unit).d/e.conf", "\(vendors)/openstack-nova-.service.d/e.conf", "\(vendors)/service.d/e.conf",
    ])
  func packages(_ path: String) throws {
    let text = "[Service]\nEnvironment=OS_DEFAULT__MY_IP=192.168.10.20\n"
    let own = "\(Self.vendors)/\(Self.unit)"
    let files = [own: "[Service]\nExecStart=/usr/bin/nova-compute\n", path: text]
    let (first, second) = try Self.run(files)
    #expect(first.after[path] == text)
    #expect(second.claims.filter { !$0.holds }.map(\.subject) == ["OS_DEFAULT__MY_IP (\(path):2)"])
    // Whatever is read later, or is a file, goes before it, and one of its name takes its place.
    for (name, more) in [
      ("\(Self.system)/\(Self.unit).d/z.conf", "[Service]\nEnvironment=\(Self.wanted)\n"),
      ("\(Self.system)/\(Self.unit).d/e.conf", "[Service]\n"),
      ("\(Self.system)/\(Self.unit).d/f.conf", "[Service]\nEnvironment=\n"),
      ("\(Self.system)/\(Self.unit).d/a.conf", "[Service]\nEnvironmentFile=/etc/nova/a.env\n"),
      ("\(Self.system)/\(Self.unit).d/a.conf", "[Service]\nUnsetEnvironment=A OS_DEFAULT__MY_IP\n"),
      ("\(Self.system)/\(Self.unit).d/a.conf", "[Service]\nUnsetEnvironment=OS_DEFAULT__MY_IP=192.168.10.20\n"),
    ] {
      let all = files.merging([name: more, "/etc/nova/a.env": "\(Self.wanted)\n"]) { $1 }
      #expect(try Self.run(all).second.claims.filter { !$0.holds } == [], "\(name)")
    }
    for more in ["UnsetEnvironment=OS_DEFAULT__MY_IP=1.2.3.4", "UnsetEnvironment=OS_DEFAULT__MY_IP\nUnsetEnvironment="]
    {
      let all = files.merging(["\(Self.system)/\(Self.unit).d/a.conf": "[Service]\n\(more)\n"]) { $1 }
      #expect(try Self.run(all).second.claims.filter { !$0.holds }.count == 1, "\(more)")
    }
    let masked = try Self.run(files.merging(["\(Self.system)/\(Self.unit)": ""]) { $1 })
    #expect(masked.second.claims.filter { !$0.holds } == [])
  }

  private static let shell = "/etc/default/nova-compute"
  private static let dropIn = "\(system)/\(unit).d/e.conf"
  private static let variables = "/etc/nova/compute.env"

  /// As its reader has it: `EnvironmentFile=` for the last.
  private static func tree(_ path: String, _ text: String) -> [String: String] {
    path == variables ? [path: text, dropIn: "[Service]\nEnvironmentFile=\(path)\n"] : [path: text]
  }

  @Test(
    "a value ends where its reader ends it",
    arguments: [
      (
        shell, "if [ -e /x ]; then export OS_DEFAULT__MY_IP=192.168.10.20; else OS_DEFAULT__MY_IP='192.168.10.20'; fi\n"
      ),
      (shell, "(OS_DEFAULT__MY_IP=192.168.10.20)\nOS_DEFAULT__HOST=compute& X=y|cat\n"),
      (shell, "OS_DEFAULT__MY_IP=\\\n192.168.10.20 nova-compute # OS_DEFAULT__MY_IP=x\n"),
      (variables, "OS_DEFAULT__MY_IP = 192.168.10.20  \n\tOS_DEFAULT__HOST=\"compute\"\n"),
      (variables, "OS_DEFAULT__MY_IP=\\\n192.168.10.20\n# OS_DEFAULT__HOST=x\n"),
      (variables, "OS_DEFAULT__MY_IP='192.168.10.20'\nA=b OS_DEFAULT__HOST=y\n"),
      (dropIn, "[Service]\nEnvironment='OS_DEFAULT__MY_IP=192.168.10.20' \\\n  \"OS_DEFAULT__HOST=compute\" A=b\n"),
      (dropIn, "[Service]\nEnvironment=A=b \\\n# OS_DEFAULT__HOST=x\n; x\n OS_DEFAULT__MY_IP=192.168.10.20\n"),
      (dropIn, "[Service]\nExecStart=/bin/sh -c 'OS_DEFAULT__HOST=compute; exec nova-compute'\n"),
      (dropIn, "[Service]\nExecStart=/usr/bin/env OS_DEFAULT__HOST=compute nova-compute\n"),
    ])
  func ends(_ path: String, _ before: String) throws {
    let (first, second) = try Self.run(Self.tree(path, before))
    let after = before.replacing("192.168.10.20", with: "192.168.10.21").replacing("compute\"", with: "compute2\"")
      .replacing("=compute&", with: "=compute2&").replacing("=compute;", with: "=compute2;")
      .replacing("=compute nova", with: "=compute2 nova")
    #expect(first.after[path] == after)
    #expect(second.claims.filter { !$0.holds } == [])
  }

  @Test(
    "what its reader works out stays, and fails where it has the original's address",
    arguments: [
      (shell, "export OS_DEFAULT__MY_IP=$(hostname -I | cut -d' ' -f1)\n", true),
      (shell, "export OS_DEFAULT__MY_IP=\"$(hostname -I)\"\nOS_DEFAULT__HOST=`hostname -f`\n", true),
      (shell, "OS_DEFAULT__MY_IP=${MY_IP:-192.168.10.20}\n", false),
      (shell, "MY_IP=192.168.10.20\nOS_DEFAULT__MY_IP=$MY_IP\n", false),
      (variables, "OS_DEFAULT__MY_IP=$(hostname -I)\nOS_VNC__SERVER_LISTEN=$my_ip\n", true),
      (dropIn, "[Service]\nEnvironment=OS_DEFAULT__HOST=%H OS_DEFAULT__MY_IP=%i\n", true),
    ])
  func workedOut(_ path: String, _ text: String, _ holds: Bool) throws {
    for name in ["compute", "compute2"] {
      let run = try Run(
        Lab.tree(Self.tree(path, text)), as: name, site: Lab.site(), platform: Lab.platform(),
        [HostnameFixup(), ServiceEnvironment(), StampFixup()])
      #expect(run.after[path] == text)
      #expect(run.claims.filter { !$0.holds && $0.subject.contains(path) }.isEmpty == (holds || name == "compute"))
      let again = try Run(
        run.after, as: name, site: Lab.site(), platform: Lab.platform(),
        [HostnameFixup(), ServiceEnvironment(), StampFixup()])
      #expect(again.claims.filter { !$0.holds && $0.subject.contains(path) }.isEmpty == (holds || name == "compute"))
    }
  }

  @Test(
    "an option is decided as in a file",
    arguments: [
      "OS_CACHE__MEMCACHE_SERVERS=192.168.10.10:11211,192.168.10.20:11211",
      "OS_GLANCE__API_SERVERS=http://192.168.10.10:9292",
      "OS_DEFAULT__TRANSPORT_URL=rabbit://a:b@192.168.10.10:5672/",
    ])
  func asInFiles(_ line: String) throws {
    let text = "[Service]\nEnvironment=\(line)\n"
    let (first, second) = try Self.run([Self.dropIn: text])
    #expect(first.after[Self.dropIn] == text)
    #expect(second.claims.filter { !$0.holds } == [])
  }

  @Test(
    "services beside nova are called by their names too",
    arguments: [
      "ceilometer-agent-compute", "cinder-volume", "cyborg-agent", "manila-share", "masakari-instancemonitor",
      "zun-compute",
    ])
  func beside(_ unit: String) throws {
    let path = "\(Self.system)/\(unit).service.d/e.conf"
    let (first, _) = try Self.run([path: "[Service]\nEnvironment=OS_DEFAULT__HOST=compute OS_DEFAULT__MY_IP=10.0.0.5\n"]
    )
    #expect(first.after[path] == "[Service]\nEnvironment=OS_DEFAULT__HOST=compute2 OS_DEFAULT__MY_IP=10.0.0.5\n")
  }

  @Test func `a linked unit follows where it is, and another file is found behind a backslash`() throws {
    let (path, config) = ("/opt/nova/nova-compute.service", "/opt/site/nova.conf")
    var tree = Lab.tree([
      path:
        "[Service]\nExecStart=/usr/bin/nova-compute \\\n --config-file \\\n  \(config)\nEnvironment=OS_DEFAULT__HOST=compute\n",
      config: "[DEFAULT]\nmy_ip = 192.168.10.20\n",
    ])
    tree.makeLink("\(Self.system)/nova-compute.service", to: path)
    let run = try Run(
      tree, site: Lab.site(), platform: Lab.platform(), [HostnameFixup(), ServiceEnvironment(), StampFixup()])
    #expect(run.after[path]?.hasSuffix("Environment=OS_DEFAULT__HOST=compute2\n") ?? false)
    #expect(run.claims.contains { !$0.holds && $0.subject.contains(config) })
    #expect(run.after[config] == "[DEFAULT]\nmy_ip = 192.168.10.21\n")
  }

  @Test func `cinder has an address of its own`() throws {
    let path = "/etc/cinder/volume.env"
    let (first, _) = try Self.run([
      "\(Self.system)/openstack-cinder-volume.service": "[Service]\nEnvironmentFile=\(path)\n",
      path: "OS_DEFAULT__MY_IP=10.0.0.5\n",
    ])
    #expect(first.after[path] == "OS_DEFAULT__MY_IP=10.0.0.5\n")
  }

  @Test("a file that DevStack's unit has nova-compute read follows, and its unit is restarted") func devStack() throws {
    let (file, unit) = ("/etc/nova/nova-cpu.conf", "devstack@n-cpu.service")
    let (first, second) = try Self.run([
      "\(Self.system)/\(unit)":
        "[Service]\nUser = stack\nExecStart = /opt/stack/data/venv/bin/nova-compute --config-file \(file)\n",
      file: "[DEFAULT]\nmy_ip = 192.168.10.20\nhost = compute\n",
    ])
    #expect(first.after[file] == "[DEFAULT]\nmy_ip = 192.168.10.21\nhost = compute2\n")
    #expect(!second.claims.contains { !$0.holds && $0.subject.contains(file) })
    let changed = try ChangedUnits([#require(TreePath(file))], of: Lab.platform(), in: first.after)
    #expect(changed.files == [unit: ["/etc/nova/nova-cpu.conf"]] && changed.configuration.isEmpty)
  }
}
