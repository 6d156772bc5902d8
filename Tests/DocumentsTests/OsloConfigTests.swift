import Testing

@testable import Documents

@Suite("oslo.config files")
struct OsloConfigTests {
  static let sets: [(before: String, section: String, key: String, value: String, after: String)] = [
    ("", "DEFAULT", "my_ip", "1", "[DEFAULT]\nmy_ip = 1\n"),
    ("[DEFAULT]\n", "DEFAULT", "my_ip", "1", "[DEFAULT]\nmy_ip = 1\n"),
    ("[DEFAULT]", "DEFAULT", "my_ip", "1", "[DEFAULT]\nmy_ip = 1"),
    ("[DEFAULT]\nmy_ip=0\n", "DEFAULT", "my_ip", "1", "[DEFAULT]\nmy_ip=1\n"),
    ("[DEFAULT]\nmy_ip  :  0  \n", "DEFAULT", "my_ip", "1", "[DEFAULT]\nmy_ip  :  1  \n"),
    ("[DEFAULT]\nmy_ip =\n", "DEFAULT", "my_ip", "1", "[DEFAULT]\nmy_ip = 1\n"),
    ("[DEFAULT]\nmy_ip=\n", "DEFAULT", "my_ip", "1", "[DEFAULT]\nmy_ip=1\n"),
    ("[DEFAULT]\nmy_ip='0'\n", "DEFAULT", "my_ip", "1", "[DEFAULT]\nmy_ip='1'\n"),
    ("[DEFAULT]\nmy_ip=0\n  # c\n x\na=1\n", "DEFAULT", "my_ip", "1", "[DEFAULT]\nmy_ip=1\na=1\n"),
    ("[DEFAULT]\nmy_ip=0\na=1\nmy_ip=2 # c\n", "DEFAULT", "my_ip", "1", "[DEFAULT]\na=1\nmy_ip=1\n"),
    (
      "[DEFAULT]\n# text\n#my_ip = <none>\n\n[vnc]\n", "DEFAULT", "my_ip", "1",
      "[DEFAULT]\n# text\n#my_ip = <none>\nmy_ip = 1\n\n[vnc]\n"
    ),
    (
      "[DEFAULT]\n# my_ip=x\n#my_ip_2=3\na=1\n", "DEFAULT", "my_ip", "1",
      "[DEFAULT]\n# my_ip=x\nmy_ip = 1\n#my_ip_2=3\na=1\n"
    ),
    (
      "[DEFAULT]\na=1\n #my_ip = in a value\n", "DEFAULT", "my_ip", "1",
      "[DEFAULT]\nmy_ip = 1\na=1\n #my_ip = in a value\n"
    ),
    ("[DEFAULT]\na=1\n more", "vnc", "a", "1", "[DEFAULT]\na=1\n more\n\n[vnc]\na = 1"),
    ("[DEFAULT]\r\na=1\r\n", "DEFAULT", "b", "1", "[DEFAULT]\r\nb = 1\r\na=1\r\n"),
    ("[VNC]\nb=1\n", "vnc", "a", "1", "[VNC]\na = 1\nb=1\n"),
    ("[default]\nmy_ip=0\n", "DEFAULT", "my_ip", "1", "[default]\nmy_ip=0\n\n[DEFAULT]\nmy_ip = 1\n"),
    ("[DEFAULT]\n#my_ip=2\n[DEFAULT]\na=1\n", "DEFAULT", "a", "2", "[DEFAULT]\n#my_ip=2\n[DEFAULT]\na=2\n"),
  ]

  @Test(
    "An option is set where it stands, below its commented default, below its section, or in a new one", arguments: sets
  )
  func setsOption(before: String, section: String, key: String, value: String, after: String) throws {
    var config = OsloConfig(Array(before.utf8))
    try config.set(section, key, to: value)
    #expect(String(decoding: config.bytes, as: UTF8.self) == after)
    #expect(config.value(section, key) == value)
    try config.set(section, key, to: value)
    #expect(String(decoding: config.bytes, as: UTF8.self) == after)
  }

  @Test("What oslo.config cannot hold is refused, and nothing changes")
  func refusals() {
    let before = Array("[DEFAULT]\na=1\n".utf8)
    for (section, key, value) in [
      ("DEFAULT", "a", "x\n\ny"), ("DEFAULT", "a", "x\r"), ("DEFAULT", "b=", "1"), ("DEFAULT", "#b", "1"),
      ("DEFAULT", "", "1"),
      ("", "b", "1"), ("x\ny", "b", "1"), ("DEFAULT", " b", "1"), ("DEFAULT", "a", "x\n y"),
    ] {
      var config = OsloConfig(before)
      #expect(throws: EditError.self) { try config.set(section, key, to: value) }
      #expect(config.bytes == before)
    }
  }

  static let tokens: [(token: String, text: String, count: Int)] = [
    ("192.168.10.20", "192.168.10.20", 1), ("192.168.10.20", "tcp:192.168.10.20:6640", 1),
    ("192.168.10.20", "192.168.10.201", 0),
    ("192.168.10.20", "1192.168.10.20", 0), ("192.168.10.20", "1.192.168.10.20", 0),
    ("192.168.10.20", "192.168.10.20.5", 0),
    ("192.168.10.20", "http://192.168.10.20/x,192.168.10.20", 2), ("192.168.10.20", "192.168.10.20.", 1),
    ("192.168.10.20", "192.168.10.20-192.168.10.30", 0), ("fd00::10", "[fd00::10]:6080", 1),
    ("fd00::10", "FD00::10", 1), ("fd00::10", "from FD00:0::0010/128 to fd00:0:0:0:0:0:0:10.", 2),
    ("fd00::10", "fd00::10.5", 0), ("fd00::10", "xfd00::10", 0), ("fd00::10", "face:: add :", 0),
    ("fd00::10", "fd00::10:1", 0), ("fd00::10", "fd00::100", 0), ("fd00::10", "1:fd00::10", 0),
    ("compute", "compute2", 0),
    ("compute", "compute.example", 0), ("compute", "rabbit://u:p@compute:5672", 1), ("compute", "nova-compute", 0),
    ("", "a", 0),
  ]

  @Test("A token is found only as a whole", arguments: tokens)
  func findsTokens(token: String, text: String, count: Int) {
    #expect(Token(token).ranges(in: Array(text.utf8)[...]).count == count)
  }

  @Test("a password that looks like the address is none")
  func passwordsStay() throws {
    let text =
      "[DEFAULT]\na = rabbit://openstack:10.0.0.1@10.0.0.1:5672,u:10.0.0.1@h:1/\npassword = 10.0.0.1\nb = 10.0.0.1\n"
    var config = OsloConfig(Array(text.utf8))
    #expect(try config.replaceToken("10.0.0.1", with: "10.0.0.2", inOptionAt: 0) == 1)
    #expect(config.value("DEFAULT", "a") == "rabbit://openstack:10.0.0.1@10.0.0.2:5672,u:10.0.0.1@h:1/")
    #expect(config.options.map { Token("10.0.0.1").occurs(in: $0) } == [false, false, true])
    // Not shown, and no password: it has the address of a cache.
    let cache = OsloConfig.Option(section: "cache", key: "backend_argument", value: "url:10.0.0.1:11211")
    #expect(Token("10.0.0.1").occurs(in: cache))
  }

  @Test(
    "A blank that Python strips from a value is none of the token's",
    arguments: ["\u{A0}", "\u{85}", "\u{1680}", "\u{2003}", "\u{2028}", "\u{202F}", "\u{205F}", "\u{3000}", "\u{1F}"])
  func wideBlanks(blank: String) throws {
    for (old, new) in [("10.0.0.1", "10.0.0.2"), ("fd00::1", "fd00::2")] {
      for form in ["X\(blank)", "\(blank)X", "h:11211, X\(blank)", "X\(blank),h", "X.\(blank)"] {
        var config = OsloConfig(Array("[DEFAULT]\na = \(form.replacing("X", with: old))\n".utf8))
        #expect(Token(old).occurs(in: config.options[0]))
        #expect(try config.replaceToken(old, with: new, inOptionAt: 0) == 1, "\(form.debugDescription)")
        #expect(String(decoding: config.bytes, as: UTF8.self) == "[DEFAULT]\na = \(form.replacing("X", with: new))\n")
      }
    }
    var other = OsloConfig(Array("[DEFAULT]\na = 10.0.0.1\u{200B}\nb = é10.0.0.1\n".utf8))
    #expect(other.options.map { Token("10.0.0.1").occurs(in: $0) } == [false, false])
    #expect(try other.replaceToken("10.0.0.1", with: "10.0.0.2", inOptionAt: 0) == 0)
  }

  @Test("Replacing a token keeps everything else, also in continued values")
  func replacesToken() throws {
    var config = OsloConfig(
      Array("[DEFAULT]\n10.0.0.1 = \"10.0.0.1 x\"\r\n  # 10.0.0.1:80\n  10.0.0.10\nb=10.0.0.1".utf8))
    #expect(try config.replaceToken("10.0.0.1", with: "10.0.0.2", inOptionAt: 0) == 2)
    #expect(
      String(decoding: config.bytes, as: UTF8.self)
        == "[DEFAULT]\n10.0.0.1 = \"10.0.0.2 x\"\r\n  # 10.0.0.2:80\n  10.0.0.10\nb=10.0.0.1")
    #expect(throws: EditError.self) { try config.replaceToken("10.0.0.1", with: "a b", inOptionAt: 1) }
  }
}
