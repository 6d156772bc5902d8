import Testing

@testable import Documents

@Suite("etc/hostname")
struct HostnameFileTests {
  static let names: [(file: String, new: String?, old: String?)] = [
    ("", nil, nil), ("compute\n", "compute", "compute"), ("compute", "compute", "compute"),
    ("# note\ncompute\n", "compute", "note"), ("\n\n  compute \n", "compute", nil),
    ("compute\r\n", "compute", "compute"),
    ("a.b.\n", "a.b", "a.b"), ("a..b\n", "a.b", "a.b"), ("a_b\n", "ab", "a_b"), ("-a-\n", "a", "-a-"),
    ("one\ntwo\n", "one", "one"), ("# only a note\n", nil, "onlyanote"), ("two words\n", "twowords", "twowords"),
  ]

  @Test("systemd since 230 skips blank lines and comments; 219 reads the first line", arguments: names)
  func reads(file: String, new: String?, old: String?) {
    let hostname = HostnameFile(Array(file.utf8))
    #expect(hostname.name() == new)
    #expect(hostname.name(readsFirstLineOnly: true) == old)
    #expect(hostname.bytes == Array(file.utf8))
  }

  @Test(
    "Setting the name keeps comments, endings and a missing final newline, and drops stale names",
    arguments: [
      ("", "n\n", "n\n"), ("compute\n", "n\n", "n\n"), ("compute", "n", "n"),
      ("# a\ncompute\n# b\n", "# a\nn\n# b\n", "n\n# a\n# b\n"),
      ("compute\r\n# b\r\n", "n\r\n# b\r\n", "n\r\n# b\r\n"), ("one\n# a\ntwo\n\n", "n\n# a\n\n", "n\n# a\n\n"),
      ("\none\n", "\nn\n", "n\n\n"), ("# a", "# a\nn", "n\n# a"), ("# a\none\ntwo", "# a\nn", "n\n# a"),
      (" n \n", "n\n", "n\n"),
    ])
  func sets(before: String, new: String, old: String) {
    let hostname = HostnameFile(Array(before.utf8))
    for (readsFirstLineOnly, after) in [(false, new), (true, old)] {
      let edited = hostname.settingName("n", readsFirstLineOnly: readsFirstLineOnly)
      #expect(String(decoding: edited, as: UTF8.self) == after)
      #expect(HostnameFile(edited).name(readsFirstLineOnly: readsFirstLineOnly) == "n")
      #expect(HostnameFile(edited).settingName("n", readsFirstLineOnly: readsFirstLineOnly) == edited)
    }
  }
}
