import Testing

@testable import Documents

@Suite("What ssh takes for a host, and what a key tells of itself")
struct SSHLookupTests {
  @Test(
    "The first value whose scope covers the host counts",
    arguments: [
      ("User a\nHost *\nUser b\n", "x", "a"), ("Host y\nUser a\nHost x y\nUser b\n", "x", "b"),
      ("Host * !x\nUser a\nMatch all\nUser b\n", "x", "b"), ("Host X.example.*\nUser a\n", "x.EXAMPLE.com", "a"),
      ("Match user root\nUser a\nMatch ALL\nuser=b\n", "x", "b"), ("Host y\nUser a\n", "x", nil), ("", "x", nil),
      ("Host x\nHost X\nUser a\n", "x", "a"), ("Host y x\nPort 1\nHost *\nUser b\nHost x\nUser a\n", "x", "b"),
      ("Match host x,y\nUser a\n", "X", "a"), ("Match originalhost *,!x\nUser a\nMatch host=x\nUser b\n", "x", "b"),
      ("Match !host x\nUser a\nMatch host x user root\nUser b\n", "x", nil), ("Match !host y\nUser a\n", "x", "a"),
      ("Host x\nUser a\nUser c\nMatch all\nUser b\n", "x", "a"), ("Host x !y\nUser a\nHost x\nUser b\n", "x", "a"),
    ])
  func lookup(text: String, host: String, value: String?) {
    let config = SSHClientIndex(SSHClientConfig(Array(text.utf8)))
    #expect(config.value(of: "USER", for: host)?.first == value)
  }

  /// readconf.c, match_cfg_line: what HostName says counts for the `Match` lines behind it, and for nothing else.
  @Test(
    "Match asks for the host as HostName has it by then",
    arguments: [
      ("Host x\nHostName y\nMatch host y\nUser a\n", "a"), ("Host x\nHostName y\nMatch host x\nUser a\n", nil),
      ("Host x\nHostName y\nMatch originalhost x\nUser a\n", "a"), ("Host x\nHostName y\nHost y\nUser a\n", nil),
      ("Match host y\nUser a\nHost x\nHostName y\nMatch host y\nUser b\n", "b"),
      ("Match host x\nHostName y\nUser a\n", "a"), ("Match host x\nUser a\nHost x\nHostName y\n", "a"),
      ("Host x\nHostName %h.Example.com\nMatch host x.example.com\nUser a\n", "a"),
      ("Host x\nHostName y\nHost *\nHostName z\nMatch host z\nUser a\n", nil),
      ("Host x\nHostName y\nMatch !host x originalhost x\nUser a\n", "a"),
      ("HostName 10.1.2.3\nMatch host 10.1.*,!10.1.2.3\nUser a\nMatch host 10.1.*\nUser b\n", "b"),
      ("Match host x all\nUser a\n", "a"), ("Match host y all\nUser a\n", nil), ("Match !all\nUser a\n", nil),
    ])
  func renamed(text: String, value: String?) throws {
    #expect(SSHClientIndex(SSHClientConfig(Array(text.utf8))).value(of: "User", for: "x")?.first == value)
    guard let ssh = RealProgram("ssh") else { return }
    let folder = try ScratchFolder()
    // So that there is one whoever runs this.
    let output = try ssh.run([
      "-G", "-F", folder.write(Array("\(text)Match all\nUser nobody\n".utf8), to: "config"), "x",
    ])
    #expect(output.text.split(separator: "\n").contains("user \(value ?? "nobody")"), "\(output.text.prefix(40))")
  }

  @Test(
    "What ssh reads a second time counts behind all that it has read before",
    arguments: [
      ("Match final\nUser a\n", "a"), ("Match final all\nUser a\nHost *\nUser b\n", "b"),
      ("Match canonical\nUser a\n", nil),
      ("Match canonical all\nUser a\nMatch final host y\nPort 1\n", "a"), ("Match !final\nUser a\n", "a"),
      ("Match final originalhost y\nUser a\n", nil), ("Host x\nHostName y\nMatch final host y\nUser a\n", "a"),
      ("Match host y\nUser a\nHost x\nHostName y\nMatch final\nPort 1\n", "a"),
      ("Match final\nHostName y\nMatch host y\nUser a\n", nil),
      ("CanonicalizeHostname yes\nMatch canonical\nUser a\n", "a"),
      ("Host y\nCanonicalizeHostname yes\nMatch canonical\nUser a\n", nil),
    ])
  func again(text: String, value: String?) throws {
    #expect(SSHClientIndex(SSHClientConfig(Array(text.utf8))).value(of: "User", for: "x")?.first == value)
    guard let ssh = RealProgram("ssh") else { return }
    let folder = try ScratchFolder()
    let output = try ssh.run(["-G", "-F", folder.write(Array(text.utf8), to: "config"), "x"])
    let said = output.text.split(separator: "\n").filter { ["user a", "user b"].contains($0) }
    #expect(said == (value.map { ["user \($0)"] } ?? []), "\(output.text.prefix(40))")
  }

  @Test(
    "Match on the user is for who runs ssh, and as whom it goes",
    arguments: [
      ("Match localuser *\nUser a\n", "a"), ("Match user nova,root host x\nUser a\n", "a"),
      ("Match localuser root\nUser a\nMatch !user root\nUser b\n", "b"), ("Match user=nova exec true\nUser a\n", nil),
      ("Match localuser *,!nova\nUser a\n", nil), ("Match user\nUser a\n", nil),
    ])
  func users(text: String, value: String?) {
    let config = SSHClientIndex(SSHClientConfig(Array(text.utf8)))
    #expect(config.value(of: "User", for: "x", as: "nova")?.first == value)
    #expect(config.value(of: "User", for: "x") == nil)
  }

  @Test(
    "What stands where only a running ssh can tell is possible before what is certain, and never that",
    arguments: [
      ("Match exec true\nUser a\n", [2], nil), ("Match exec true\nUser a\nHost *\nUser b\n", [2], "b"),
      ("Host x\nUser b\nMatch exec true\nUser a\n", [], "b"), ("Match !exec true host x\nUser a\n", [2], nil),
      ("Match exec true host y\nUser a\n", [], nil), ("Match canonical exec true\nUser a\n", [], nil),
      ("Match localnetwork 10.0.0.0/8\nUser a\nMatch host x tagged a\nUser b\n", [2, 4], nil),
    ] as [(String, [Int], String?)])
  func possible(text: String, lines: [Int], value: String?) {
    let settings = SSHClientIndex(SSHClientConfig(Array(text.utf8))).settings(for: "x")
    #expect(settings.possible("USER").map(\.directive.line) == lines)
    #expect(settings.first("User")?.directive.arguments.first == value)
  }

  @Test(
    "A list of algorithms with a name that no ssh knows is told",
    arguments: [
      ("kexalgorithms", "foo", "foo"), ("ciphers", "aes128-ctr,3des", "3des"), ("ciphers", "-3des", nil),
      ("ciphers", "+aes128-cbc", nil), ("macs", "^hmac-sha3", "hmac-sha3"), ("macs", "umac-64@openssh.com", nil),
      ("hostkeyalgorithms", "ssh-d*,RSA", nil), ("pubkeyacceptedalgorithms", "ssh-x?", "ssh-x?"), ("ciphers", "", ""),
      ("pubkeyacceptedkeytypes", "*,!ssh-dss", nil), ("kexalgorithms", "curve25519-sha256,,x", nil),
      ("user", "foo", nil),
      ("ciphers", ",aes128-ctr", nil), ("ciphers", "+,aes128-ctr", nil), ("macs", "hmac-sha2-256,", nil),
      ("macs", "x,", "x"),
      ("ciphers", "+", "+"), ("ciphers", "-", nil), ("hostkeyalgorithms", ",", ","), ("ciphers", ",foo", ",foo"),
      ("ciphers", "++aes128-ctr", "+aes128-ctr"), ("kexalgorithms", "curve*", "curve*"), ("macs", "none", "none"),
    ])
  func algorithms(keyword: String, list: String, unknown: String?) {
    #expect(SSHAlgorithms.unknown(in: [list], of: keyword) == unknown)
  }

  @Test(
    "Forgetting hosts leaves patterns, marks, hashes and the kept key alone",
    arguments: [
      ("a,b \(TestKeys.one)\n", "b \(TestKeys.one)\n"), ("A \(TestKeys.one) c\nb \(TestKeys.one)", "b \(TestKeys.one)"),
      ("a \(TestKeys.two)\n", "a \(TestKeys.two)\n"), ("a* \(TestKeys.one)\n", "a* \(TestKeys.one)\n"),
      ("@revoked a \(TestKeys.one)\r\n# a\r\n", "@revoked a \(TestKeys.one)\r\n# a\r\n"),
      ("|1|x=|y= \(TestKeys.one)\n", "|1|x=|y= \(TestKeys.one)\n"), ("a nonsense\n", "a nonsense\n"),
    ])
  func forget(before: String, after: String) throws {
    let kept = try #require(SSHPublicKey(TestKeys.two))
    var hosts = KnownHosts(Array(before.utf8))
    hosts.forget(hosts: ["a", "*"], exceptKeys: [kept])
    #expect(String(decoding: hosts.bytes, as: UTF8.self) == after)
  }

  @Test("An RSA key tells its length, others none")
  func bits() {
    #expect(SSHPublicKey(TestKeys.rsa)?.rsaBits == 1024)
    #expect(SSHPublicKey(TestKeys.one)?.rsaBits == nil)
  }

  @Test(
    "A private half that is no OpenSSH key tells nothing",
    arguments: ["", "x", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"])
  func unknownHalves(text: String) {
    #expect(SSHPublicKey(TestKeys.one)?.isHalf(ofPrivateKey: Array(text.utf8)) == nil)
  }
}
