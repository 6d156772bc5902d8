import Site
import Testing
import Tree

@testable import Fixups

/// A client of DHCP that the plan leaves nothing to ask for sends nobody's name.
@Suite("What DHCP clients are told, beside a fixed address")
struct IdleClientTests {
  private static let networkd = "/etc/systemd/network/10-ens33.network"
  private static let netplan = "network:\n  version: 2\n  ethernets:\n    ens33:\n      dhcp4: true\n"
  private static let other = "    ens34:\n      addresses: [192.168.20.20/24]\n"
  private static let network = "[Match]\nName=ens33\n[Network]\nDHCP=yes\n"

  static let rows: [(profile: String, path: String, text: String, isTold: Bool)] = [
    ("debian12", networkd, network + "[DHCPv4]\nHostname=compute\nRequestAddress=192.168.10.20\n", false),
    ("debian12", networkd, network + "[DHCP]\nHostname=compute\nClientIdentifier=duid\n", false),
    // Routers start it.
    ("debian12", networkd, network + "[DHCPv6]\nHostname=compute\n", true),
    ("debian12", networkd, network + "IPv6AcceptRA=no\n[DHCPv6]\nHostname=compute\n", true),
    (
      "debian12", networkd,
      "[Match]\nName=ens33\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\n[DHCPv6]\nHostname=compute\n", false
    ),
    ("ubuntu2204", NetplanReaderTests.path, netplan + "      dhcp4-overrides: {hostname: compute}\n" + other, false),
    (
      "ubuntu2204", NetplanReaderTests.path,
      netplan + "      dhcp6: true\n      dhcp6-overrides: {hostname: compute}\n" + other, true
    ),
    (
      "el10-rdo", "\(BackendTests.connections)/ens33.nmconnection",
      BackendTests.connection("ens33", "").replacing(
        "address1=\nmethod=manual", with: "method=auto\ndhcp-hostname=compute\ndhcp-client-id=abc"), false
    ),
    (
      "centos7-rdo", "\(IfcfgTests.directory)/ifcfg-ens35",
      "DEVICE=ens35\nONBOOT=yes\nBOOTPROTO=none\nDHCP_HOSTNAME=compute\nDHCP_CLIENT_ID=abc\n", false
    ),
    (
      "centos7-rdo", "\(IfcfgTests.directory)/ifcfg-ens35",
      "DEVICE=ens35\nONBOOT=yes\nBOOTPROTO=dhcp\nDHCP_HOSTNAME=compute\n", true
    ),
    ("debian12", IfupdownTests.path, "auto ens33\niface ens33 inet dhcp\n hostname compute\n client abc\n", false),
    ("debian12", IfupdownTests.path, "auto ens35\niface ens35 inet dhcp\n hostname compute\n", true),
    (
      "opensuse15", WickedTests.path,
      "BOOTPROTO=dhcp\nSTARTMODE=auto\nDHCLIENT_HOSTNAME_OPTION=compute\nDHCLIENT_CLIENT_ID=abc\n", false
    ),
    (
      "opensuse15", "\(WickedTests.directory)/ifcfg-ens35",
      "BOOTPROTO=dhcp\nSTARTMODE=auto\nDHCLIENT_HOSTNAME_OPTION=compute\n", true
    ),
  ]

  @Test("is told where somebody asks still, and else not", arguments: rows.indices) func row(_ index: Int) throws {
    let row = Self.rows[index]
    let run = try BackendTests.twice([row.path: row.text], profile: row.profile).first
    let told = run.findings.map(\.text).filter { text in
      ["tells DHCP servers", "DHCP client identifier", "RequestAddress"].contains { text.contains($0) }
    }
    #expect(told.isEmpty != row.isTold, "\(row.text): \(run.findings.map(\.text))")
  }
}
