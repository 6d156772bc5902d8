import Documents
import Foundation
import Site
import Support
import Testing
import Tree

@testable import Fixups

/// Stanzas of /etc/network/interfaces whose commands give addresses and default routes, or take them away, and what the real ifup(8) makes
/// of them.
@Suite("Commands of ifupdown's")
struct StanzaCommandTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: String
    /// nil: the same with the node's addresses in the place of the original's.
    var after: String?
    /// The management network's address as `ip -br addr` has it afterwards.
    var shown = "192.168.10.21/24"
  }

  private static let card = "auto ens33\niface ens33 inet"
  private static let tunnel = "auto ens34\niface ens34 inet static\n\taddress 192.168.20.20/24\n"
  private static let fixed = "\(card) static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n"
  private static let router = "\tup ip route add default via 192.168.10.2\n"

  static let rows: [Row] = [
    Row(
      testDescription: "what there was is flushed first",
      before: "\(card) manual\n\tup ip link set dev $IFACE up\n\tup ip addr flush dev $IFACE\n"
        + "\tup ip addr add 192.168.10.20/24 dev $IFACE\n\tup ip route replace default via 192.168.10.2\n\(tunnel)"),
    Row(
      testDescription: "the same with ifconfig",
      before:
        "\(card) manual\n\tup ifconfig $IFACE 0.0.0.0\n\tup ifconfig \"$IFACE\" 192.168.10.20 netmask 255.255.255.0 up\n"
        + "\tup route add default gw 192.168.10.2\n\(tunnel)"),
    Row(
      testDescription: "another stanza's command sets the default route anew",
      before: fixed + tunnel + "\tup ip route del default\n\tup ip route add default via 192.168.10.2 metric 10\n"),
    Row(
      testDescription: "the stanza's own address is put there in another way",
      before: "\(card) static\n\taddress 192.168.10.20/24\n\tup ip addr del 192.168.10.20/24 dev ens33\n"
        + "\tup ip addr add 192.168.10.20/24 brd + dev ens33 noprefixroute\n"
        + "\tup ip route add 192.168.10.0/24 dev ens33 && ip route add default via 192.168.10.2\n\(tunnel)"),
    Row(
      testDescription: "the stanza's own address is put there again with a mask",
      before: "\(card) static\n\taddress 192.168.10.20/24\n\tup ip addr del 192.168.10.20/24 dev ens33 || true; true\n"
        + "\tup ip addr add 192.168.10.20/255.255.255.0 dev ens33; ip route add default via 192.168.10.2\n\(tunnel)",
      after: "\(card) static\n\taddress 192.168.10.21/24\n\tup ip addr del 192.168.10.21/24 dev ens33 || true; true\n"
        + "\tup ip addr add 192.168.10.21/255.255.255.0 dev ens33; ip route add default via 192.168.10.2\n\(tunnel)"),
    Row(
      testDescription: "the default route that DHCP set was taken away",
      before: fixed + "auto ens34\niface ens34 inet dhcp\n\tpost-up ip route del default; ip rule add table 200\n",
      after: fixed
        + "auto ens34\niface ens34 inet static\n\taddress 192.168.20.20/24\n\tpost-up ip rule add table 200\n"),
    Row(
      testDescription: "a DHCP client goes with what stops it",
      before: "\(card) manual\n\tup ip link set $IFACE up\n\tup dhclient -1 -pf /run/x.pid $IFACE || true\n"
        + "\tdown dhclient -r $IFACE\n\(tunnel)",
      after: "\(card) static\n\taddress 192.168.10.20/24\n\tup ip link set $IFACE up\n\tgateway 192.168.10.2\n\(tunnel)"
    ),
    Row(
      testDescription: "a stanza that gets its address drops what would take it away",
      before: "\(card) manual\n\tup ifconfig $IFACE 0.0.0.0 up\n\(tunnel)",
      after: "\(card) static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\(tunnel)"),
    Row(
      testDescription: "joined with what comes before, and a prefix that differs",
      before: "\(card) manual\n\tup ip link set $IFACE up && ip addr add 192.168.10.20/16 dev $IFACE\n\(router)"
        + tunnel,
      after: "\(card) manual\n\tup ip link set $IFACE up && ip addr add 192.168.10.20/24 dev $IFACE\n\(router)"
        + tunnel),
    Row(
      testDescription: "joined with what comes behind",
      before: fixed
        + "auto ens34\niface ens34 inet manual\n\tup ip addr add 192.168.20.20/24 dev ens34 && ip link set ens34 up\n"),
    Row(
      testDescription: "one after the other",
      before: fixed
        + "auto ens34\niface ens34 inet manual\n\tup ip link set ens34 up; ip addr add 192.168.20.20/24 dev ens34\n"),
    Row(
      testDescription: "with something for its failure",
      before: fixed + "auto ens34\niface ens34 inet manual\n\tup ip addr add 192.168.20.20/24 dev ens34 || exit 1\n"),
    Row(
      testDescription: "the default route of one in the stanza of another",
      before: "\(card) static\n\taddress 192.168.10.20/24\n\(tunnel)"
        + "\tpost-up ip route add default via 192.168.10.2 dev ens33\n\tpost-up ip rule add from 192.168.20.20 lookup 200\n"
    ),
    Row(
      testDescription: "the default route at the end of a line",
      before: "\(card) static\n\taddress 192.168.10.20/24\n\tup true || false; ip route add default via 192.168.10.2\n"
        + "\tup ip rule add from 192.168.10.20 lookup 100\n\(tunnel)"),
    Row(
      testDescription: "the default route of one that becomes static",
      before: "\(card) dhcp\n\tup true; ip addr add 192.168.10.20/24 dev ens33\n\(router)\(tunnel)",
      after: "\(card) static\n\taddress 192.168.10.20/24\n\tup true; :\n\(router)\(tunnel)"),
    Row(
      testDescription: "a default route that is flushed and set anew",
      before: "\(card) manual\n\tup ip addr add 192.168.10.20/24 dev ens33\n\(router)"
        + "\tup ip route flush default; ip route add default via 192.168.10.2\n\(tunnel)",
      after: "\(card) manual\n\tup ip addr add 192.168.10.20/24 dev ens33\n"
        + "\tup ip route flush default; ip route add default via 192.168.10.2\n\(tunnel)"),
    Row(
      testDescription: "a flush of others than its own, and a comment",
      before: "\(card) manual\n\tup ip addr add 192.168.10.20/24 dev ens33 # by hand\n\(router)"
        + "\tpost-up ip addr flush dev ens33 to 169.254.0.0/16\n\(tunnel)"),
    Row(
      testDescription: "what is caught where it fails",
      before: fixed + "\tup test -d /nonexistent && ip addr add 192.168.10.20/24 dev ens33 || true\n\(tunnel)",
      after: fixed + "\tup test -d /nonexistent || true\n\(tunnel)"),
    Row(
      testDescription: "the address of one in the stanza of another",
      before: fixed + "\tup ip link set ens34 up\n\tup ip addr add 192.168.20.20/24 dev ens34\n"),
    Row(
      testDescription: "the default route of one in the stanza of another, in another subnet before",
      before: "\(card) static\n\taddress 10.9.0.20/24\n\(tunnel)\tpost-up ip route add default via 10.9.0.1\n",
      after: "\(card) static\n\taddress 192.168.10.20/24\n\(tunnel)\tpost-up ip route add default via 192.168.10.2\n"),
    Row(
      testDescription: "its own taken away and set anew in the stanza of another, in another subnet before",
      before: "\(card) static\n\taddress 10.9.0.20/24\n\tgateway 10.9.0.1\n\(tunnel)"
        + "\tup ip route del default via 10.9.0.1; ip route add default via 10.9.0.1 metric 5\n",
      after: fixed + tunnel
        + "\tup ip route del default via 192.168.10.2; ip route add default via 192.168.10.2 metric 5\n"),
    Row(
      testDescription: "the default route of one in the stanza of another that comes up before it",
      before: "\(tunnel)\tup ip route add default via 192.168.10.2\n\(card) static\n\taddress 192.168.10.20/24\n",
      after: "\(tunnel)\(fixed)"),
    Row(
      testDescription: "the same where commands give the address",
      before: "\(tunnel)\tup ip route add default via 192.168.10.2\n"
        + "\(card) manual\n\tup ip link set ens33 up\n\tup ip addr add 192.168.10.20/24 dev ens33\n",
      after: "\(tunnel)\(card) manual\n\tup ip link set ens33 up\n\tup ip addr add 192.168.10.21/24 dev ens33\n"
        + "\tup ip route replace default via 192.168.10.2 dev ens33\n"),
    Row(
      testDescription: "behind a condition",
      before:
        "\(card) static\n\taddress 192.168.10.20/24\n\tup [ -e / ] && ip route add default via 192.168.10.9\n\(tunnel)",
      after:
        "\(card) static\n\taddress 192.168.10.20/24\n\tup [ -e / ] && ip route add default via 192.168.10.2\n\(tunnel)"),
    Row(
      testDescription: "a default route where the site has none",
      before: fixed + tunnel + "\tup ip route append default nexthop via 192.168.20.1\n", after: fixed + tunnel),
    Row(
      testDescription: "what the site gives besides comes behind",
      before:
        "\(card) manual\n\tup ip addr add 192.168.10.20/24 brd 192.168.10.255 dev ens33\n\tdown ip addr del 192.168.10.20/24 dev ens33\n\(tunnel)",
      after:
        "\(card) manual\n\tup ip addr add 192.168.10.20/24 brd 192.168.10.255 dev ens33\n\tdown ip addr del 192.168.10.20/24 dev ens33\n"
        + "\tup ip route replace default via 192.168.10.2 dev ens33\n\(tunnel)"),
    Row(
      testDescription: "another end in the subnet gives what a prefix of its own would",
      before:
        "\(card) manual\n\tup ip link set ens33 up\n\tup ip addr add 192.168.10.20 peer 192.168.10.2/24 dev ens33\n"
        + "\(router)\tdown ip addr del 192.168.10.20 peer 192.168.10.2/24 dev ens33\n\(tunnel)",
      shown: "192.168.10.21 peer 192.168.10.2/24"),
    Row(
      testDescription: "another end that would be the only one to be reached goes",
      before:
        "\(card) manual\n\tup ip link set ens33 up\n\tup ip addr add 192.168.10.20/24 peer '192.168.10.2' dev ens33\n"
        + "\(router)\tdown ip addr del 192.168.10.20/24 remote 192.168.10.2 dev ens33\n\(tunnel)",
      after: "\(card) manual\n\tup ip link set ens33 up\n\tup ip addr add 192.168.10.21/24 dev ens33\n"
        + "\(router)\tdown ip addr del 192.168.10.21/24 dev ens33\n\(tunnel)"),
    Row(
      testDescription: "a broadcast address before it, a family as an option, a mask",
      before: "\(card) manual\n\tup ip link set ens33 up\n"
        + "\tup ip -f inet addr add brd 192.168.10.255 local 192.168.10.20/255.255.255.0 dev ens33\n\(router)\(tunnel)",
      after: "\(card) manual\n\tup ip link set ens33 up\n"
        + "\tup ip -f inet addr add brd 192.168.10.255 local 192.168.10.21/255.255.255.0 dev ens33\n\(router)\(tunnel)"),
    Row(
      testDescription: "in a subshell, with its messages sent away",
      before:
        "\(card) manual\n\tup (ip link set ens33 up && ip addr add 192.168.10.20/24 dev ens33) 2>&1 | cat >/dev/null\n"
        + "\(router)\(tunnel)"),
    Row(
      testDescription: "in a condition",
      before:
        "\(card) manual\n\tup ip link set ens33 up\n\tup if ip link show ens33; then ip addr add 192.168.10.20/24 dev ens33; fi\n"
        + "\tup if true; then ip route add default via 192.168.10.9; fi\n\(tunnel)",
      after:
        "\(card) manual\n\tup ip link set ens33 up\n\tup if ip link show ens33; then ip addr add 192.168.10.21/24 dev ens33; fi\n"
        + "\tup if true; then ip route add default via 192.168.10.2; fi\n\(tunnel)"),
    Row(
      testDescription: "behind a loop that waits",
      before:
        "\(card) manual\n\tup while ! ip link show ens33 >/dev/null 2>&1; do sleep 1; done; ip link set ens33 up; "
        + "ip addr add 192.168.10.20/24 dev ens33\n\(router)\(tunnel)"),
    Row(
      testDescription: "where it is not there yet",
      before: "\(card) manual\n\tup ip link set ens33 up\n"
        + "\tup ip addr show dev ens33 | grep -q 192.168.10.20/ || ip addr add 192.168.10.20/24 dev ens33\n\(router)\(tunnel)",
      after: "\(card) manual\n\tup ip link set ens33 up\n"
        + "\tup ip addr show dev ens33 | grep -q 192.168.10.21/ || ip addr add 192.168.10.21/24 dev ens33\n\(router)\(tunnel)"
    ),
    Row(
      testDescription: "a default route where none is there yet",
      before:
        "\(card) manual\n\tup ip link set ens33 up\n\tup [ -e /nonexistent ] || ip addr add 192.168.10.20/16 dev ens33\n"
        + "\tup ip route | grep -q default || ip route add default via 192.168.10.9\n\(tunnel)",
      after:
        "\(card) manual\n\tup ip link set ens33 up\n\tup [ -e /nonexistent ] || ip addr add 192.168.10.21/24 dev ens33\n"
        + "\tup ip route | grep -q default || ip route add default via 192.168.10.2\n\(tunnel)"),
    Row(
      testDescription: "in conditions of a stanza that becomes static",
      before: "\(card) dhcp\n\tup (ip addr add 192.168.10.20/24 dev ens33)\n"
        + "\tup if true; then ip addr add 192.168.10.20/24 dev ens33; ip link set ens33 up; fi\n\(tunnel)",
      after: "\(card) static\n\taddress 192.168.10.21/24\n\tup if true; then :; ip link set ens33 up; fi\n"
        + "\tgateway 192.168.10.2\n\(tunnel)"),
    Row(
      testDescription: "in the words of the old tools",
      before: "\(card) manual\n\tup { ifconfig ens33 192.168.10.20 netmask 255.255.255.0 up; }\n"
        + "\tup route add -net 0.0.0.0 netmask 0.0.0.0 gateway 192.168.10.9 ens33\n\(tunnel)",
      after: "\(card) manual\n\tup { ifconfig ens33 192.168.10.21 netmask 255.255.255.0 up; }\n"
        + "\tup route add -net 0.0.0.0 netmask 0.0.0.0 gateway 192.168.10.2 ens33\n\(tunnel)"),
    Row(
      testDescription: "an address that takes the place of the stanza's",
      before: fixed + "\tup ifconfig ens33 10.9.9.9 netmask 255.255.255.0\n\(tunnel)", after: fixed + tunnel),
    Row(
      testDescription: "for the failure of something that is no test",
      before: "\(card) manual\n\tup ip link set ens33 up\n"
        + "\tup ip link show br0 >/dev/null 2>&1 || ip addr add 192.168.10.20/24 dev ens33\n\(router)\(tunnel)"),
    Row(
      testDescription: "in a word for another shell",
      before: "\(card) manual\n\tup ip link set ens33 up && sh -c 'ip addr add 192.168.10.20/24 dev ens33'"
        + " && ip rule add from 192.168.10.20 table 9\n\(router)\(tunnel)"),
    Row(
      testDescription: "by what its interface is",
      before: "\(card) manual\n\tup ip link set ens33 up\n"
        + "\tup case $IFACE in ens33) ip addr add 192.168.10.20/24 dev ens33;; esac\n\(router)\(tunnel)"),
    Row(
      testDescription: "by a variable",
      before: "\(card) manual\n\tup ip link set ens33 up\n\tup A=192.168.10.20; ip addr add $A/24 dev ens33\n"
        + "\(router)\(tunnel)",
      after: "\(card) manual\n\tup ip link set ens33 up\n\tup A=192.168.10.21; ip addr add $A/24 dev ens33\n"
        + "\(router)\(tunnel)"),
    Row(
      testDescription: "in the stanza of another, in a substitution",
      before: "auto ens34\niface ens34 inet static\n\taddress 192.168.20.20/24\n"
        + "\tup ip link set ens33 up; x=$(ip addr add 192.168.10.20/24 dev ens33)\n",
      after: "auto ens34\niface ens34 inet static\n\taddress 192.168.20.21/24\n"
        + "\tup ip link set ens33 up; x=$(ip addr add 192.168.10.21/24 dev ens33)\n"
        + "\tup ip route replace default via 192.168.10.2 dev ens33\n"),
    Row(
      testDescription: "a substitution within its command",
      before:
        "\(card) manual\n\tup ip link set ens33 up\n\tup ip addr add `echo 192.168.10.20`/24 dev ens33\n\(router)\(tunnel)",
      after:
        "\(card) manual\n\tup ip link set ens33 up\n\tup ip addr add `echo 192.168.10.21`/24 dev ens33\n\(router)\(tunnel)"
    ),
    Row(
      testDescription: "another interface where that is there",
      before: "\(card) manual\n\tup ip link set ens33 up\n\tup if ip link show br0 >/dev/null 2>&1; "
        + "then ip addr add 192.168.10.20/24 dev br0; else ip addr add 192.168.10.20/24 dev ens33; fi\n\(router)\(tunnel)"
    ),
    Row(
      testDescription: "on ip's standard input",
      before:
        "\(card) manual\n\tup ip link set ens33 up\n\tup echo 'addr add 192.168.10.20/24 dev ens33' | ip -batch -\n"
        + "\(router)\(tunnel)"),
    Row(
      testDescription: "for interfaces that its line puts into variables",
      before: "\(card) manual\n\tup ip link set ens33 up; A=lo; ip addr add 10.9.0.1/32 dev $A; D=\"ens33\"; "
        + "ip addr add 192.168.10.20/24 dev ${D}\n\(router)\(tunnel)"),
    Row(
      testDescription: "a further address goes",
      before: fixed + "\tup ip addr add 192.168.10.120/24 dev $IFACE\n\tdown ip addr del 192.168.10.120/24 dev $IFACE\n"
        + "\tup ip addr add 10.9.9.9/24 dev ens33\n\(tunnel)",
      after: fixed + tunnel),
    Row(
      testDescription: "a further address beside one of commands goes",
      before: "\(card) manual\n\tup ip addr add 192.168.10.20/24 dev ens33\n\(router)"
        + "\tup ip addr add 192.168.10.120/24 dev ens33\n\(tunnel)",
      after: "\(card) manual\n\tup ip addr add 192.168.10.21/24 dev ens33\n\(router)\(tunnel)"),
    Row(
      testDescription: "over several lines",
      before:
        "\(card) manual\n\tup ip link set ens33 up; \\\n\t  ip addr add 192.168.10.20/24 \\\n\t  dev ens33\n\(router)\(tunnel)"
    ),
  ]

  @Test(
    "what is right already stays, whatever it looks like",
    arguments: [
      "static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tup ip addr replace 192.168.10.21/24 dev ens33\n",
      "static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tup ip addr add 192.168.10.21/24 dev ens33 || true\n",
      "static\n\taddress 192.168.10.21\n\tnetmask 24\n\tgateway 192.168.10.2\n\tup ifconfig ens33 192.168.10.21 netmask 255.255.255.0\n",
      "static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tdown ip addr del 192.168.10.21/24 dev ens33 || true\n",
      "manual\n\tup ip link set ens33 up\n\tup case $IFACE in ens33) ip addr add 192.168.10.21/24 dev ens33;; esac\n\(router)",
      "manual\n\tup ip link set ens33 up\n\tup A=192.168.10.21; ip addr add $A/24 dev ens33\n\(router)",
      "manual\n\tup ip link set ens33 up\n\tup sh -c \"ip addr add 192.168.10.21/24 dev ens33\"\n\(router)",
      "manual\n\tup ip link set ens33 up\n\tup (ip addr add 192.168.10.21/24 dev ens33)\n\(router)",
      "manual\n\tup ip link set ens33 up\n\tup if [ -e /nonexistent ]; then true; else ip addr add 192.168.10.21/24 dev ens33; fi\n\(router)",
      "static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tup if ! ip addr show ens33 | grep -q 192.168.10.21/; then ip addr add 192.168.10.21/24 dev ens33; fi\n",
      "static\n\taddress 192.168.10.21/24\n\tup (ip addr flush dev ens33; ip addr add 192.168.10.21/24 dev ens33; ip route add default via 192.168.10.2)\n",
      "static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tup if [ -e /nonexistent ]; then ip addr flush dev ens33; fi\n",
    ])
  func right(_ stanza: String) async throws {
    let text = "\(Self.card) \(stanza)\(Self.tunnel)".replacing("20.20/", with: "20.21/")
    let run = try BackendTests.settle([IfupdownTests.path: text], profile: "debian12")
    #expect(run.after[IfupdownTests.path] == text, "\(run.reasons(IfupdownTests.path))")
    #expect(run.claims.filter { !$0.holds && !$0.subject.hasPrefix("the stamp") } == [])
    try await Self.bringUp(text)
  }

  @Test(
    "what gives the original's address in a way of its own fails verify, with its line",
    arguments: [
      "static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\tup for a in 192.168.10.20/25 10.0.0.1/24; do ip addr add $a dev ens33; done\n",
      "static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\tup x=$(ip addr add 192.168.10.20/25 dev ens33)\n",
      "static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\tup sh -c 'ifconfig ens33:1 192.168.10.20'\n",
    ])
  func hidden(_ stanza: String) throws {
    let text = "\(Self.card) \(stanza)\(Self.tunnel)"
    let run = try BackendTests.twice([IfupdownTests.path: text], profile: "debian12")
    let hidden = try #require(stanza.split(separator: "\n").last)
    #expect(run.first.after[IfupdownTests.path]?.contains(hidden) == true)
    #expect(run.second.changes.isEmpty)
    let failing = run.second.claims.filter { !$0.holds }
    #expect(failing.map { String($0.subject.prefix(18)) } == ["addresses of ens33"])
    #expect(failing.first?.seen == "192.168.10.20, the address of compute (\(IfupdownTests.path):5)", "\(failing)")
    #expect(run.first.after[IfupdownTests.path]?.contains("192.168.10.21/24") == true)
  }

  @Test(
    "a stanza that has to say what a command adds in a way of its own is refused, with its line",
    arguments: ["false || ip addr add 192.168.10.20/24 dev ens33", "sh -c 'ip addr add 192.168.10.20/24 dev $IFACE'"])
  func doubled(_ command: String) throws {
    for method in ["dhcp", "static\n\taddress 10.9.0.1/24"] {
      let text = "\(Self.card) \(method)\n\tup \(command)\n\(Self.tunnel)"
      let line = text.split(separator: "\n").firstIndex { $0.contains("ip addr") } ?? 0
      let refusal = try #require(throws: FixupError.self) {
        try BackendTests.twice([IfupdownTests.path: text], profile: "debian12")
      }
      #expect(
        "\(refusal)".contains("\(IfupdownTests.path):\(line + 1): ens33 is given 192.168.10.20 here"), "\(refusal)")
    }
  }

  @Test("the script that a line runs gives the address: verify says no until somebody corrects it there")
  func script() throws {
    let path = "/etc/network/ens33.sh"
    func script(_ last: Int) -> String {
      "#!/bin/sh\nADDRESS=192.168.10.\(last)\nip link set $1 up\nip addr add \"${ADDRESS}/24\" \\\n  dev ens33\n"
    }
    let text = "\(Self.card) manual\n\tup \(path) $IFACE\n\(Self.tunnel)"
    let run = try BackendTests.twice([IfupdownTests.path: text, path: script(20)], profile: "debian12")
    #expect(run.second.changes.isEmpty && run.first.after[path] == script(20))
    #expect(run.first.after[IfupdownTests.path]?.contains("inet manual\n\tup \(path) $IFACE\n") == true)
    let failing = run.second.claims.filter { !$0.holds }
    #expect(failing.map(\.seen).contains("192.168.10.20, the address of compute (\(path):4)"), "\(failing)")
    var tree = run.first.after
    tree.write(path, script(21))
    let right = try Run(
      tree, site: Lab.site(), platform: try #require(Platform.named("debian12")), [InterfacesFixup(), StampFixup()])
    #expect(right.changes.isEmpty && right.claims.filter { !$0.holds } == [])
  }

  @Test(
    "what only mentions another node's address gives none",
    arguments: [
      "post-up ifconfig $IFACE mtu 9000; ping -c1 192.168.10.20 || true",
      "up ip neigh replace 192.168.10.20 lladdr 52:54:00:1c:0f:20 dev ens33 || true",
      "up ssh compute 'ip addr add 192.168.10.20/24 dev ens33'", "up echo ip addr add 192.168.10.20/24 >/run/x",
      "up ip addr show | grep -q 192.168.10.20 && logger 'ip addr add 192.168.10.20/24' || true",
      "up ip route replace 10.0.0.0/8 via 192.168.10.20 || true",
      "up ip -br addr show | grep -q 192.168.10.20 || true",
      "up ifconfig ${IFACE} up # compute: 192.168.10.20",
    ])
  func mentioned(_ line: String) throws {
    let text = "\(Self.fixed)\t\(line)\n\(Self.tunnel)"
    let own = MemoryTree([
      IfupdownTests.path: text.replacing("0.20/24\n", with: "0.21/24\n"), "/etc/hostname": "compute2\n",
    ])
    let platform = try #require(Platform.named("debian12"))
    let run = try Run(own, site: Lab.site(), platform: platform, [InterfacesFixup()])
    #expect(!run.provenance.isCopy)
    #expect(run.changes.flatMap(\.reasons) == [])
    #expect(run.claims.filter { !$0.holds } == [])
  }

  @Test("a further address of the node's stays with the command that gives it") func further() throws {
    var site = try Lab.site()
    site.nodes[2].addresses[.management] = [try IPAddress("192.168.10.21"), try IPAddress("192.168.10.121")]
    let text =
      "\(Self.card) static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n"
      + "\tup ip addr add 192.168.10.121/24 dev ens33\n\(Self.tunnel)".replacing("20.20/", with: "20.21/")
    let run = try BackendTests.settle([IfupdownTests.path: text], profile: "debian12", site: site)
    #expect(run.after[IfupdownTests.path] == text)
    #expect(run.claims.filter { !$0.holds && $0.subject.contains("ens33") } == [])
  }

  @Test(
    "a line that asks for the host's name gives each host of a shared file its own",
    arguments: [
      "up [ \"$(hostname)\" = controller ] && ip addr add 192.168.20.10/24 dev ens34 || true",
      "up case $(uname -n) in controller) ip addr add 192.168.20.10/24 dev ens34;; esac",
    ])
  func shared(_ line: String) throws {
    let text = "\(Self.card) static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\t\(line)\n\(Self.tunnel)"
    let run = try BackendTests.twice([IfupdownTests.path: text], profile: "debian12")
    #expect(run.first.after[IfupdownTests.path]?.contains(line) == true && run.second.changes.isEmpty)
    #expect(run.second.claims.filter { !$0.holds } == [])
  }

  @Test("commands that give addresses and routes say the node's, in their order", arguments: rows)
  func renewed(_ row: Row) async throws {
    let run = try BackendTests.settle([IfupdownTests.path: row.before], profile: "debian12")
    let after = try #require(run.after[IfupdownTests.path])
    #expect(after == (row.after ?? row.before).replacing("0.20/24", with: "0.21/24").replacing("0.20 ", with: "0.21 "))
    try await Self.bringUp(after, shown: row.shown)
  }

  @Test(
    "an interface that a command makes has the name that ip(8) gives it",
    arguments: [
      ("ip link add br0 type bridge", "br0"), ("ip link add link ens33 name ens33.5 type vlan id 5", "ens33.5"),
      ("ip -4 tunnel add gre1 mode gre remote 10.0.0.1 dev ens33", "gre1"), ("ip tuntap add dev tap0 mode tap", "tap0"),
      ("ip tuntap add mode tap name $IFACE", "ens33"), ("ip link add type dummy name d0", "d0"),
      ("ip -n other link add br0 type bridge", nil), ("ip link set br0 up", nil), ("brctl addbr br1", "br1"),
    ] as [(String, String?)])
  func madeName(_ command: String, _ name: String?) throws {
    let document = InterfacesFile(Array("iface ens33 inet manual\n\tup \(command)\n".utf8))
    #expect(StanzaCommand.all(in: document, "/etc/network/interfaces").map(\.made) == [name])
  }

  @Test("an interface that a command makes has no address before")
  func made() async throws {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName("br0")
    for (before, end) in [
      ("\tup ip addr add 192.168.10.20/24 dev br0\n\tup ip route add default via 192.168.10.2\n", nil),
      ("", "\tup ip addr add 192.168.10.21/24 dev br0\n\tup ip route replace default via 192.168.10.2 dev br0\n"),
    ] as [(String, String?)] {
      let head =
        "auto ens33\niface ens33 inet manual\nauto br0\niface br0 inet manual\n\tup ip link add br0 type bridge\n\tup ip link set br0 up\n"
      let run = try BackendTests.settle(
        [IfupdownTests.path: head + before + Self.tunnel], profile: "debian12", site: site)
      let after = try #require(run.after[IfupdownTests.path])
      #expect(
        after == head + (end ?? before.replacing("10.20/", with: "10.21/"))
          + Self.tunnel.replacing("20.20/", with: "20.21/"))
      try await Self.bringUp(after, "br0")
    }
  }

  @Test("a manual stanza says MTU and name servers too") func options() throws {
    var site = try Lab.site()
    site.networks[0].mtu = 9000
    site.networks[0].dns = [try IPAddress("192.168.10.2")]
    let text = "\(Self.card) manual\n\tup ip addr add 192.168.10.20/24 dev ens33\n\(Self.router)\(Self.tunnel)"
    let run = try BackendTests.settle([IfupdownTests.path: text], profile: "debian12", site: site)
    #expect(
      run.after[IfupdownTests.path]?.hasPrefix(
        "\(Self.card) manual\n\tup ip addr add 192.168.10.21/24 dev ens33\n\(Self.router)\tdns-nameservers 192.168.10.2\n\tmtu 9000\n"
      )
        == true, "\(run.after[IfupdownTests.path] ?? "")")
  }

  @Test(
    "what is there for the failure of another command, or in some case only, is left, and told",
    arguments: [
      "[ -e /x ] || ip addr flush dev ens33", "true || dhclient ens33", "if [ -e /x ]; then dhclient ens33; fi",
      "if [ -e /x ]; then ip addr del 192.168.10.20/24 dev $IFACE || true; fi",
    ])
  func alternatives(_ command: String) throws {
    let text = "\(Self.card) dhcp\n\tup \(command)\n\(Self.tunnel)"
    let run = try BackendTests.twice([IfupdownTests.path: text], profile: "debian12")
    #expect(run.second.changes.isEmpty)
    #expect(!run.second.claims.contains { $0.subject == "commands in \(IfupdownTests.path)" && !$0.holds })
    #expect(run.second.findings.contains { $0.text.contains("may take away the address of ens33") })
  }

  /// The addresses and the default route that the kernel has once the real ifup(8) has been through the file, and that it has not failed.
  private static func bringUp(
    _ text: String, _ management: String = "ens33", shown: String = "192.168.10.21/24"
  ) async throws {
    guard let ifquery = RealProgram.find("ifquery") else { return RealProgram.missing("ifquery") }
    let scratch = try Scratch()
    let path = try scratch.write("auto lo\niface lo inet loopback\n\(text)", to: "interfaces")
    let script = """
      mount -t tmpfs imprint /etc && cd /etc && mkdir -p network/if-pre-up.d network/if-up.d state && cp "$0" network/interfaces &&
      cp "$1" network/ifup && exec network/ifup -a -i /etc/network/interfaces --state-dir=/etc/state
      """
    try await NetworkNamespace.pair { node, _ in
      try await node.ip("link add ens34 type veth peer name peer34")
      try await node.ip("link set peer34 up")
      let outcome = try await node.run("sh", ["-c", script, path, ifquery.path])
      #expect(outcome.status == 0, "\(outcome.said)\n\(text)")
      let addresses = try await node.ip("-br -4 addr show")
      for (interface, address) in [(management, shown), ("ens34", "192.168.20.21/24")] {
        let own = addresses.split(separator: "\n").filter {
          $0.hasPrefix("\(interface) ") || $0.hasPrefix("\(interface)@")
        }
        #expect(
          own.map { $0.split(separator: " ").dropFirst(2).joined(separator: " ") } == [address], "\(addresses)\(text)")
      }
      let route = try await node.ip("route show default")
      #expect(route.hasPrefix("default via 192.168.10.2 dev \(management) "), "\(route)\(text)")
      #expect(route.split(separator: "\n").count == 1, "\(route)")
    }
  }
}
