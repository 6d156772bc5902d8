extension Migration {
  init(_ table: TableReader) {
    self.init()
    var table = table
    if let said = table.value("user", as: UserName.self) {
      user = said.value == .root ? .nova : said.value
      if said.value == .root {
        table.problems.report(said.place, "user is root", "guests are moved by an account of their own, such as nova")
      }
    }
    readKeyType(&table)
    if let checking = table.choice("host-key-checking", as: YesNo.self) { checksHostKeys = checking.value == .yes }
    readRestriction(&table)
    access = table.choice("access", as: Access.self)?.value ?? access
    authority = table.value("authority")?.value
    validity = table.integer("validity", in: Self.validityRange)?.value ?? validity
    commands = table.choice("commands", as: Commands.self)?.value ?? commands
    if let text = table.text("password-hash") {
      do {
        passwordHash = try Secret(passwordHash: text.value)
      } catch {
        table.problems.report(text.place, error)
      }
    }
    table.finish()
  }

  private enum YesNo: String, CaseIterable { case yes, no }
  private enum KeyName: String, CaseIterable { case ed25519, rsa }

  private mutating func readKeyType(_ table: inout TableReader) {
    let name = table.choice("key-type", as: KeyName.self)
    let bits = table.integer("bits", in: KeyType.bitsRange)
    if name?.value == .rsa {
      keyType = .rsa(bits: bits?.value ?? KeyType.defaultBits)
    } else if let bits {
      table.problems.report(bits.place, "bits are for rsa keys only", "leave them out, or say key-type = \"rsa\"")
    }
  }

  private mutating func readRestriction(_ table: inout TableReader) {
    guard let entry = table.take("restrict") else { return }
    switch entry.value.content {
    case .boolean(let isOn): restriction = isOn ? .peerAddresses : .anywhere
    case .array(let elements):
      if elements.isEmpty {
        table.problems.report(entry.value.place, "restrict is an empty list", "say false to accept keys from anywhere")
      }
      restriction = .sources(elements.compactMap { table.source($0) })
    case .string: restriction = .sources([table.source(entry.value)].compactMap(\.self))
    default:
      table.wrongType(
        entry.value, of: "restrict", expected: "true, false or a list of subnets",
        "true accepts each peer's key from its own addresses")
    }
  }
}

extension TableReader {
  /// A subnet, or an address as a subnet of one.
  fileprivate func source(_ value: TOMLValue) -> Subnet? {
    if case .string(let text) = value.content, let address = try? IPAddress(text) { return Subnet(address) }
    return self.value(value, of: "each of restrict", as: Subnet.self)?.value
  }
}

extension Controller {
  init(_ table: TableReader) {
    var table = table
    let ssh: SSHDestination? = table.value("ssh")?.value
    let discover = table.text("discover")
    if let discover,
      discover.value.allSatisfy({ $0 == " " }) || discover.value.unicodeScalars.contains(where: { $0.value < 0x20 })
    {
      table.problems.report(discover.place, "discover is not a command", "write one line, or leave it out")
    }
    self.init(ssh: ssh, discover: discover?.value, openrc: table.value("openrc")?.value)
    table.finish()
  }
}

extension Reset {
  init(_ table: TableReader) {
    self.init()
    var table = table
    for name in ResetName.allCases {
      if let choice = table.boolean(name.rawValue) { choices[name] = choice.value }
    }
    table.finish()
  }
}
