import Site
import Testing

@testable import Fixups

@Suite("Ports that do not start by themselves")
struct PortStartTests {
  private static func keyfiles(port: String, bridge: String = "", manager: String? = nil) -> [String: String] {
    let connections = BackendTests.connections
    let files = [
      "\(connections)/br0.nmconnection": ReaderChoiceTests.keyfile(
        "br0", "1", "interface-name=br0\n\(bridge)", "method=manual\naddress1=192.168.10.20/24,192.168.10.2"
      ).replacing("type=ethernet", with: "type=bridge"),
      "\(connections)/port.nmconnection": ReaderChoiceTests.keyfile(
        "port", "2", "interface-name=eth0\nmaster=br0\nslave-type=bridge\n\(port)", ""),
    ]
    return files.merging(manager.map { ["/etc/NetworkManager/conf.d/a.conf": $0] } ?? [:]) { $1 }
  }

  @Test(
    "a port of NetworkManager's comes up by itself, unless its bridge takes it along",
    arguments: [
      (keyfiles(port: "autoconnect=false\n"), true),
      (keyfiles(port: "permissions=user:x:;\n"), true),
      (keyfiles(port: ""), false),
      (keyfiles(port: "autoconnect=false\n", bridge: "autoconnect-slaves=1\n"), false),
      (keyfiles(port: "autoconnect=false\n", bridge: "autoconnect-ports=1\n"), false),
      (keyfiles(port: "autoconnect=false\n", bridge: "autoconnect-ports=0\n"), true),
      (keyfiles(port: "autoconnect=false\n", manager: "[connection]\nconnection.autoconnect-slaves=1\n"), false),
    ] as [([String: String], Bool)])
  func keyfilePort(_ files: [String: String], _ isMended: Bool) throws {
    let path = "\(BackendTests.connections)/port.nmconnection"
    let run = try BackendTests.settle(files, profile: "el9-rdo", site: try PortTests.site(bridge: "br0"))
    let reasons = run.reasons(path).filter { $0.contains("to come up") || $0.contains("at boot") }
    #expect(reasons.isEmpty != isMended, "\(reasons)")
    let after = try #require(run.after[path])
    #expect(after.contains("autoconnect=false") == (!isMended && files[path]?.contains("autoconnect=false") == true))
    #expect(!isMended || !after.contains("permissions"))
  }

  @Test("one that somebody keeps beside another for the same port stays off") func spare() throws {
    let path = "\(BackendTests.connections)/spare.nmconnection"
    let spare = ReaderChoiceTests.keyfile(
      "spare", "3", "interface-name=eth0\nmaster=br0\nslave-type=bridge\nautoconnect=false\n", "")
    let run = try BackendTests.settle(
      Self.keyfiles(port: "").merging([path: spare]) { $1 }, profile: "el9-rdo", site: try PortTests.site(bridge: "br0")
    )
    #expect(run.after[path]?.contains("autoconnect=false\n") == true)
  }

  @Test("of systemd-networkd and netplan nothing else brings it up", arguments: [true, false])
  func otherPorts(_ isNetplan: Bool) throws {
    let networkd = [
      "/etc/systemd/network/10-br0.netdev": "[NetDev]\nName=br0\nKind=bridge\n",
      "/etc/systemd/network/10-br0.network":
        "[Match]\nName=br0\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n",
      "/etc/systemd/network/20-eth0.network":
        "[Match]\nName=eth0\n[Link]\nActivationPolicy=manual\n[Network]\nBridge=br0\n",
    ]
    let netplan = [
      "/etc/netplan/50.yaml":
        """
      network:
        version: 2
        ethernets:
          eth0:
            activation-mode: manual
        bridges:
          br0:
            interfaces: [eth0]
            addresses: [192.168.10.20/24]

      """
    ]
    let run = try BackendTests.settle(
      isNetplan ? netplan : networkd, profile: "ubuntu2404", site: try PortTests.site(bridge: "br0"))
    let after = run.after[isNetplan ? "/etc/netplan/50.yaml" : "/etc/systemd/network/20-eth0.network"]
    #expect(after?.contains("manual") == false, "\(after ?? "")")
  }

  @Test(
    "of ifcfg files a bridge's does, and a bond's where no network scripts bring it up with the bond",
    arguments: [
      ("BRIDGE=br0\n", true, true), ("BRIDGE=br0\n", false, true), ("MASTER=br0\nSLAVE=yes\n", true, false),
      ("MASTER=br0\nSLAVE=yes\n", false, true),
    ])
  func ifcfgPorts(_ text: String, _ hasScripts: Bool, _ isMended: Bool) throws {
    let path = "\(PortTests.directory)/ifcfg-ens33"
    var files = PortTests.bridged.merging([path: "DEVICE=ens33\nONBOOT=no\n\(text)"]) { $1 }
    if hasScripts { files["/etc/rc.d/init.d/network"] = "#!/bin/bash\n" }
    let run = try BackendTests.twice(files, profile: "el8-rdo", site: try PortTests.site(bridge: "br0"))
    #expect(run.first.after[path]?.contains("ONBOOT=yes") == isMended, "\(run.first.after[path] ?? "")")
    #expect(run.second.changes.isEmpty)
  }
}
