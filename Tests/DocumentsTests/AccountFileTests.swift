import Testing

@testable import Documents

@Suite("Account files")
struct AccountFileTests {
  static let passwd = """
    root:x:0:0:root:/root:/bin/bash
    # a comment
    root:x:0:0:again:/root:/bin/sh

    nova:x:162:162:OpenStack Nova, Daemons:/var/lib/nova:/sbin/nologin
    novax:x:163:163::/:/bin/sh
    short:x:5:5
    broken:x:five:5:::/bin/sh
    minus:x:-1:5:::/bin/sh
    large:x:4294967295:5:::/bin/sh
      blank:x:7:7::/:/bin/sh:x
    +@bob:::::/home/bob:/bin/bash
    -alice::::::
    +

    """
  static let shadow = """
    root:$6$abc:19000:0:99999:7:::
    nova:!!:19000::::::
    daemon:*:19000:0:99999
    half:x:1:2:3:4
    text:x:one:0:0:0:::
    minus:x:-1:0:0::::
    old:x:1:2:3: \u{20}
    crlf:x:1:0:9:7:::\r
    flag:x:1:0:9:7::: \u{20}
    warning:x:1:0:9: \u{20}:::
    inactive:x:1:0:9:7: ::
    spaced:x: 1: 0:9:7::: 5
    +::::::::

    """
  static let group = "root:x:0:\nnova:x:162:nova,qemu\nlibvirt:x:-1:nova\n+\n"

  @Test("A login shell changes in the first record of its name, and nothing else does")
  func shell() throws {
    var file = PasswdFile(Array(Self.passwd.utf8))
    try file.setField(.shell, of: "nova", to: Array("/bin/bash".utf8))
    #expect(file.bytes == Array(Self.passwd.replacing("/sbin/nologin", with: "/bin/bash").utf8))
    try file.setField(.shell, of: "root", to: Array("/bin/zsh".utf8))
    #expect(file.records(named: "root").map(\.loginShell) == ["/bin/zsh", "/bin/sh"])
    #expect(file.twins(ofRecordNamed: "root").map(\.line) == [3])
    #expect(file.twins(ofRecordNamed: "nova").isEmpty)
  }

  @Test(
    "Setting a shell gives the whole last field, whatever stood there",
    arguments: [
      ("nova:x:1:1:::", "nova:x:1:1:::/bin/bash"), ("nova:x:1:1:::\r\n", "nova:x:1:1:::/bin/bash\n"),
      ("nova:x:1:1", "nova:x:1:1:::/bin/bash"), ("nova:x:1:1:::/bin/sh:y\nz", "nova:x:1:1:::/bin/bash\nz"),
      ("nova:x:one:1:::\nnova:x:1:1:::/a\n", "nova:x:one:1:::\nnova:x:1:1:::/bin/bash\n"),
      ("nova:x:1:1:::/bin/bash", "nova:x:1:1:::/bin/bash"), ("+nova\nnova:x:1:1:::", "+nova\nnova:x:1:1:::/bin/bash"),
    ])
  func lastField(before: String, after: String) throws {
    var file = PasswdFile(Array(before.utf8))
    try file.setField(.shell, of: "nova", to: Array("/bin/bash".utf8))
    #expect(file.bytes.shown == Array(after.utf8).shown)
    #expect(file.record(named: "nova")?.loginShell == "/bin/bash")
  }

  @Test("A password hash is set, and shows in no error and no description")
  func hash() throws {
    var file = ShadowFile(Array(Self.shadow.utf8))
    try file.setField(.password, of: "nova", to: Array("$6$secret".utf8))
    #expect(file.bytes == Array(Self.shadow.replacing("nova:!!", with: "nova:$6$secret").utf8))
    let record = try #require(file.record(named: "nova"))
    #expect("\(record)" == "record nova at line 2")
    var dumped = ""
    dump(file, to: &dumped)
    dump(record, to: &dumped)
    let shown = dumped + String(reflecting: record) + String(reflecting: file) + "\(file)"
    #expect(!shown.contains("secret") && !shown.contains("\(UInt8(ascii: "$"))"), "not as numbers either")
    let error = #expect(throws: AccountError.self) {
      try file.setField(.password, of: "nova", to: Array("se:cret".utf8))
    }
    #expect(!"\(String(describing: error))".contains("cret"))
    #expect(throws: AccountError.noSuchRecord(name: "half")) { try file.setField(.password, of: "half", to: []) }
  }

  @Test("An empty shell field means /bin/sh")
  func emptyShell() {
    #expect(PasswdFile(Array("a:x:1:1::/:\n".utf8)).record(named: "a")?.loginShell == "/bin/sh")
  }

  @Test("Shells are read as getusershell does")
  func shells() {
    let file = ShellsFile(Array("# /bin/no\n/bin/sh\n\n  /bin/bash # x\r\n/bin/zsh\r\nx/bin/y z\n/bin/a#b\n".utf8))
    #expect(file.shells == ["/bin/sh", "/bin/bash", "/bin/zsh", "/bin/y", "/bin/a"])
  }

  /// Realistic files, then damaged ones; text only, since getent's output must be decoded.
  static func damaged(_ file: String, _ count: Int) -> [[UInt8]] {
    var mutations = Mutations(seed: 30)
    let files = [Array(file.utf8)] + (0..<count).map { _ in mutations.damaged(file) }
    // No NUL: behind blanks, it makes glibc's __nss_readline repeat bytes, as a missing newline does.
    return files.map { file in file.map { $0 < 0x80 && $0 != 0 ? $0 : 0x78 } + (file.last == 0x0A ? [] : [0x0A]) }
  }

  @Test("glibc finds the records that we find, and the shell that we set")
  func passwdOracle() throws {
    let names = ["root", "nova", "short", "broken", "minus", "large", "blank", "+", "-alice", "+@bob"]
    var files = Self.damaged(Self.passwd, 100)
    for file in files {
      var edited = PasswdFile(file)
      guard (try? edited.setField(.shell, of: "nova", to: Array("/bin/bash".utf8))) != nil else { continue }
      #expect(edited.record(named: "nova")?.loginShell == "/bin/bash")
      files.append(edited.bytes)
    }
    guard let answers = try GlibcOracle.accounts("passwd", files.map { .init($0, names) }) else { return }
    for (file, answer) in zip(files, answers) {
      for (name, fields) in zip(names, answer) {
        let record = PasswdFile(file).record(named: name)
        #expect((record == nil) == (fields == nil), "\(name) in \(file.shown)")
        guard let record, let fields else { continue }
        #expect(
          Int64(record.number(.uid) ?? 0) == Int64(fields[2]).map { $0 & 0xFFFF_FFFF }, "\(name) in \(file.shown)")
        let ours = [PasswdField.name, .password, .gecos, .home, .shell].map { record.text($0) }
        #expect(ours == [fields[0], fields[1]] + fields[4...6], "\(name) in \(file.shown)")
      }
    }
  }

  @Test("glibc finds the same password hashes")
  func shadowOracle() throws {
    let names = [
      "root", "nova", "daemon", "half", "text", "minus", "old", "crlf", "flag", "warning", "inactive", "spaced",
    ]
    let files = Self.damaged(Self.shadow, 150)
    guard let answers = try GlibcOracle.accounts("shadow", files.map { .init($0, names) }) else { return }
    for (file, answer) in zip(files, answers) {
      for (name, fields) in zip(names, answer) {
        let record = ShadowFile(file).record(named: name)
        #expect(record?.text(.password) == fields?[1], "\(name) in \(file.shown)")
      }
    }
  }

  @Test("glibc finds the same groups")
  func groupOracle() throws {
    let names = ["root", "nova", "libvirt", "+"]
    let files = Self.damaged(Self.group, 40)
    guard let answers = try GlibcOracle.accounts("group", files.map { .init($0, names) }) else { return }
    for (file, answer) in zip(files, answers) {
      for (name, fields) in zip(names, answer) {
        let record = GroupFile(file).record(named: name)
        #expect(record?.number(.gid) == fields.flatMap { UInt32($0[2]) }, "\(name) in \(file.shown)")
      }
    }
  }
}
