import Testing

@testable import Documents

@Suite("Debian's interfaces file")
struct InterfacesFileTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var says: String
    var before: String
    var after: String
    var family = InterfacesFile.Family.inet
    var settings = InterfaceSettings(addresses: ["192.168.10.21/24"])
    var originals = ["192.168.10.20", "fd00::20"]
    var testDescription: String { says }
  }

  static let rows: [Row] = [
    Row(
      says: "a prefix behind the address stays there",
      before: "auto ens33\niface ens33 inet static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n",
      after: "auto ens33\niface ens33 inet static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n"),
    Row(
      says: "a netmask stays a netmask, dotted, and what followed from the old address goes",
      before:
        "iface ens33 inet static\n  address  192.168.10.20\n  netmask 255.255.0.0\n  network 192.168.0.0\n  broadcast 192.168.255.255\n",
      after: "iface ens33 inet static\n  address  192.168.10.21\n  netmask 255.255.255.0\n"),
    Row(
      says: "what is right beside the new address too stays",
      before:
        "iface ens33 inet static\n address 192.168.10.20/24\n network 192.168.10.0\n broadcast 192.168.10.255\n",
      after:
        "iface ens33 inet static\n address 192.168.10.21/24\n network 192.168.10.0\n broadcast 192.168.10.255\n"),
    Row(
      says: "a netmask in digits stays in digits",
      before: "iface ens33 inet static\n address 192.168.10.20\n netmask 16\n broadcast +\n",
      after: "iface ens33 inet static\n address 192.168.10.21\n netmask 24\n broadcast +\n"),
    Row(
      says: "what is right stays, however it is spelled",
      before: "iface ens33 inet6 static\n address FD00:0::0021\n netmask 64\n",
      after: "iface ens33 inet6 static\n address FD00:0::0021\n netmask 64\n", family: .inet6,
      settings: InterfaceSettings(addresses: ["fd00::21/64"], gateway: .keep)),
    Row(
      says: "dhcp becomes static",
      before: "allow-hotplug ens33\niface ens33  inet dhcp # x\n#c\niface lo inet loopback\n",
      after:
        "allow-hotplug ens33\niface ens33  inet static # x\n    address 192.168.10.21/24\n#c\niface lo inet loopback\n"),
    Row(
      says: "options are set, added and removed, doubles become one",
      before:
        "iface ens33 inet static\n address 192.168.10.21/24\n mtu 1500\n mtu 1400\n hwaddress ether 00:0C:29:00:00:01\n gateway 192.168.10.1\n up echo hello\n",
      after:
        "iface ens33 inet static\n address 192.168.10.21/24\n mtu 9000\n gateway 192.168.10.2\n dns-nameservers 10.0.0.1 10.0.0.2\n up echo hello\n",
      settings: InterfaceSettings(
        addresses: ["192.168.10.21/24"], gateway: .set("192.168.10.2"), dns: .set("10.0.0.1 10.0.0.2"),
        mtu: .set("9000"), hardwareAddress: .remove)),
    Row(
      says: "a hardware address keeps its word, and its case where it is right",
      before: "iface ens33 inet static\n address 192.168.10.21/24\n hwaddress ether 00:0C:29:00:00:01\n",
      after: "iface ens33 inet static\n address 192.168.10.21/24\n hwaddress ether 00:0c:29:00:00:02\n",
      settings: InterfaceSettings(addresses: ["192.168.10.21/24"], hardwareAddress: .set("00:0c:29:00:00:02"))),
    Row(
      says: "a missing interface comes with its auto line, in the file's style",
      before: "auto lo\niface lo inet loopback\n\tmtu 100",
      after:
        "auto lo\niface lo inet loopback\n\tmtu 100\n\nauto ens33\niface ens33 inet static\n\taddress 192.168.10.21/24"),
    Row(
      says: "an empty file gets the stanza", before: "",
      after: "auto ens33\niface ens33 inet static\n    address 192.168.10.21/24\n"),
    Row(
      says: "the original's other stanza goes, somebody's own stays",
      before:
        "iface ens33 inet static\n address 192.168.10.21/24\n\niface ens33 inet static\n # why\n address 192.168.10.20/24\n\niface ens33 inet static\n address 10.9.9.9/24\n",
      after:
        "iface ens33 inet static\n address 192.168.10.21/24\n\n # why\niface ens33 inet static\n address 10.9.9.9/24\n"
    ),
    Row(
      says: "several addresses take several stanzas",
      before: "iface ens33 inet static\n address 192.168.10.20/24\n gateway 192.168.10.2\n# end\n",
      after:
        "iface ens33 inet static\n address 192.168.10.21/24\n gateway 192.168.10.2\n\niface ens33 inet static\n address 192.168.10.31/24\n# end\n",
      settings: InterfaceSettings(addresses: ["192.168.10.21/24", "192.168.10.31/24"])),
    Row(
      says: "a continued value becomes one line",
      before: "iface ens33 inet static\n address \\\n  192.168.10.20/24\n dns-nameservers 1.1.1.1 \\\n  2.2.2.2\n",
      after: "iface ens33 inet static\n address 192.168.10.21/24\n dns-nameservers 1.1.1.1 \\\n  2.2.2.2\n",
      settings: InterfaceSettings(addresses: ["192.168.10.21/24"], dns: .set("1.1.1.1 2.2.2.2"))),
    Row(
      says: "the gateway goes with the first address, and stands once",
      before:
        "iface ens33 inet static\n address 192.168.10.20/24\n gateway 192.168.10.2\niface ens33 inet static\n address 192.168.10.120/24\n",
      after:
        "iface ens33 inet static\n address 192.168.10.20/24\niface ens33 inet static\n address 192.168.10.120/24\n gateway 192.168.10.2\n",
      settings: InterfaceSettings(addresses: ["192.168.10.120/24", "192.168.10.20/24"], gateway: .set("192.168.10.2"))),
    Row(
      says: "name servers, one to a line, are what resolvconf reads too",
      before: "iface ens33 inet static\n address 192.168.10.20/24\n dns-nameserver 1.1.1.1\n dns-nameserver 2.2.2.2\n",
      after: "iface ens33 inet static\n address 192.168.10.21/24\n dns-nameserver 1.1.1.1\n dns-nameserver 2.2.2.2\n",
      settings: InterfaceSettings(addresses: ["192.168.10.21/24"], dns: .set("1.1.1.1 2.2.2.2"))),
    Row(
      says: "other name servers stand in one line",
      before: "iface ens33 inet static\n address 192.168.10.21/24\n dns-nameserver 1.1.1.1\n dns-nameserver 2.2.2.2\n",
      after: "iface ens33 inet static\n address 192.168.10.21/24\n dns-nameservers 9.9.9.9\n",
      settings: InterfaceSettings(addresses: ["192.168.10.21/24"], dns: .set("9.9.9.9"))),
    Row(
      says: "a tunnel stays one, and the address gets a stanza of its own",
      before: "iface ens33 inet tunnel\n address 192.168.10.20\n mode gre\n",
      after:
        "iface ens33 inet tunnel\n address 192.168.10.20\n mode gre\n\niface ens33 inet static\n address 192.168.10.21/24\n",
      originals: []),
    Row(
      says: "CR LF stays", before: "iface ens33 inet static\r\n address 192.168.10.20/24\r\n",
      after: "iface ens33 inet static\r\n address 192.168.10.21/24\r\n"),
  ]

  @Test("Converging changes what it must and no more", arguments: rows)
  func converge(row: Row) {
    var file = InterfacesFile(Array(row.before.utf8))
    file.converge(interface: "ens33", family: row.family, to: row.settings, originals: row.originals)
    #expect(file.bytes.shown == Array(row.after.utf8).shown)
    let once = file.bytes
    file.converge(interface: "ens33", family: row.family, to: row.settings, originals: row.originals)
    #expect(file.bytes.shown == once.shown, "a second run changes nothing")
  }

  @Test("Stanzas, sources and started interfaces are found")
  func reading() {
    let text = """
      auto lo ens33
      allow-hotplug ens34
      source /etc/network/interfaces.d/*
      source-directory more \\
        other
      iface ens33 inet static
        # comment \\
        address 1.2.3.4/24

        up echo a b
      mapping ens34
        script x
      iface ens34 inherits ens33
      iface ens34 inet manual inherits ens33

      """
    let file = InterfacesFile(Array(text.utf8))
    #expect(file.startedInterfaces == ["lo", "ens33", "ens34"])
    #expect(file.sources.map(\.pattern) == ["/etc/network/interfaces.d/*", "more", "other"])
    #expect(file.sources.map(\.isDirectory) == [false, true, true])
    #expect(file.stanzas.map(\.method) == ["static", "static", "manual"])
    #expect(file.stanzas.map(\.family) == ["inet", "inet", "inet"])
    #expect(file.stanzas.map(\.extra) == [[], ["inherits", "ens33"], ["inherits", "ens33"]])
    #expect(file.stanzas.first?.options.map(\.value) == ["1.2.3.4/24", "echo a b"])
  }

  static let messy = """
    # interfaces(5)
    source /nowhere/*
    auto lo
    iface lo inet loopback

    auto ens33
    iface ens33 inet static
    \taddress 192.168.10.20
    \tnetmask 255.255.255.0
    \tgateway 192.168.10.2
    \tdns-nameservers 1.1.1.1 \\
    \t  2.2.2.2
      # by hand
    \tbroadcast 192.168.10.255
    \tup ip route add 10.0.0.0/8 via 192.168.10.3

    iface ens33 inet6 auto

    allow-hotplug ens34
    iface ens34 inet dhcp
        hwaddress ether 00:0c:29:00:00:01
    iface ens33 inet static
        address 192.168.10.99/24

    """

  /// A file's last statement in each place that something is put behind, and what the real ifquery says of it then.
  static let open = [
    ("iface ens33 inet dhcp \\", ["address: 192.168.10.21", "mtu: 9000", "up: true"]),
    ("iface ens33 inet static\n address 192.168.10.20/24\\", ["address: 192.168.10.21", "mtu: 9000", "up: true"]),
    (
      "iface ens33 inet static\n address 192.168.10.20/24\n up echo a \\\n b\\\\\\",
      ["address: 192.168.10.21", "up: echo a  b", "mtu: 9000", "up: true"]
    ),
    (
      "iface ens33 inet static\n address 192.168.10.20/24\n up echo a \\\n\t\\",
      ["address: 192.168.10.21", "up: echo a", "mtu: 9000", "up: true"]
    ),
    ("iface ens33 inet static\n address 192.168.10.20/24\n\\", ["address: 192.168.10.21", "mtu: 9000", "up: true"]),
    (
      "iface ens33 inet static\n address 192.168.10.20/24\n# a comment \\",
      ["address: 192.168.10.21", "mtu: 9000", "up: true"]
    ),
  ]

  @Test("A backslash at the end of the file takes in nothing that is put behind it", arguments: open, ["", "\n"])
  func endOfFile(_ row: (text: String, said: [String]), _ end: String) throws {
    var file = InterfacesFile(Array((row.text + end).utf8))
    file.converge(
      interface: "ens33", family: .inet, to: InterfaceSettings(addresses: ["192.168.10.21/24"], mtu: .set("9000")),
      originals: ["192.168.10.20"])
    file.edit("ens33", replacing: [], removing: [], adding: [(.inet, "up", "true")])
    let once = file.bytes
    file.converge(
      interface: "ens33", family: .inet, to: InterfaceSettings(addresses: ["192.168.10.21/24"], mtu: .set("9000")),
      originals: ["192.168.10.20"])
    #expect(file.bytes == once, "\(once.shown) → \(file.bytes.shown)")
    file.converge(interface: "ens34", family: .inet, to: InterfaceSettings(addresses: ["192.168.20.21/24"]))
    guard let ifquery = RealProgram("ifquery") else { return }
    let folder = try ScratchFolder()
    for (bytes, name, said) in [(once, "ens33", row.said), (file.bytes, "ens34", ["address: 192.168.20.21"])] {
      let output = try ifquery.run(["-i", folder.write(bytes, to: "after"), name])
      for line in said {
        #expect(output.text.split(separator: "\n").map(String.init).contains(line), "\(bytes.shown): \(output.text)")
      }
    }
  }

  @Test("Several backslashes at the end of a line, as ifupdown joins them")
  func severalBackslashes() throws {
    for text in ["\\\\", "\\\\\n", "\\\\\n\n", "\\\\\n\n\tmtu 1\n", "\\\\\n b\n"] {
      let bytes = Array("iface ens33 inet static\n address 192.168.10.20/24\n up a\(text)".utf8)
      let file = InterfacesFile(bytes)
      let option = try #require(file.options(of: "ens33").last)
      #expect(String(decoding: file.bytes(of: option), as: UTF8.self) == option.value, "\(bytes.shown)")
      guard let ifquery = RealProgram("ifquery") else { return }
      let folder = try ScratchFolder()
      let output = try ifquery.run(["-i", folder.write(bytes, to: "before"), "ens33"])
      #expect(output.text.contains("\nup: \(option.value)\n"), "\(bytes.shown): \(output.text)")
    }
  }

  @Test("A part of a value is replaced in its own line")
  func parts() throws {
    var file = InterfacesFile(Array("iface a inet manual\n up ip addr add \\\n  10.0.0.1/24 \\\n  dev a # x\n".utf8))
    let option = try #require(file.options(of: "a").first)
    let value = file.bytes(of: option)
    let end = try #require(value.firstRange(of: Array(" #".utf8))).lowerBound
    file.replace([(0..<end, Array("ip addr add   10.0.0.27/24   dev a".utf8))], of: option)
    #expect(
      file.bytes.shown == Array("iface a inet manual\n up ip addr add \\\n  10.0.0.27/24 \\\n  dev a # x\n".utf8).shown)
  }

  @Test("ifupdown reads what we wrote, in damaged files too")
  func oracle() throws {
    guard let ifquery = RealProgram("ifquery") else { return }
    let folder = try ScratchFolder()
    var mutations = Mutations(seed: 40)
    let settings = InterfaceSettings(
      addresses: ["192.168.10.21/24"], gateway: .set("192.168.10.2"), dns: .set("9.9.9.9"), mtu: .set("9000"),
      hardwareAddress: .set("00:0c:29:00:00:02"))
    var read = 0
    for round in 0..<150 {
      let before = round == 0 ? Array(Self.messy.utf8) : mutations.damaged(Self.messy).filter { $0 != 0 }
      guard try ifquery.run(["-i", folder.write(before, to: "before"), "--list"]).status == 0 else { continue }
      var file = InterfacesFile(before)
      for name in ["ens33", "ens34"] {
        file.converge(interface: name, family: .inet, to: settings, originals: ["192.168.10.20"])
      }
      let path = try folder.write(file.bytes, to: "after")
      for name in ["ens33", "ens34"] {
        let output = try ifquery.run(["-i", path, name])
        #expect(output.status == 0, "\(before.shown) → \(file.bytes.shown)")
        for line in [
          "address: 192.168.10.21", "netmask: 255.255.255.0", "gateway: 192.168.10.2", "dns-nameservers: 9.9.9.9",
          "mtu: 9000", "hwaddress: 00:0c:29:00:00:02",
        ] {
          let lines = output.text.split(separator: "\n").map(String.init)
          let isThere = lines.contains(line) || line.hasPrefix("netmask") && lines.contains("netmask: 24")
          #expect(isThere, "\(line) from \(before.shown) → \(file.bytes.shown): \(output.text)")
        }
        #expect(!output.text.contains("\naddress: 192.168.10.20\n"), "\(before.shown) → \(file.bytes.shown)")
      }
      read += 1
    }
    #expect(read > 30, "enough damaged files are still good ones: \(read)")
  }
}
