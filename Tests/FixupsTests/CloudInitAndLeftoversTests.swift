import Site
import Testing
import Tree

@testable import Fixups

@Suite struct CloudInitTests {
  private let dropIn = "/etc/cloud/cloud.cfg.d/zz-imprint.cfg"

  private var tree: MemoryTree {
    MemoryTree([
      "/etc/cloud/cloud.cfg": "users:\n - default\npreserve_hostname: false\n",
      "/etc/cloud/cloud.cfg.d/01_debian_cloud.cfg": "# Debian\nmanage_etc_hosts: true\n",
      "/etc/cloud/cloud.cfg.d/99-installer.cfg": "network:\n  version: 2\n",
    ])
  }

  @Test(arguments: [
    "\"preserve_hostname\": false\n", "'preserve_hostname' : false\n",
    "{preserve_hostname: false, manage_etc_hosts: [a, b]}\n", "preserve_hostname: false\r\n",
  ])
  func `a later file is understood however it spells the key`(_ text: String) throws {
    var tree = tree
    tree.write("/etc/cloud/cloud.cfg.d/zzz.cfg", text)
    let proposal = try CloudInit().propose(for: Clone.situation(tree))
    #expect(
      proposal.claims.contains { $0.subject == "cloud-init's preserve_hostname" && !$0.holds && $0.seen == "false" })
  }

  @Test func itIsKeptFromUndoingItAll() throws {
    let (after, _) = try Clone.settle(CloudInit(), tree)
    #expect(after[dropIn]?.contains("\npreserve_hostname: true\nmanage_etc_hosts: false\n") == true)
    #expect(after.attributes(dropIn)?.mode == FileMode(0o644))
    try Clone.settle(CloudInit(), MemoryTree(["/usr/bin/cloud-init": ""]), Clone.own)
    try Clone.settle(CloudInit(), MemoryTree(["/etc/cloud/cloud.cfg": ""]), Clone.own)
  }

  @Test(arguments: [[:], ["/etc/cloud/cloud.cfg": "", "/etc/cloud/cloud-init.disabled": ""]])
  func whereItDoesNotRunNothingIsDone(_ files: [String: String]) throws {
    let proposal = try CloudInit().propose(for: Clone.situation(MemoryTree(files)))
    #expect(proposal.changes.isEmpty && proposal.claims.isEmpty)
  }

  @Test func whoComesLaterAndSaysOtherwiseIsNamed() throws {
    var tree = tree
    tree.write("/etc/cloud/cloud.cfg.d/zzz.cfg", "preserve_hostname: no  # ours\nmanage_etc_hosts: off\n")
    let proposal = try CloudInit().propose(for: Clone.situation(tree))
    #expect(
      proposal.warns("/etc/cloud/cloud.cfg.d/zzz.cfg comes after zz-imprint.cfg and sets preserve_hostname to no"))
    #expect(proposal.findings.count == 1)
  }

  @Test func namesOfTheOriginalGoAndTheInstanceStays() throws {
    var tree = tree
    tree.write("/var/lib/cloud/data/set-hostname", "{\"hostname\": \"compute\"}")
    tree.makeLink("/var/lib/cloud/instance", to: "/var/lib/cloud/instances/i-1")
    let (_, proposal) = try Clone.settle(CloudInit(), tree)
    #expect(proposal.removed == ["/var/lib/cloud/data/set-hostname"])
    #expect(proposal.notes("the original's instance"))
    #expect(try CloudInit().propose(for: Clone.situation(tree, Clone.own)).removed.isEmpty)
  }

  @Test(
    arguments: [
      ("bootcmd:\n - [hostnamectl, set-hostname, compute]\n", 2, true),
      ("bootcmd:\n- - hostnamectl\n  - hostname\n  - compute\n", 4, true),
      ("bootcmd: [[ip, addr, add, 192.168.10.20/24, dev, ens33]]\n", 1, true),
      (
        "a: b\nbootcmd:\n\n  - |\n    # x\n    ip link set ens33 up\n    ip addr replace 192.168.10.20/24 dev ens33\n",
        7, true
      ),
      ("{\"bootcmd\": [\"ip addr add 192.168.10.20/24 dev ens33\"], \"runcmd\": []}\n", 1, true),
      (
        "{\n \"runcmd\": [\"true\"],\n \"bootcmd\": [\n  [\"true\"],\n  [\"hostname\", \"compute\"]\n ],\n \"x\": [\"hostname compute\"]\n}\n",
        5, true
      ),
      ("'bootcmd' : ['hostname compute']\n", 1, true),
      ("{\"fqdn\": \"compute2\", \"runcmd\": [\"hostname compute\"]}\n", 1, false),
      ("{\"bootcmd\": [\"ip addr add 192.168.10.21/24 dev ens33\"]}\n", nil, false),
      ("bootcmd:\n - echo 192.168.10.20 >/run/x\n", 2, false), ("runcmd:\n - hostname compute\n", 2, false),
      ("bootcmd:\n - ip neigh replace 192.168.10.20 lladdr 52:54:00:aa:00:01 dev ens33\n", 2, false),
      ("bootcmd:\n - |\n   ip addr add 192.168.10.21/24 dev ens33\n   echo 192.168.10.20 >>/run/x\n", 4, false),
      ("bootcmd:\n - curl \"http://controller/boot?role=compute&name=$(hostname)\"\n", nil, false),
      ("bootcmd:\n - true && hostname compute\n", 2, true),
      ("bootcmd:\n - echo 'compute' >/etc/hostname\n", 2, true),
      ("bootcmd:\n - [cloud-init-per, always, name, sh, -c, \"sed -i 's/.*/compute/' /etc/hostname\"]\n", 2, true),
      ("bootcmd:\n - \"grep -q '^compute$' /etc/hostname && ip route add 10.5.0.0/16 via 10.0.0.1\"\n", nil, false),
      ("bootcmd:\n - cp /etc/hostname /root/compute\n - hostname -F /etc/hostname compute\n", nil, false),
      ("bootcmd:\n - hostname compute2\n - ip addr add 192.168.10.21/24 dev ens33\n - curl compute\n", nil, false),
      (
        "hostname: compute\nbootcmd:\n # - hostname compute\n - hostname -F /etc/hostname\nx:\n - hostname compute\n",
        nil, false
      ),
    ] as [(String, Int?, Bool)])
  func `commands that set what was the original's are told with their line`(
    _ text: String, _ line: Int?, _ fails: Bool
  ) throws {
    let path = "/etc/cloud/cloud.cfg.d/20-site.cfg"
    var copied = Clone.copied
    copied.formerAddresses = [.management: [try IPAddress("192.168.10.20")]]
    var tree = tree
    for place in [path, "/var/lib/cloud/seed/nocloud/user-data"] {
      tree.write(place, text)
      let proposal = try CloudInit().propose(for: Clone.situation(tree, copied))
      let told = proposal.findings.filter { $0.text.contains("is run ") }.map { $0.text.prefix { $0 != " " } }
      #expect(told.contains { $0 == "\(place):\(line ?? 0):" } == (line != nil), "\(told)")
      #expect(proposal.claims.contains { !$0.holds && $0.subject.contains("bootcmd (\(place):\(line ?? 0))") } == fails)
      tree.remove(place)
    }
    // A later file's take their place.
    tree.write(path, text)
    tree.write("/etc/cloud/cloud.cfg.d/30.cfg", "bootcmd: []\nruncmd: []\n")
    #expect(try !CloudInit().propose(for: Clone.situation(tree, copied)).warns("is run "))
  }

  @Test(arguments: [
    ("    user-data: |\n      #cloud-config\n\n      preserve_hostname: false\n    x: y\n", 7),
    ("    user-data: \"#cloud-config\\npreserve_hostname: false\\n\"\n", 4),
    ("    vendor-data: >-\n       #cloud-config\n       preserve_hostname: false\n", 6),
    ("    #user-data: |\n      preserve_hostname: false\n", nil),
  ])
  func `user data in NoCloud's own settings is read as a seed is`(_ text: String, _ line: Int?) throws {
    let path = "/etc/cloud/cloud.cfg.d/30-ds.cfg"
    for metaData in ["    meta-data: {instance-id: i-9}\n", "    fs_label: x\n"] {
      var tree = tree
      tree.write(path, "datasource:\n  NoCloud:\n" + metaData + text)
      let proposal = try CloudInit().propose(for: Clone.situation(tree))
      let isRead = line != nil && metaData.contains("meta-data")
      #expect(proposal.warns("\(path):\(line ?? 0) sets preserve_hostname to false") == isRead, "\(proposal.findings)")
      #expect(proposal.findings.count == (isRead ? 1 : 0))
    }
  }

  @Test(arguments: [
    ("a: b\n", "b"), ("a:   'b c'  # d\n", "'b c'"), ("a:\n  x: 1\n  y: 2\nz: 3\n", "x: 1 y: 2"), ("x: 1\n", nil),
    (" a: b\n", nil), ("#a: b\n", nil), ("a:b\n", nil), ("a: 1\na: 2\n", "2"), ("x:\n  a: 1\n", nil),
  ])
  func topLevelSettingsAreRead(_ text: String, _ value: String?) {
    #expect(CloudSettings(Array(text.utf8))["a"] == value)
  }
}

@Suite struct LeftoversTests {
  private var tree: MemoryTree {
    var tree = MemoryTree([
      "/etc/libvirt/qemu/instance-00000001.xml":
        "<!--\nWARNING\n-->\n\n<domain type='kvm'>\n  <name>instance-00000001</name>\n</domain>\n",
      "/etc/libvirt/qemu/networks/default.xml": "<network><name>default</name></network>",
      "/var/lib/libvirt/qemu/save/instance-00000001.save": "x",
      "/var/lib/nova/instances/6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00/disk": "x",
      "/var/lib/nova/instances/_base/x": "x", "/var/lib/nova/instances/compute_nodes": "{}",
    ])
    tree.makeLink("/etc/libvirt/qemu/autostart/instance-00000001.xml", to: "/etc/libvirt/qemu/instance-00000001.xml")
    return tree
  }

  @Test func guestsOfTheOriginalAreSaidAndNothingIsTouched() throws {
    let proposal = try Leftovers().propose(for: Clone.situation(tree))
    #expect(proposal.changes.isEmpty && proposal.findings.count == 4)
    #expect(proposal.warns("guest instance-00000001") && proposal.warns("by itself"))
    #expect(proposal.warns("guest 6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00"))
  }

  @Test func aNodesOwnGuestsAreItsBusiness() throws {
    #expect(try Leftovers().propose(for: Clone.situation(tree, Clone.own)).findings.isEmpty)
    #expect(try Leftovers().propose(for: Clone.situation(Clone.plain)).findings.isEmpty)
  }

  @Test func whatCameWithTheCopyIsToldAsLongAsItIsHere() throws {
    var (after, _) = try Clone.settle(StampFixup(), tree)
    let guests = ["instance-00000001", "6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00"]
    #expect(try Stamp.read(from: after)?.formerGuests == guests)
    let told = try Leftovers().propose(for: Clone.situation(after, Clone.own))
    #expect(told.findings.count == 4 && told.claims.isEmpty)
    // A guest of the node's own.
    after.write("/etc/libvirt/qemu/instance-00000007.xml", "<name>instance-00000007</name>")
    after.remove("/var/lib/libvirt/qemu/save/instance-00000001.save")
    let then = try Leftovers().propose(for: Clone.situation(after, Clone.own))
    #expect(then.findings.count == 3 && !then.warns("instance-00000007"))
  }
}
