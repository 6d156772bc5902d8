import Glibc
import Testing

@testable import Documents

@Suite("Hosts file, read by glibc")
struct HostsOracleTests {
  static let tokens = [
    "192.168.10.20", "192.168.10.21", "127.0.1.1", "127.0.0.1", "::1", "fd00::20", "FD00:0::020", "10.0.0.9", "10.1",
    "01.2.3.4", "::ffff:1.2.3.4", "fe80::1%lo", "compute", "compute2", "Compute", "compute.example.com", "localhost",
    "other", "compute-mgmt", " ", " ", " ", "\t", "  ", "\n", "\n", "\n", "\r\n", "#", " # c ", "\u{0B}", "compute ",
    " compute2",
  ]
  static let names = ["compute", "compute2", "compute.example.com", "localhost", "other", "compute-mgmt", "c"]
  static let sites: [[HostEntry]] = [
    HostsFileTests.lab, HostsFileTests.withDomain,
    [
      HostEntry(names: ["compute.example.com", "compute"], addresses: ["192.168.10.20", "fd00:0::20"]),
      HostEntry(names: ["compute2"], addresses: ["192.168.10.21"]),
    ],
    [HostEntry(names: ["compute", "compute.example.com"], addresses: ["192.168.10.20"])],
  ]

  static func files(_ count: Int) -> [[UInt8]] {
    var mutations = Mutations(seed: 20)
    return (0..<count).map { _ in mutations.file(of: tokens, count: Int.random(in: 0...60, using: &mutations)) }
  }

  @Test("A name is where getaddrinfo finds it, by the canonical name that it gives")
  func reading() throws {
    let odd = [
      "1.2.3.4 a b\n1.2.3.4 b\n", "1.2.3.4 a\u{0}b\n", "\u{0B}1.2.3.4\u{0C}a", "1:2:3:4:5:6:7::8 a", "::1.2.3.4 b",
    ]
    // Blanks before an unterminated last line make glibc 2.28 and later misread it: not a rule, a defect.
    let files = (Self.files(400) + odd.map { Array($0.utf8) }).map { $0.last == 0x0A ? $0 : $0 + [0x0A] }
    let names = Self.names + ["a", "b"]
    guard let answers = try GlibcOracle.hosts(files.map { .init($0, names) }) else { return }
    for (file, answer) in zip(files, answers) {
      let hosts = HostsIndex(HostsFile(file))
      for (name, host) in zip(names, answer) {
        #expect(hosts.addresses(of: name).sorted() == host.addresses.sorted(), "\(name) in \(file.shown)")
        #expect(hosts.canonicalName(of: name) == host.canonical, "\(name) in \(file.shown)")
      }
    }
  }

  @Test("After converging, getaddrinfo finds every node at its addresses and nobody else moved")
  func converging() throws {
    var questions: [GlibcOracle.Question] = []
    var cases: [(before: [UInt8], after: HostsFile, site: [HostEntry])] = []
    for (index, before) in Self.files(600).enumerated() {
      let site = Self.sites[index % Self.sites.count]
      var hosts = HostsFile(before)
      hosts.converge(site)
      let once = hosts.bytes
      hosts.converge(site)
      #expect(hosts.bytes == once, "twice is once for \(before.shown)")
      cases.append((before, hosts, site))
      questions.append(.init(once, site.flatMap(\.names)))
    }
    for (before, converged, site) in cases {
      let (original, after) = (HostsIndex(HostsFile(before)), HostsIndex(converged))
      for name in Set(Self.names).subtracting(site.flatMap(\.names)) {
        #expect(original.addresses(of: name) == after.addresses(of: name), "\(name) in \(before.shown)")
      }
    }
    guard let answers = try GlibcOracle.hosts(questions) else { return }
    for (one, answer) in zip(cases, answers) {
      for (name, host) in zip(one.site.flatMap(\.names), answer) {
        guard let entry = one.site.first(where: { $0.names.contains(name) }) else { continue }
        let wanted = Set(entry.addresses.compactMap { HostAddress($0) }.map(\.description))
        #expect(Set(host.addresses) == wanted, "\(name): \(one.before.shown) → \(one.after.bytes.shown)")
        if entry.names.count > 1 {
          #expect(
            host.canonical?.lowercased() == entry.names.first, "\(name): \(one.before.shown) → \(one.after.bytes.shown)"
          )
        }
      }
    }
  }

  @Test(
    "An address is what inet_pton takes",
    arguments: [
      "1.2.3.4", "1.2.3", "01.2.3.4", "1.2.3.256", "1.2.3.4.", "0.0.0.0", "::", "::1", "1::", "1:2:3:4:5:6:7:8",
      ":1::2",
      "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::2::3", "12345::", "::1.2.3.4", "::ffff:1.2.3.4", "1.2.3.4::", "1:::2",
      "fe80::1%lo", "g::", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "1:", ":", "", "1::2:0:0:0:5",
      "1:0:0:2:0:0:0:3", "0:0:0:0:0:0:1:0", "::0102:3", "2001:DB8::0:1", "1:2:3:4:5:6:7::8", ":::", "::12345", "::1:",
    ])
  func addresses(text: String) throws {
    guard let python = RealProgram("python3") else { return }
    let script = """
      import socket, sys
      for family in (socket.AF_INET, socket.AF_INET6):
        try: print(socket.inet_ntop(family, socket.inet_pton(family, sys.argv[1])), end="")
        except OSError: pass
      """
    let expected = try python.run(["-c", script, text]).text
    #expect((HostAddress(text).map { $0.description } ?? "") == expected)
  }

  @Test("90,000 lines take linear time, whatever becomes of them")
  func time() {
    func seconds(_ count: Int) -> Double {
      let file = (0..<count).map { "10.\($0 >> 16).\($0 >> 8 & 255).\($0 & 255)\tcompute node\($0)\n" }.joined()
      let site = (0..<300).map { HostEntry(names: ["node\($0 * 7)", "n\($0)"], addresses: ["192.168.1.\($0 % 256)"]) }
      var hosts = HostsFile(Array(file.utf8))
      let begun = ownTime()
      hosts.converge(site + HostsFileTests.lab)
      return Double(ownTime() - begun) / 1e9
    }
    // This thread's own time, whoever else is busy.
    func ownTime() -> Int {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
    let small = (0..<3).map { _ in seconds(9_000) }.min() ?? 0
    let large = seconds(90_000)
    #expect(large < small * 30, "\(small) s for 9,000 lines, \(large) s for 90,000")
  }
}

extension [UInt8] {
  /// For messages: the text, quoted.
  var shown: String { String(decoding: self, as: UTF8.self).debugDescription }
}
