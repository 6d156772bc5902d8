import Testing

@testable import Documents

/// Keys made for these tests; nobody has their private halves.
enum TestKeys {
  static let one = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
  static let two = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/"
  static let rsa =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDgISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2enw=="
}

@Suite("Public keys and authorized_keys")
struct AuthorizedKeysTests {
  @Test(
    "A key is a type, a blob that agrees, and a comment",
    arguments: [
      (TestKeys.one, true), (TestKeys.one + " nova@compute with words", true), (TestKeys.rsa, true),
      ("ssh-rsa " + TestKeys.one.dropFirst(12), false), (String(TestKeys.one.dropLast()), false),
      ("ssh-ed25519", false),
      ("", false), ("ssh-ed25519 AAAA", false), ("ssh-ed25519 !!!!", false), (TestKeys.one + " c\n", true),
      (TestKeys.one + "\nssh-ed25519 x", false),
    ])
  func keys(text: String, isKey: Bool) {
    #expect((SSHPublicKey(text) != nil) == isKey)
  }

  @Test("Keys are equal by type and blob")
  func equality() {
    #expect(SSHPublicKey(TestKeys.one + " a") == SSHPublicKey(TestKeys.one + "\t b "))
    #expect(SSHPublicKey(TestKeys.one) != SSHPublicKey(TestKeys.two))
    #expect(SSHPublicKey(TestKeys.one + " a b ")?.comment == "a b")
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var says: String
    var before: String
    var options: String?
    var after: String
    var testDescription: String { says }
  }

  static let k = TestKeys.one
  static let rows: [Row] = [
    Row(says: "a missing key is added", before: "# mine\n", after: "# mine\n\(k) c\n"),
    Row(says: "one with options is added with them", before: "", options: "restrict", after: "restrict \(k) c\n"),
    Row(says: "a missing final newline is minded", before: TestKeys.two, after: "\(TestKeys.two)\n\(k) c"),
    Row(says: "CR LF stays", before: "\(TestKeys.two) x\r\n", after: "\(TestKeys.two) x\r\n\(k) c\r\n"),
    Row(says: "the user's restriction stays", before: "from=\"10.0.0.1\" \(k)\n", after: "from=\"10.0.0.1\" \(k)\n"),
    Row(
      says: "options that are asked for replace others",
      before: "  from=\"10.0.0.1, \\\"x\\\" y\",no-pty \(k) old words\n", options: "restrict",
      after: "  restrict \(k) old words\n"),
    Row(says: "no options can be asked for", before: "restrict   \(k)\n", options: "", after: "\(k)\n"),
    Row(
      says: "a second entry that says other than asked goes, since sshd would try it",
      before: "restrict \(k)\n\(k)\n\(TestKeys.two)\nrestrict \(k) again\n", options: "restrict",
      after: "restrict \(k)\n\(TestKeys.two)\nrestrict \(k) again\n"),
    Row(
      says: "a key that is trusted as an authority isn't let in by that",
      before: "cert-authority,from=\"a,b\" \(k)\n", after: "cert-authority,from=\"a,b\" \(k)\n\(k) c\n"),
    Row(
      says: "what isn't a key stays", before: "ssh-new AAAA x\n#\(k)\nnonsense\n\n",
      after: "ssh-new AAAA x\n#\(k)\nnonsense\n\n\(k) c\n"),
    Row(
      says: "blanks and quotes in options are no end of them",
      before: "command=\"echo 'a \\\"b\\\" # c'\",environment=\"A=b c\" \(k)\n",
      after: "command=\"echo 'a \\\"b\\\" # c'\",environment=\"A=b c\" \(k)\n"),
  ]

  @Test("Ensuring a key", arguments: rows)
  func ensure(row: Row) throws {
    let key = try #require(SSHPublicKey(Self.k + " c"))
    var file = AuthorizedKeys(Array(row.before.utf8))
    file.ensure(key, options: row.options)
    #expect(file.bytes.shown == Array(row.after.utf8).shown)
    let once = file.bytes
    file.ensure(key, options: row.options)
    #expect(file.bytes == once)
    #expect(!file.entries(for: key).isEmpty)
    file.remove(key)
    #expect(file.entries(for: key).isEmpty)
  }

  @Test("ssh-keygen lists the keys that we find")
  func oracle() throws {
    guard let keygen = RealProgram("ssh-keygen") else { return }
    let folder = try ScratchFolder()
    let text = Self.rows.map(\.before).joined(separator: "\n") + "\n\(TestKeys.rsa) r\n"
    var mutations = Mutations(seed: 50)
    let files = [Array(text.utf8)] + (0..<30).map { _ in mutations.damaged(text).filter { $0 != 0 && $0 != 0x0D } }
    for damaged in files {
      // ssh-keygen, other than sshd, gives up where two blanks stand between options and key.
      let file = Array(
        damaged.split(separator: 0x0A).filter { !$0.text.contains("  ") && !$0.text.contains("\t") }.joined(separator: [
          0x0A
        ]))
      let listed = try keygen.run(["-l", "-f", folder.write(file, to: "keys")]).text.split(separator: "\n")
      let ours = AuthorizedKeys(file).entries
      #expect(ours.count == listed.count, "\(file.shown)")
    }
  }
}

@Suite("known_hosts")
struct KnownHostsTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var says: String
    var before: String
    var after: String
    var hosts = ["compute", "10.0.0.1"]
    var testDescription: String { says }
  }

  static let (one, two, rsa) = (TestKeys.one, TestKeys.two, TestKeys.rsa)
  static let rows: [Row] = [
    Row(says: "missing hosts are added", before: "", after: "compute,10.0.0.1 \(one)\n"),
    Row(
      says: "what is right stays", before: "10.0.0.1 \(one)\ncompute  \(one) c\n",
      after: "10.0.0.1 \(one)\ncompute  \(one) c\n"),
    Row(says: "a missing name joins the others", before: "compute,x \(one) c", after: "compute,x,10.0.0.1 \(one) c"),
    Row(
      says: "a wrong key loses the names and no more",
      before: "a,Compute,b \(two) c\ncompute \(two)\n10.0.0.1 \(one)\n",
      after: "a,b \(two) c\n10.0.0.1,compute \(one)\n"),
    Row(
      says: "another type of key stays", before: "compute,10.0.0.1 \(rsa)\n",
      after: "compute,10.0.0.1 \(rsa)\ncompute,10.0.0.1 \(one)\n"),
    Row(
      says: "markers, patterns, hashes, ports and longer names stay",
      before: "@cert-authority compute \(two)\n*.x,compute2 \(two)\n|1|a=|b= \(two)\n[compute]:2222 \(two)\n#c\n",
      after:
        "@cert-authority compute \(two)\n*.x,compute2 \(two)\n|1|a=|b= \(two)\n[compute]:2222 \(two)\n#c\ncompute,10.0.0.1 \(one)\n"
    ),
    Row(says: "a pattern that matches serves", before: "comp*,10.* \(one)\n", after: "comp*,10.* \(one)\n"),
    Row(
      says: "a negated pattern doesn't", before: "comp*,10.*,!compute \(one)\n",
      after: "comp*,10.*,!compute \(one)\ncompute \(one)\n"),
    Row(
      says: "ports and IPv6", before: "", after: "[compute]:2222,fd00::1 \(one)\n",
      hosts: ["[compute]:2222", "fd00::1"]),
    Row(
      says: "what is no name is left out", before: "", after: "compute \(one)\n",
      hosts: ["a b", "*", "compute", "COMPUTE", ""]),
  ]

  @Test("Ensuring a host key", arguments: rows)
  func ensure(row: Row) throws {
    let key = try #require(SSHPublicKey(Self.one))
    var file = KnownHosts(Array(row.before.utf8))
    file.ensure(hosts: row.hosts, key: key)
    #expect(file.bytes.shown == Array(row.after.utf8).shown)
    let once = file.bytes
    file.ensure(hosts: row.hosts, key: key)
    #expect(file.bytes == once)
  }

  @Test("A revoked key is known for its hosts alone")
  func revoked() throws {
    let key = try #require(SSHPublicKey(Self.one))
    let file = KnownHosts(Array("@revoked *.x \(Self.one)\n@revoked * \(Self.two)\na.x,b \(Self.one)\n".utf8))
    #expect(file.revokes(key, for: "a.x"))
    #expect(!file.revokes(key, for: "b"))
  }

  @Test("ssh-keygen finds a host's keys where we do, and the one that we put there")
  func oracle() throws {
    guard let keygen = RealProgram("ssh-keygen") else { return }
    let key = try #require(SSHPublicKey(Self.one))
    let folder = try ScratchFolder()
    let text = Self.rows.map(\.before).joined(separator: "\n")
    var mutations = Mutations(seed: 60)
    let files = [Array(text.utf8)] + (0..<25).map { _ in mutations.damaged(text).filter { $0 != 0 && $0 != 0x0D } }
    func found(_ name: String, _ bytes: [UInt8]) throws -> [SSHPublicKey] {
      let output = try keygen.run(["-F", name, "-f", folder.write(bytes, to: "known")]).text
      return output.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasPrefix("@") }
        .compactMap { SSHPublicKey($0.split(separator: " ", maxSplits: 1).last ?? "") }
    }
    for before in files {
      var file = KnownHosts(before)
      for name in ["compute", "b", "compute2", "y.x"] {
        #expect(file.keys(for: name) == (try found(name, before)), "\(name) in \(before.shown)")
      }
      file.ensure(hosts: ["compute", "10.0.0.1"], key: key)
      for name in ["compute", "10.0.0.1"] {
        #expect(try found(name, file.bytes).contains(key), "\(name) in \(before.shown)")
      }
    }
  }
}

@Suite("Marked blocks and ssh_config")
struct MarkedBlockTests {
  static let begin = "# >>> imprint peers: kept by imprint, changes between these lines are lost >>>"
  static let end = "# <<< imprint peers <<<"

  @Test(
    "A block goes to the top or the bottom, and is replaced in place",
    arguments: [
      ("", MarkedBlock.Placement.top, "\(begin)\nx\ny\n\(end)\n"),
      ("a\r\nb", .top, "\(begin)\r\nx\r\ny\r\n\(end)\r\na\r\nb"), ("a", .bottom, "a\n\(begin)\nx\ny\n\(end)"),
      (
        "a\n# >>> imprint peers\nold\n# <<< imprint peers\nb\n", .top,
        "a\n# >>> imprint peers\nx\ny\n# <<< imprint peers\nb\n"
      ),
      (
        "# >>> imprint peersonal >>>\n\(begin)\n\(end)\n", .top,
        "# >>> imprint peersonal >>>\n\(begin)\nx\ny\n\(end)\n"
      ),
      ("\(begin)\nx\ny\n\(end)", .bottom, "\(begin)\nx\ny\n\(end)"),
    ])
  func set(before: String, placement: MarkedBlock.Placement, after: String) throws {
    var block = try MarkedBlock(Array(before.utf8), name: "peers")
    block.set(["x", "y"], at: placement)
    #expect(block.bytes.shown == Array(after.utf8).shown)
    #expect(block.content == ["x", "y"])
    #expect(try MarkedBlock(block.bytes, name: "peers").content == ["x", "y"])
  }

  @Test("Taking a block out leaves the rest as it was")
  func remove() throws {
    for before in ["", "a\nb", "a\n", "a\r\nb\r\n"] {
      for placement in [MarkedBlock.Placement.top, .bottom] {
        var block = try MarkedBlock(Array(before.utf8), name: "peers")
        block.set(["x"], at: placement)
        block.remove()
        #expect(block.bytes.shown == Array(before.utf8).shown)
        #expect(block.content == nil)
      }
    }
  }

  @Test(
    "A damaged marker is an error with its line",
    arguments: [
      ("a\n\(begin)\nx\n", MarkedBlockError.beginWithoutEnd(line: 2)), ("\(end)\n", .endWithoutBegin(line: 1)),
      ("\(begin)\n\(begin)\n\(end)\n", .beginTwice(line: 2)),
      ("\(begin)\n\(end)\n\(begin)\n\(end)\n", .beginTwice(line: 3)),
    ])
  func damaged(text: String, error: MarkedBlockError) {
    #expect(throws: error) { try MarkedBlock(Array(text.utf8), name: "peers") }
  }

  @Test("ssh reads the block, and the identity files that we see")
  func oracle() throws {
    guard let ssh = RealProgram("ssh") else { return }
    let folder = try ScratchFolder()
    let text = """
      # IdentityFile ~/no
      IdentityFile ~/.ssh/first
        identityfile="/a b/second" # c
      IdentityFile = '/c\\'d'
      Host other
        IdentityFile /other
      Host *
      IDENTITYFILE\t"/e\\"f"\r

      """
    let config = SSHClientConfig(Array(text.utf8))
    #expect(
      config.directives(named: "IdentityFile").map(\.scope) == [.all, .all, .all, .host(["other"]), .host(["*"])])
    var block = try MarkedBlock(Array(text.utf8), name: "peers")
    block.set(["Host compute", "  User nova", "Match all"], at: .top)
    let output = try ssh.run(["-G", "-F", folder.write(block.bytes, to: "config"), "compute"])
    let lines = output.text.split(separator: "\n").map(String.init)
    #expect(lines.contains("user nova"))
    let read = lines.filter { $0.hasPrefix("identityfile ") }.map { $0.dropFirst("identityfile ".count) }
    #expect(
      read.map(String.init)
        == config.directives(named: "IdentityFile").compactMap(\.arguments.first).filter { $0 != "/other" })
  }
}
