import Site
import Testing

@testable import Fixups

@Suite("The host table")
struct HostsTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var before: String?
    var after: String
    var domain: String?
  }

  static let cases = [
    Case(
      testDescription: "a missing node is added",
      before: "127.0.0.1 localhost\n192.168.10.10 controller\n192.168.10.20 compute\n",
      after: "127.0.0.1 localhost\n192.168.10.10 controller\n192.168.10.20 compute\n192.168.10.21 compute2\n"),
    Case(
      testDescription: "a right line that stands twice resolves, and stays",
      before: "192.168.10.10 controller\n192.168.10.20 compute # a\n192.168.10.20\tcompute\n192.168.10.21 compute2\n",
      after: "192.168.10.10 controller\n192.168.10.20 compute # a\n192.168.10.20\tcompute\n192.168.10.21 compute2\n"),
    Case(
      testDescription: "the original's name leaves the loopback",
      before: "127.0.0.1 localhost compute\n192.168.10.10 controller\n192.168.10.20 compute\n192.168.10.21 compute2",
      after: "127.0.0.1 localhost\n192.168.10.10 controller\n192.168.10.20 compute\n192.168.10.21 compute2"),
    Case(
      testDescription: "the original's full name goes from the loopback to its address, in a site without a domain",
      before: "127.0.0.1 localhost\n127.0.1.1 compute.example.com compute\n192.168.10.10 controller\n",
      after:
        "127.0.0.1 localhost\n192.168.10.20 compute.example.com compute\n192.168.10.10 controller\n192.168.10.21 compute2.example.com compute2\n"
    ),
    Case(
      testDescription: "a stale address of this node is moved, lines that only mention it stay",
      before: """
        127.0.0.1 localhost
        127.0.1.1 compute2
        192.168.10.10 controller\t# not compute2
        192.168.10.20 compute
        192.168.10.99 mirror-of-compute2 compute20
        # 192.168.10.20 compute2

        """,
      after: """
        127.0.0.1 localhost
        192.168.10.21 compute2
        192.168.10.10 controller\t# not compute2
        192.168.10.20 compute
        192.168.10.99 mirror-of-compute2 compute20
        # 192.168.10.20 compute2

        """),
    Case(
      testDescription: "so does one behind the short name, but for a name that stands for somebody else",
      before: "127.0.0.1 localhost\n192.168.10.99\tcompute Compute.lab mirror # rack 4\n192.168.10.10 controller\n",
      after:
        "127.0.0.1 localhost\n192.168.10.99\tmirror # rack 4\n192.168.10.10 controller\n192.168.10.20 compute compute.lab\n192.168.10.21 compute2\n"
    ),
    Case(
      testDescription: "a name for the tunnel's network stays there, where it stands first, too",
      before:
        "127.0.0.1 localhost\n192.168.20.10 controller.tun.lab controller\n192.168.20.20 compute.tun.lab compute\n192.168.10.10 controller.lab controller\n192.168.10.20 compute.lab compute\n",
      after:
        "127.0.0.1 localhost\n192.168.20.10 controller.tun.lab\n192.168.20.20 compute.tun.lab\n192.168.10.10 controller.lab controller\n192.168.10.20 compute.lab compute\n192.168.10.21 compute2.lab compute2\n"
    ),
    Case(
      testDescription: "a peer's full name moves with it, and one at an address of other people's stays there",
      before:
        "127.0.0.1 localhost\n192.168.10.99 compute.example.com compute\n10.9.9.9 controller.example.org controller\n",
      after:
        "127.0.0.1 localhost\n192.168.10.20 compute.example.com compute\n192.168.10.10 controller\n192.168.10.21 compute2.example.com compute2\n10.9.9.9 controller.example.org\n"
    ),
    Case(
      testDescription: "with a domain, the full name comes first",
      before: "127.0.0.1 localhost\n",
      after: """
        127.0.0.1 localhost
        192.168.10.10 controller.lab controller
        192.168.10.20 compute.lab compute
        192.168.10.21 compute2.lab compute2

        """, domain: "lab"),
    Case(
      testDescription: "unless the file has the short one first",
      before:
        "192.168.10.10 controller controller.lab\n192.168.10.20 compute.lab compute\n192.168.10.21 compute2.lab\n",
      after:
        "192.168.10.10 controller controller.lab\n192.168.10.20 compute.lab compute\n192.168.10.21 compute2.lab compute2\n",
      domain: "lab"),
    Case(
      testDescription: "a missing file is made with the loopback", before: nil,
      after: """
        127.0.0.1   localhost
        ::1         localhost ip6-localhost ip6-loopback
        192.168.10.10 controller
        192.168.10.20 compute
        192.168.10.21 compute2

        """),
  ]

  @Test(arguments: cases) func converge(_ row: Case) throws {
    var tree = Lab.tree()
    tree.remove("/etc/hosts")
    if let before = row.before { tree.write("/etc/hosts", before) }
    let run = try Lab.settle(tree, site: try Lab.site(domain: row.domain), [HostnameFixup(), HostsFixup()])
    let after = run.after["/etc/hosts"] ?? ""
    // How names are separated from addresses is the document's business.
    #expect(
      after.split(separator: "   ").joined(separator: " ") == row.after.split(separator: "   ").joined(separator: " "))
  }

  @Test("a name that is no node's goes from the loopback, and stays where it is somebody") func formerNames() throws {
    var tree = Lab.tree(["/etc/hostname": "golden\n"])
    tree.write("/etc/hosts", "127.0.0.1 localhost golden\n192.168.10.20 golden\n")
    let lost = try Lab.settle(tree, [HostnameFixup(), HostsFixup()])
    #expect(lost.after["/etc/hosts"]?.contains("golden") == false)
    tree.write("/etc/hosts", "127.0.0.1 localhost\n192.168.10.50 golden\n")
    let kept = try Lab.settle(tree, [HostnameFixup(), HostsFixup()])
    #expect(kept.after["/etc/hosts"]?.contains("192.168.10.50 golden\n") == true)
  }

  @Test("the original's full name stays at its address, where the original lives on") func fullName() throws {
    let text = "127.0.0.1 localhost\n192.168.10.20 compute.lab.local compute nova1\n192.168.10.10 controller\n"
    let tree = Lab.tree(["/etc/hostname": "compute.lab.local\n", "/etc/hosts": text])
    let run = try Lab.settle(tree, [HostnameFixup(), HostsFixup()])
    #expect(run.after["/etc/hosts"]?.contains("192.168.10.20 compute.lab.local compute nova1\n") == true)
  }

  @Test(
    "an original that is not in the site lives on at its address, and nowhere on the copy",
    arguments: [
      ("192.168.10.20 compute.lab compute\n", "192.168.10.20 compute.lab compute\n"),
      ("127.0.1.1 compute.lab compute\n192.168.10.20 compute.lab compute\n", "192.168.10.20 compute.lab compute\n"),
      ("192.168.10.21 compute\n192.168.10.20 compute\n", "192.168.10.20 compute\n"),
      ("127.0.0.1 localhost compute\n", "127.0.0.1 localhost\n"),
      (
        "::1 localhost compute.lab COMPUTE\n192.168.10.20 Compute # old\n",
        "::1 localhost\n192.168.10.20 Compute # old\n"
      ),
    ]) func originalOutsideTheSite(_ before: String, _ after: String) throws
  {
    var site = try Lab.site()
    site.nodes.removeAll { $0.name.description == "compute" }
    let run = try Lab.settle(Lab.tree(["/etc/hosts": before]), site: site, [HostnameFixup(), HostsFixup()])
    let left = (run.after["/etc/hosts"] ?? "").split(separator: "\n")
      .filter { !$0.contains("controller") && !$0.contains("compute2") }
    #expect(left.map { "\($0)\n" }.joined() == after)
  }

  @Test(
    "the name that the table of a node's own tree calls it by stays, and a new one is told",
    arguments: [
      ("127.0.1.1 other.lab.example compute\n", nil, "192.168.10.20 other.lab.example compute\n", false),
      ("192.168.10.20 other compute\n", "lab", "192.168.10.20 other compute compute.lab\n", false),
      ("192.168.10.20 compute.x compute\n", "lab", "192.168.10.20 compute.lab compute.x compute\n", true),
      ("127.0.0.1 localhost compute\n", "lab", "192.168.10.20 compute.lab compute\n", false),
      ("192.168.10.10 controller compute\n", nil, "192.168.10.20 compute\n", true),
      ("127.0.1.1 compute.lab.example compute\n", nil, "192.168.10.20 compute.lab.example compute\n", false),
    ] as [(String, String?, String, Bool)])
  func canonicalNames(_ before: String, _ domain: String?, _ after: String, _ isTold: Bool) throws {
    let tree = Lab.tree(["/etc/hosts": before])
    let run = try Lab.settle(tree, as: "compute", site: Lab.site(domain: domain), [HostnameFixup(), HostsFixup()])
    #expect(run.provenance.origin == .own)
    #expect(run.after["/etc/hosts"]?.contains(after) == true, "\(run.after["/etc/hosts"] ?? "")")
    #expect(run.findings.contains { $0.text.contains("calls the hypervisor by it") } == isTold, "\(run.findings)")
  }

  @Test("an address on two lines is one place") func twice() throws {
    let text = "192.168.10.10 controller\n192.168.10.20 compute\n192.168.10.20 images compute\n192.168.10.21 compute2\n"
    let run = try Lab.settle(Lab.tree(["/etc/hosts": text]), [HostsFixup()])
    #expect(run.after["/etc/hosts"] == text)
  }

  @Test("reasons tell where a name was") func reasons() throws {
    let tree = Lab.tree(["/etc/hosts": "192.168.10.20 compute compute2\n192.168.10.10 controller\n"])
    let run = try Lab.settle(tree, [HostsFixup()])
    #expect(run.reasons("/etc/hosts") == ["compute2 was at 192.168.10.20; the site has it at 192.168.10.21"])
  }

  @Test(arguments: [
    ("hosts: dns myhostname", false), ("hosts:\tfiles dns", true), ("hosts: resolve [!UNAVAIL=return] dns", true),
    ("passwd: files\n#hosts: dns", true), ("hosts: dns # files", false), ("hosts: dns\nhosts: files", true),
  ])
  func `a table that nobody asks for hosts fails verify`(_ text: String, _ isRead: Bool) throws {
    let tree = Lab.tree(["/etc/nsswitch.conf": text + "\n"])
    let proposal = try HostsFixup().propose(for: Clone.situation(tree))
    #expect(
      proposal.claims.contains { !$0.holds && $0.subject == "who reads /etc/hosts (/etc/nsswitch.conf:1)" } == !isRead)
    #expect(proposal.warns("/etc/nsswitch.conf:1 has no files") == !isRead)
  }
}
