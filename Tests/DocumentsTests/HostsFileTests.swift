import Testing

@testable import Documents

@Suite("Hosts file")
struct HostsFileTests {
  static let lab = [
    HostEntry(names: ["controller"], addresses: ["192.168.10.10"]),
    HostEntry(names: ["compute"], addresses: ["192.168.10.20"]),
    HostEntry(names: ["compute2"], addresses: ["192.168.10.21"]),
  ]
  static let withDomain = [HostEntry(names: ["compute.example.com", "compute"], addresses: ["192.168.10.20"])]

  struct Row: Sendable, CustomTestStringConvertible {
    var says: String
    var before: String
    var after: String
    var desired: [HostEntry] = HostsFileTests.lab.dropFirst().map { $0 }
    var retired: [String] = []
    var testDescription: String { says }
  }

  static let right = "192.168.10.20 compute\n192.168.10.21 compute2\n"
  static let rows: [Row] = [
    Row(says: "an empty file gets the entries", before: "", after: "192.168.10.20\tcompute\n192.168.10.21\tcompute2\n"),
    Row(says: "what is right stays", before: right, after: right),
    Row(
      says: "a missing node comes after the last one, with its blanks",
      before: "127.0.0.1 localhost\n192.168.10.20   compute\n\n# end\n",
      after: "127.0.0.1 localhost\n192.168.10.20   compute\n192.168.10.21   compute2\n\n# end\n"),
    Row(
      says: "Debian's 127.0.1.1 becomes the address, localhost stays",
      before: "127.0.0.1\tlocalhost\n127.0.1.1\tcompute # by the installer\n192.168.10.21\tcompute2\n",
      after: "127.0.0.1\tlocalhost\n192.168.10.20\tcompute # by the installer\n192.168.10.21\tcompute2\n"),
    Row(
      says: "a node's name goes from the loopback lines, one separator with it",
      before: "127.0.0.1  localhost  compute  localhost4 # x\n::1 localhost compute\n" + right,
      after: "127.0.0.1  localhost  localhost4 # x\n::1 localhost\n" + right),
    Row(
      says: "a longer name, a comment and another's line stay",
      before: "10.0.0.1 compute3 compute-mgmt compute.example.com #compute\n#10.0.0.9 compute\n" + right,
      after: "10.0.0.1 compute3 compute-mgmt compute.example.com #compute\n#10.0.0.9 compute\n" + right),
    Row(
      says: "a stale line goes and leaves its comment",
      before: "10.0.0.1 compute # rack 4\n10.0.0.2 compute2\n" + right, after: "# rack 4\n" + right),
    Row(
      says: "a node's wrong address is put right in place", before: "192.168.10.21 compute\n",
      after: "192.168.10.20 compute\n192.168.10.21 compute2\n"),
    Row(
      says: "a missing alias comes behind its canonical name", before: "192.168.10.20\tcompute.example.com  # c\n",
      after: "192.168.10.20\tcompute.example.com compute  # c\n", desired: withDomain),
    Row(
      says: "the canonical name comes to the front", before: "192.168.10.20\tcompute\tcompute.example.com\tdb\n",
      after: "192.168.10.20\tcompute.example.com\tcompute\tdb\n", desired: withDomain),
    Row(
      says: "a missing name joins the line of its address, in front", before: "192.168.10.20 db # mine",
      after: "192.168.10.20 compute.example.com compute db # mine", desired: withDomain),
    Row(
      says: "two lines of one address aren't merged",
      before: "192.168.10.20 compute.example.com compute\n192.168.10.20\t  db compute\n",
      after: "192.168.10.20 compute.example.com compute\n192.168.10.20\t  db compute\n", desired: withDomain),
    Row(
      says: "an alias that hides its canonical name is repeated where readers look first",
      before: "192.168.10.20 compute\n192.168.10.20 compute.example.com\n",
      after: "192.168.10.20 compute.example.com compute\n192.168.10.20 compute.example.com\n", desired: withDomain),
    Row(
      says: "IPv6 compares by value", before: "FD00:0:0::0020 compute\n", after: "FD00:0:0::0020 compute\n",
      desired: [HostEntry(names: ["compute"], addresses: ["fd00::20"])]),
    Row(
      says: "each family has its line", before: "fe80::1 compute\n10.0.0.1 compute\n",
      after: "fd00::20 compute\n192.168.10.20 compute\n",
      desired: [HostEntry(names: ["compute"], addresses: ["192.168.10.20", "fd00:0::20"])]),
    Row(
      says: "no line of another place comes to stand for a second address before the first one",
      before: "127.0.1.1 compute\n192.168.10.20 compute\n10.0.0.3 compute # old\n",
      after: "192.168.10.20 compute\n192.168.20.20 compute # old\n",
      desired: [HostEntry(names: ["compute"], addresses: ["192.168.10.20", "192.168.20.20"])]),
    Row(
      says: "CR LF and a missing final newline stay", before: "127.0.0.1 localhost\r\n192.168.10.20 compute",
      after: "127.0.0.1 localhost\r\n192.168.10.20 compute\r\n192.168.10.21 compute2"),
    Row(
      says: "a last line that glibc would misread gets its newline",
      before: "192.168.10.20 compute\n 192.168.10.21 compute2",
      after: "192.168.10.20 compute\n 192.168.10.21 compute2\n"),
    Row(
      says: "a line that glibc ignores is nobody's", before: "10.1 compute\n01.2.3.4 compute2\n" + right,
      after: "10.1 compute\n01.2.3.4 compute2\n" + right),
    Row(
      says: "names compare without case", before: "10.0.0.9 COMPUTE x\n192.168.10.20 Compute\n192.168.10.21 compute2",
      after: "10.0.0.9 x\n192.168.10.20 Compute\n192.168.10.21 compute2"),
    Row(
      says: "retired names and addresses go, localhost and desired ones don't",
      before: "10.0.0.9 old x\n10.0.0.8 y z # why\n127.0.0.1 localhost\n" + right,
      after: "10.0.0.9 x\n# why\n127.0.0.1 localhost\n" + right,
      retired: ["old", "10.0.0.8", "127.0.0.1", "localhost", "compute", "192.168.10.20"]),
    Row(
      says: "nodes that share an address don't fight for the front",
      before: "10.0.0.1 b.x b a.x a\n", after: "10.0.0.1 b.x b\n10.0.0.1 a.x a\n",
      desired: [
        HostEntry(names: ["a.x", "a"], addresses: ["10.0.0.1"]),
        HostEntry(names: ["b.x", "b"], addresses: ["10.0.0.1"]),
      ]),
  ]

  @Test("Converging changes what it must and no more", arguments: rows)
  func converge(row: Row) {
    var hosts = HostsFile(Array(row.before.utf8))
    hosts.converge(row.desired, retired: row.retired)
    #expect(String(decoding: hosts.bytes, as: UTF8.self) == row.after)
    let places = HostsIndex(hosts)
    for entry in row.desired {
      for name in entry.names {
        let found = places.addresses(of: name).compactMap { HostAddress($0) }
        #expect(Set(found) == Set(entry.addresses.compactMap { HostAddress($0) }), "\(name)")
      }
    }
    let once = hosts.bytes
    hosts.converge(row.desired, retired: row.retired)
    #expect(hosts.bytes == once, "a second run changes nothing")
  }
}
