import Testing
import Tree

@testable import Fixups

@Suite("What the machine calls itself")
struct HostnameTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var before: String?
    var after: String
    var domain: String?
    var debian = false
  }

  static let cases = [
    Case(testDescription: "the short name", before: "compute\n", after: "compute2\n"),
    Case(testDescription: "no newline stays no newline", before: "compute", after: "compute2"),
    Case(testDescription: "CR LF stays", before: "compute\r\n", after: "compute2\r\n"),
    Case(
      testDescription: "old systemd takes the first line, a comment too", before: "# node\ncompute\n",
      after: "compute2\n# node\n"),
    Case(
      testDescription: "new systemd skips comments", before: "# node\n\ncompute\n", after: "# node\n\ncompute2\n",
      debian: true),
    Case(
      testDescription: "a full name becomes the full name", before: "compute.lab.example\n",
      after: "compute2.lab.example\n", domain: "lab.example"),
    Case(
      testDescription: "a full name keeps its domain where the site says none", before: "compute.lab.example\n",
      after: "compute2.lab.example\n"),
    Case(
      testDescription: "localhost.localdomain is no full name", before: "localhost.localdomain\n",
      after: "compute2\n", domain: "lab.example"),
    Case(testDescription: "an empty file gets the name", before: "", after: "compute2\n"),
    Case(testDescription: "a missing file is made", before: nil, after: "compute2\n"),
    Case(
      testDescription: "a right one stays byte for byte", before: "compute2  \n", after: "compute2  \n", debian: true),
  ]

  @Test(arguments: cases) func etcHostname(_ row: Case) throws {
    var tree = Lab.tree(debian: row.debian)
    tree.remove("/etc/hostname")
    if let before = row.before { tree.write("/etc/hostname", before) }
    let run = try Lab.settle(tree, site: try Lab.site(domain: row.domain), debian: row.debian, [HostnameFixup()])
    #expect(run.after["/etc/hostname"] == row.after)
  }

  @Test("HOSTNAME= is set where it stands, and nowhere else") func globalFile() throws {
    let path = "/etc/sysconfig/network"
    let untouched = try Lab.settle(Lab.tree(), [HostnameFixup()])
    #expect(untouched.after[path] == "# Created by anaconda\n")
    let quoted = try Lab.settle(
      Lab.tree([path: "NETWORKING=yes\nHOSTNAME='compute' # node\nGATEWAY=192.168.10.2\n"]), [HostnameFixup()])
    #expect(quoted.after[path] == "NETWORKING=yes\nHOSTNAME='compute2' # node\nGATEWAY=192.168.10.2\n")
    #expect(quoted.reasons(path) == ["it said compute, which is the name of compute"])
    let windows = try Lab.settle(Lab.tree([path: "HOSTNAME=compute2\r\n"]), [HostnameFixup()])
    #expect(windows.after[path] == "HOSTNAME=compute2\n")
  }

  @Test("a link is written through, to where it leads") func link() throws {
    var tree = Lab.tree()
    tree.remove("/etc/hostname")
    tree.write("/etc/identity/name", "compute\n")
    tree.makeLink("/etc/hostname", to: "identity/name")
    tree.makeLink("/etc/HOSTNAME", to: "/etc/hostname")
    let run = try Lab.settle(tree, [HostnameFixup()])
    #expect(run.after["/etc/identity/name"] == "compute2\n")
    #expect(run.changes.filter { $0.path.description.hasPrefix("/etc") }.count == 1)
  }
}
