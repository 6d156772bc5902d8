import Testing

@testable import Documents

@Suite("NetworkManager's, systemd-networkd's and netplan's files")
struct NetworkDocumentTests {
  static let keyfile = """
    # by hand
    [connection]
    id=ens33
    uuid = 6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a33
    type=ethernet

    [ipv4]
    address1=192.168.10.20/24,192.168.10.2
    method=manual
    dns=192.168.10.2;

    """
  static let network = """
    [Match]
    Name=ens33
    ; the card
    [Network]
    DNS = 192.168.10.2 \\
      192.168.10.3
    [Address]
    Address=192.168.10.20/24
    [Address]
    Address=192.168.10.30/24

    """
  static let netplan = """
    # cloud-init's
    network:
      version: 2
      ethernets:
        ens33:
          match: {macaddress: "52:54:00:00:00:01"}
          set-name: 'ens33'
          addresses:
          - 192.168.10.20/24 # management
          - "fd00:10::20/64"
          nameservers: {addresses: [192.168.10.2, "fd00::3"]}
          routes:
            - to: default
              via: 192.168.10.2
        ens34: {dhcp4: true}
        ens35:
          dhcp4: no

    """

  static let files: [[UInt8]] = {
    var mutations = Mutations(seed: 8)
    return [keyfile, network, netplan].flatMap { sample in
      [Array(sample.utf8)] + (0..<150).map { _ in mutations.damaged(sample) }
    } + (0..<200).map { _ in mutations.bytes(upTo: 120) }
  }()

  @Test("Reading and writing gives the same bytes, whatever they are") func identity() {
    for file in Self.files {
      #expect(Keyfile(file).bytes == file)
      #expect(NetworkdFile(file).bytes == file)
      #expect(YAMLFile(file).bytes == file)
      _ = (Keyfile(file).settings, NetworkdFile(file).settings, YAMLFile(file).root.flattened)
    }
  }

  @Test("An edit is read back, and made twice it is the edit made once") func edits() throws {
    for file in Self.files {
      var keyfile = Keyfile(file)
      for value in [" a\\b\n", "192.168.10.21/24"] where keyfile.problem == nil {
        keyfile.set("ipv4", "address1", to: value)
        #expect(keyfile.value("ipv4", "address1") == value)
        let once = keyfile.bytes
        keyfile.set("ipv4", "address1", to: value)
        #expect(keyfile.bytes == once)
      }
      keyfile.remove("ipv4", "address1")
      #expect(keyfile.problem != nil || keyfile.value("ipv4", "address1") == nil)
      var network = NetworkdFile(file)
      network.set("Link", "MTUBytes", to: "9000")
      #expect(network.value("Link", "MTUBytes") == "9000" || String(validating: file, as: UTF8.self) == nil)
      let once = network.bytes
      network.set("Link", "MTUBytes", to: "9000")
      #expect(network.bytes == once)
      var yaml = YAMLFile(file)
      if (try? yaml.set(["network", "ethernets", "ens33", "mtu"], to: .scalar("1450"))) != nil {
        #expect(yaml.root[["network", "ethernets", "ens33", "mtu"]]?.text == "1450")
        let once = yaml.bytes
        try yaml.set(["network", "ethernets", "ens33", "mtu"], to: .scalar("1450"))
        #expect(yaml.bytes == once)
      } else {
        #expect(yaml.bytes == file)
      }
    }
  }

  @Test("A key file keeps its blanks, and a section that is there is used") func keyfileEdit() {
    var file = Keyfile(Array(Self.keyfile.utf8))
    file.set("connection", "uuid", to: "0")
    file.set("connection", "mtu", to: "1")
    file.set("ethernet", "mac-address", to: "52:54:00:00:00:02")
    file.remove("ipv4", "dns")
    #expect(
      String(decoding: file.bytes, as: UTF8.self) == """
        # by hand
        [connection]
        id=ens33
        uuid = 0
        type=ethernet
        mtu=1

        [ipv4]
        address1=192.168.10.20/24,192.168.10.2
        method=manual

        [ethernet]
        mac-address=52:54:00:00:00:02

        """)
  }

  @Test("Sections of one name are apart, and lines that are joined are one value") func networkdEdit() throws {
    var file = NetworkdFile(Array(Self.network.utf8))
    #expect(file.value("Network", "DNS") == "192.168.10.2   192.168.10.3" || file.settings("Network", "DNS").count == 1)
    let addresses = file.settings("Address", "Address")
    #expect(addresses.map(\.sectionIndex) == [2, 3])
    file.removeSection(of: try #require(addresses.last))
    file.replace(try #require(addresses.first), with: "192.168.10.21/24")
    file.set("Network", "DNS", to: "192.168.10.3")
    #expect(
      String(decoding: file.bytes, as: UTF8.self)
        == "[Match]\nName=ens33\n; the card\n[Network]\nDNS = 192.168.10.3\n[Address]\nAddress=192.168.10.21/24\n")
  }

  @Test("Only the lines of YAML that must change do") func yamlEdit() throws {
    var file = YAMLFile(Array(Self.netplan.utf8))
    #expect(file.problem == nil)
    let path = ["network", "ethernets", "ens33"]
    try file.edit(
      list: path + ["addresses"], replacing: [0: "192.168.10.21/24"], removing: [1], adding: [.scalar("10.0.0.1/8")])
    try file.edit(list: path + ["nameservers", "addresses"], replacing: [0: "1.1.1.1"], removing: [1], adding: [])
    try file.set(path + ["match", "macaddress"], to: .scalar("52:54:00:00:00:02"))
    try file.set(path + ["set-name"], to: .scalar("ens3"))
    try file.set(["network", "ethernets", "ens35", "dhcp4"], to: .scalar("false"))
    try file.set(["network", "ethernets", "ens36", "addresses"], to: .list([.scalar("10.0.0.2/8")]))
    let expected = Self.netplan
      .split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
        switch line {
        case "      match: {macaddress: \"52:54:00:00:00:01\"}": ["      match: {macaddress: \"52:54:00:00:00:02\"}"]
        case "      set-name: 'ens33'": ["      set-name: 'ens3'"]
        case "      - 192.168.10.20/24 # management": ["      - 192.168.10.21/24 # management"]
        case "      - \"fd00:10::20/64\"": ["      - 10.0.0.1/8"]
        case "      nameservers: {addresses: [192.168.10.2, \"fd00::3\"]}":
          ["      nameservers: {addresses: [1.1.1.1]}"]
        case "      dhcp4: no": ["      dhcp4: false", "    ens36:", "      addresses:", "        - 10.0.0.2/8"]
        default: [String(line)]
        }
      }
    #expect(String(decoding: file.bytes, as: UTF8.self) == expected.joined(separator: "\n"))
  }

  @Test(
    "A key of an item of a list is set in its place, put to the end, or taken out",
    arguments: [
      (
        "- to: x # a\n  via: \"y\" # b\n- z: 1\n", "- to: x # a\n  via: \"new\" # b\n  metric: 7\n- z: 1\n",
        "via: \"new\" # b\n  metric: 7"
      ),
      ("- {to: x, via: y}\n", "- {to: x, via: new, metric: 7}\n", "{via: new, metric: 7}"),
      ("- { metric: 8,to: x, via: [y] }", "- { metric: 7,to: x, via: new }", nil),
      (
        "- metric: 8\n  # c\n  via: y\n  to: x # d\n", "- metric: 7\n  # c\n  via: new\n  to: x # d\n",
        "metric: 7\n  # c\n  via: new"
      ),
    ] as [(String, String, String?)])
  func yamlItem(_ before: String, _ after: String, _ without: String?) throws {
    var file = YAMLFile(Array("a:\n\(before)".utf8))
    let values = [("via", "new"), ("metric", "7")] as [(key: String, value: String?)]
    guard without != nil else {
      // A list is no text that could be replaced.
      #expect(throws: EditError.self) { try file.edit(item: 0, of: ["a"], setting: values) }
      return
    }
    try file.edit(item: 0, of: ["a"], setting: values)
    #expect(String(decoding: file.bytes, as: UTF8.self) == "a:\n\(after)")
    try file.edit(item: 0, of: ["a"], setting: [("to", nil)])
    let text = String(decoding: file.bytes, as: UTF8.self)
    #expect(text.hasPrefix("a:\n- \(without ?? "")"), "\(text)")
    #expect(file.root[["a"]]?.items.first?.node["to"] == nil)
  }

  @Test(
    "Of a list in brackets over several lines only the items change",
    arguments: [
      ("[\n  a, # x\n  b,\n]", [0: "n"], [], [], "[\n  n, # x\n  b,\n]"),
      ("[\n  a, # x\n  b,\n]", [1: "n"], [0], [], "[\n  n,\n]"), ("[a,\n b]", [:], [1], [], "[a]"),
      ("[a,\n b, c]", [:], [1, 2], ["n"], "[a,\n n]"), ("[a,\n b # y\n]", [:], [], ["n", "m"], "[a,\n b, n, m # y\n]"),
      ("[a,\n b]", [:], [0, 1], ["n"], "[n]"), ("\n  ['a', b] # y", [0: "n"], [], [], "\n  ['n', b] # y"),
    ] as [(String, [Int: String], Set<Int>, [String], String)])
  func yamlSpread(_ before: String, _ new: [Int: String], _ gone: Set<Int>, _ added: [String], _ after: String) throws {
    var file = YAMLFile(Array("a: \(before)\nb: 1\n".utf8))
    try file.edit(list: ["a"], replacing: new, removing: gone, adding: added.map { .scalar($0) })
    #expect(String(decoding: file.bytes, as: UTF8.self) == "a: \(after)\nb: 1\n")
  }

  @Test("A value may have a line of its own behind the dash") func dashAlone() throws {
    var file = YAMLFile(Array("a:\n-\n  10.0.0.1/24\n- \n\n    'x' # y\nb: 1\n".utf8))
    #expect(file.problem == nil)
    try file.edit(list: ["a"], replacing: [0: "10.0.0.2/24"], removing: [1], adding: [])
    #expect(String(decoding: file.bytes, as: UTF8.self) == "a:\n-\n  10.0.0.2/24\nb: 1\n")
    for text in ["a:\n-\n  b\n  c\n", "a:\n-\n  b\n   c\n", "a:\n-\n  &x b\n", "a:\n-\n  |\n   b\n"] {
      #expect(YAMLFile(Array(text.utf8)).problem != nil, "\(text)")
    }
  }

  @Test(
    "What an edit by lines could change the meaning of is refused with its line",
    arguments: [
      ("a: &x 1\n", 1), ("a: 1\nb: *x\n", 2), ("a: !!str 1\n", 1), ("a: |\n  b\n", 1), ("a:\n\t- b\n", 2),
      ("a: [1\n  2]\n", 2), ("a: [1,\n  2\n", 3), ("a:\n  [1]: 2\n", 2), ("a: 1\na: 2\n", 2), ("a: b\n  c\n", 2),
      ("a: \"b\n  c\"\n", 1), ("<<: {a: 1}\n", 1),
      ("a: 1\n---\nb: 2\n", 2), ("%YAML 1.1\n---\na: 1\n", 1), ("? a\n: b\n", 1), ("a: \"\\x41\"\n", 1),
    ] as [(String, Int)]) func refusals(_ text: String, _ line: Int)
  {
    #expect(YAMLFile(Array(text.utf8)).problem?.line == line)
  }

  /// python3-yaml reads what this reads, with every scalar as the text that it is.
  @Test("What is understood, PyYAML understands alike, before an edit and after it") func yamlOracle() throws {
    guard let python = RealProgram("python3"), try python.run(["-c", "import yaml"]).status == 0 else {
      return RealProgram.missing("PyYAML (python3-yaml)")
    }
    let tokens = [
      "a:", " ", "\n", "\n  ", "\n    ", "- ", "b: 1", "[x, y]", "{k: v}", "'q'", "\"d\"", "#c", ": ", "-", "x", "c: ",
    ]
    var mutations = Mutations(seed: 18)
    var files = (0..<400).map { _ in mutations.damaged(Self.netplan) }
    files += (0..<1500).map { _ in mutations.file(of: tokens, count: 9) }
    let spread = ["a: ", "a:", "\n", "\n  ", "[", "x", ", ", ",\n  ", "]", "{", "k: ", "}", " #c\n"]
    files += (0..<6000).map { _ in mutations.file(of: spread, count: 9) }
    var documents = files.map { YAMLFile($0) }.filter { $0.problem == nil }
    #expect(documents.count > 150)
    let routes = ["network", "ethernets", "ens33", "routes"]
    for document in documents {
      for values in [[("via", "10.0.0.9"), ("metric", "7")], [("to", nil)], [("via", nil)]] as [[(String, String?)]] {
        var edited = document
        guard (try? edited.edit(item: 0, of: routes, setting: values)) != nil, edited.bytes != document.bytes else {
          continue
        }
        for (key, value) in values { #expect(edited.root[routes]?.items.first?.node[key]?.text == value) }
        documents.append(edited)
      }
      var edited = document
      if (try? edited.set(["network", "ethernets", "ens34", "mtu"], to: .scalar("9000"))) != nil {
        documents.append(edited)
      }
    }
    let script = """
      import sys, yaml
      def flat(n):
        if isinstance(n, dict): return [".%s%s" % (k, x) for k, v in n.items() for x in flat(v)]
        if isinstance(n, list): return ["[]" + x for v in n for x in flat(v)]
        return ["=" + ("" if n is None else n)]
      for text in sys.stdin.buffer.read().split(b"\\0"):
        try: said = "\\n".join(flat(yaml.load(text.decode(), Loader=yaml.BaseLoader)))
        except Exception as error: said = "refused: %s" % error
        sys.stdout.write(said + "\\0")
      """
    let input = documents.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "\0")
    let said = try python.run(["-c", script], input: input).text.split(
      separator: "\0", omittingEmptySubsequences: false)
    for (document, said) in zip(documents, said) {
      let ours = document.root.flattened.joined(separator: "\n")
      #expect(ours == said, "\(String(decoding: document.bytes, as: UTF8.self).debugDescription)")
    }
    #expect(said.count == documents.count + 1)
  }

  /// GLib's own reader, by its Python binding.
  @Test("What a key file says, GLib reads alike") func keyfileOracle() throws {
    let check = "import gi; gi.require_version('GLib', '2.0'); from gi.repository import GLib"
    guard let python = RealProgram("python3"), try python.run(["-c", check]).status == 0 else {
      return RealProgram.missing("GLib for Python (python3-gi)")
    }
    let script = """
      import sys
      from gi.repository import GLib
      for text in sys.stdin.buffer.read().split(b"\\0"):
        file = GLib.KeyFile()
        try:
          file.load_from_bytes(GLib.Bytes.new(text), GLib.KeyFileFlags.NONE)
          lines = sorted(set("%s.%s" % (g, k) + "=" + file.get_string(g, k) for g in file.get_groups()[0] for k in file.get_keys(g)[0]))
          said = "\\n".join(lines)
        except GLib.Error as error: said = "refused"
        sys.stdout.write(said + "\\0")
      """
    var mutations = Mutations(seed: 28)
    let files =
      ([Self.keyfile] + (0..<300).map { _ in String(decoding: mutations.damaged(Self.keyfile), as: UTF8.self) })
      .filter { !$0.contains("\0") && !$0.isEmpty && !$0.utf8.contains(0xEF) }
    let said = try python.run(["-c", script], input: files.joined(separator: "\0")).text.split(
      separator: "\0", omittingEmptySubsequences: false)
    for (file, said) in zip(files, said) where said != "refused" {
      let keyfile = Keyfile(Array(file.utf8))
      let ours = keyfile.settings.map { "\($0.section).\($0.key)=\($0.value)" }.sorted {
        Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8))
      }
      #expect(ours.joined(separator: "\n") == said, "\(file.debugDescription)")
      #expect(keyfile.problem == nil, "\(file.debugDescription)")
    }
  }
}
