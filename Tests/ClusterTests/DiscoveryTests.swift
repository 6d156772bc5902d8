import Site
import Testing

@testable import Cluster

/// nova-manage's own words (nova 26, Zed), as they were recorded, and what they mean.
@Suite struct DiscoveryTests {
  private static func list(_ hosts: String...) -> String {
    let rule = "+-----------+--------------------------------------+----------+"
    let rows = hosts.map { "|   cell1   | 9c2a1c42-ec2e-4f1c-a9dc-28af0377db16 | \($0) |" }
    return ([rule, "| Cell Name |              Cell UUID               | Hostname |", rule] + rows + [rule])
      .joined(separator: "\n")
  }

  private static func answer(_ before: String, _ discover: String? = nil, _ after: String = "", status: Int = 0)
    -> String
  {
    let more = discover.map { "discover\n\($0)\nstatus \(status)\nafter\n\(after)\nstatus 0\n" } ?? ""
    return "imprint-discover 1\nbefore\n\(before)\nstatus 0\n\(more)end\n"
  }

  private static let eventlet =
    "Modules with known eventlet monkey patching issues were imported prior to eventlet monkey patching: urllib3. "
    + "This warning can usually be ignored if the caller is only importing and not executing nova code.\n"
  private static let head = """
    Found 2 cell mappings.
    Skipping cell0 since it does not contain hosts.
    Getting computes from cell 'cell1': 9c2a1c42-ec2e-4f1c-a9dc-28af0377db16

    """
  private static let mapped = """
    Checking host mapping for compute host 'compute2': ace800c0-e850-4a1a-b886-84e227e190a0
    Creating host mapping for compute host 'compute2': ace800c0-e850-4a1a-b886-84e227e190a0
    Found 1 unmapped computes in cell: 9c2a1c42-ec2e-4f1c-a9dc-28af0377db16
    """
  private static let none = "Found 0 unmapped computes in cell: 9c2a1c42-ec2e-4f1c-a9dc-28af0377db16"

  private static func meaning(_ answer: String, _ hosts: [String] = ["compute2", "compute2.example.com"]) throws
    -> Discovery?
  {
    Discovery(answer, nodes: [(try NodeName("compute2"), hosts)])
  }

  @Test func `a host that is in a cell already needs nothing`() throws {
    #expect(try Self.meaning(Self.answer(Self.list("compute", "compute2"))) == .mapped(byUs: false))
  }

  @Test func `a new host is put into its cell`() throws {
    let answer = Self.answer(
      Self.list("compute"), Self.eventlet + Self.head + Self.mapped, Self.list("compute", "compute2"))
    #expect(try Self.meaning(answer) == .mapped(byUs: true))
  }

  @Test func `the cloud may know it by its full name`() throws {
    let answer = Self.answer(
      Self.list("compute"), Self.head + Self.mapped, Self.list("compute", "compute2.example.com"))
    #expect(try Self.meaning(answer) == .mapped(byUs: true))
  }

  @Test func `nothing found and not in the list: its service has not registered`() throws {
    let answer = Self.answer(Self.list("compute"), Self.eventlet + Self.head + Self.none, Self.list("compute"))
    #expect(try Self.meaning(answer) == .notRegistered([NodeName("compute2")]))
  }

  @Test func `the same words with the host in the list: somebody else was quicker`() throws {
    let answer = Self.answer(Self.list("compute"), Self.head + Self.none, Self.list("compute", "compute2"), status: 1)
    #expect(try Self.meaning(answer) == .mapped(byUs: true))
  }

  @Test func `a name that only begins like a host's is another's`() throws {
    let answer = Self.answer(Self.list("compute20"), Self.head + Self.none, Self.list("compute20"))
    #expect(try Self.meaning(answer) == .notRegistered([NodeName("compute2")]))
  }

  @Test(arguments: [
    (
      "ERROR: Duplicate host mapping was encountered. This command should be run once after all compute hosts have been "
        + "deployed and should not be run in parallel. Error: Host 'compute2' mapping already exists", 2,
      "ERROR: Duplicate host mapping"
    ),
    (
      "An error has occurred:\nTraceback (most recent call last):\n  File \"/usr/lib/python3\", line 1\n"
        + "oslo_db.exception.DBConnectionError: (pymysql.err.OperationalError) (2003, \"Can't connect to MySQL server\")",
      255, "Can't connect to MySQL server"
    ),
    ("sh: 1: nova-manage: not found", 127, "not found"),
  ])
  func `what failed is told in its own words`(_ said: String, _ status: Int, _ words: String) throws {
    guard
      case .failed(let reason)? = try Self.meaning(Self.answer(Self.list("compute"), said, Self.list(), status: status))
    else {
      Issue.record("it is no failure")
      return
    }
    #expect(reason.contains(words) && reason.contains("ended with \(status)"), "\(reason)")
  }

  @Test(arguments: [
    "", "imprint-discover 1\nbefore\nstatus 0\n", "Last login: today\nend\n", "imprint-discover 1\nend\n",
  ])
  func `a torn answer is none`(_ answer: String) throws {
    #expect(try Self.meaning(answer) == nil)
  }
}
