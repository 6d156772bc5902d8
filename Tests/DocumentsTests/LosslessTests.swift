import Testing

@testable import Documents

@Suite("Whatever the bytes")
struct LosslessTests {
  static let samples = [
    HostsFileTests.rows.map(\.before).joined(separator: "\n"), AccountFileTests.passwd, AccountFileTests.shadow,
    InterfacesFileTests.messy, InterfacesFileTests.rows.map(\.before).joined(separator: "\n"),
    AuthorizedKeysTests.rows.map(\.before).joined(separator: "\n"),
    KnownHostsTests.rows.map(\.before).joined(separator: "\n"),
    "a\n\(MarkedBlockTests.begin)\nx\n\(MarkedBlockTests.end)\nHost *\n  User \"a b\" # c\n",
  ]

  static func files(_ count: Int) -> [[UInt8]] {
    var mutations = Mutations(seed: 70)
    return samples.flatMap { sample in (0..<count).map { _ in mutations.damaged(sample) } }
      + (0..<count * 4).map { _ in mutations.bytes(upTo: 300) }
      + (0..<count * 4).map { _ in
        mutations.file(of: HostsOracleTests.tokens + ["iface", "\\\n", ":", "\0"], count: 30)
      }
  }

  @Test("Reading and writing gives the same bytes")
  func identity() {
    for file in Self.files(60) {
      #expect(HostsFile(file).bytes == file)
      #expect(PasswdFile(file).bytes == file)
      #expect(InterfacesFile(file).bytes == file)
      #expect(AuthorizedKeys(file).bytes == file)
      #expect(KnownHosts(file).bytes == file)
      if let block = try? MarkedBlock(file, name: "peers") { #expect(block.bytes == file) }
      _ = (HostsFile(file).entries, PasswdFile(file).records, ShadowFile(file).records, GroupFile(file).records)
      _ = (InterfacesFile(file).stanzas, InterfacesFile(file).sources, AuthorizedKeys(file).entries)
      _ = (KnownHosts(file).entries, SSHClientConfig(file).directives, ShellsFile(file).shells)
    }
  }

  @Test("An edit made twice is the edit made once, and leaves the lines that it has no business with")
  func idempotence() throws {
    let key = try #require(SSHPublicKey(TestKeys.one))
    let settings = InterfaceSettings(
      addresses: ["192.168.10.21/24", "192.168.10.31/24"], gateway: .set("192.168.10.2"), dns: .remove,
      mtu: .set("9000"), hardwareAddress: .set("00:0c:29:00:00:02"))
    for file in Self.files(60) {
      func twice<Document>(_ document: Document, _ bytes: (Document) -> [UInt8], _ edit: (inout Document) -> Void) {
        var document = document
        edit(&document)
        let once = bytes(document)
        edit(&document)
        #expect(bytes(document).shown == once.shown, "\(Document.self), from \(file.shown)")
        // A damaged marker may stand inside a block, whose lines are the program's.
        let comments = file.split(separator: 0x0A).filter {
          $0.first == UInt8(ascii: "#") && !$0.text.contains("peer") && !$0.text.contains("imprint")
        }
        let kept = Set(once.split(separator: 0x0A).map { Self.bare($0) })
        for comment in comments { #expect(kept.contains(Self.bare(comment)), "\(Document.self), from \(file.shown)") }
      }
      twice(HostsFile(file), \.bytes) { $0.converge(HostsFileTests.lab, retired: ["other", "10.0.0.9"]) }
      twice(HostsFile(file), \.bytes) { $0.converge(HostsOracleTests.sites[2]) }
      twice(PasswdFile(file), \.bytes) { try? $0.setField(.shell, of: "nova", to: Array("/bin/bash".utf8)) }
      twice(ShadowFile(file), \.bytes) { try? $0.setField(.password, of: "nova", to: Array("!x".utf8)) }
      twice(AuthorizedKeys(file), \.bytes) { $0.ensure(key, options: "restrict") }
      twice(KnownHosts(file), \.bytes) { $0.ensure(hosts: ["compute", "10.0.0.1"], key: key) }
      if let block = try? MarkedBlock(file, name: "peers") {
        twice(block, \.bytes) { $0.set(["a", "b"], at: .top) }
        twice(block, \.bytes) { $0.remove() }
      }
      // A comment behind a backslash belongs to the value before it, so the claim about comments isn't made for it.
      guard !file.text.contains("\\") else { continue }
      twice(InterfacesFile(file), \.bytes) {
        $0.converge(interface: "ens33", family: .inet, to: settings, originals: ["192.168.10.20"])
      }
    }
  }

  private static func bare(_ line: ArraySlice<UInt8>) -> [UInt8] {
    Array(line.last == 0x0D ? line.dropLast() : line)
  }
}

extension [UInt8] {
  fileprivate var text: String { self[...].text }
}
