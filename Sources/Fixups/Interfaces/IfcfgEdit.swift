internal import Documents
internal import Site
internal import Tree

/// An ifcfg file while it is edited: values as they were meant, and why each edit is made.
struct IfcfgEdit {
  let situation: Situation
  let path: TreePath
  private(set) var file: IfcfgFile
  private(set) var shell: ShellAssignments
  private(set) var reasons: [String] = []
  var left: [Finding] = []
  var claims: [Claim] = []

  init(_ file: IfcfgFile, _ situation: Situation) {
    self.situation = situation
    self.file = file
    path = file.snapshot.path
    shell = file.shell
  }

  /// As it was meant (``IfcfgFile/value(_:)``), with the edits so far.
  func value(_ key: String) -> String? {
    shell.literal(key).flatMap(IfcfgFile.meant)
  }

  func isSet(_ key: String) -> Bool { shell.value(key).map { $0 != .literal("") } ?? false }

  /// The keys of a family that hold something.
  func numbered(_ stem: String) -> [String] { file.numbered(stem).filter { isSet($0) } }

  /// The value, or how it is written where only a shell can work it out.
  func text(_ key: String) -> String? {
    if case .unknown(let source)? = shell.value(key) { source } else { value(key) }
  }

  /// Writes what ``text(_:)`` became. What has a substitution in it keeps that.
  mutating func rewrite(_ key: String, to text: String, because reason: String) throws {
    guard case .unknown? = shell.value(key) else { return try set(key, to: text, because: reason) }
    do {
      try shell.rewrite(key, to: text)
    } catch {
      throw FixupError(path, cannot: "correct \(key)", error)
    }
    note(reason)
  }

  mutating func set(_ key: String, to value: String, because reason: String? = nil) throws {
    guard shell.literal(key) != value else { return }
    let said = self.value(key)
    do {
      try shell.set(key, to: value)
    } catch {
      throw FixupError(path, cannot: "set \(key) to \(value)", error)
    }
    note(said == value ? Self.carriageReturn(key) : reason ?? situation.reason(key, said: said, wanted: value))
  }

  mutating func drop(_ key: String, because reason: String) throws {
    guard isSet(key) else { return }
    do {
      try shell.remove(key)
    } catch {
      throw FixupError(path, cannot: "take out \(key)", error)
    }
    note(reason)
  }

  /// Takes the carriage returns off every value: the scripts would hand `ens33\r` to the kernel.
  mutating func trimCarriageReturns() {
    for key in shell.keysEndingInCarriageReturn {
      guard let value = shell.literal(key) else { continue }
      var edited = shell
      guard (try? edited.set(key, to: String(value.dropLast()))) != nil else { continue }
      shell = edited
      note(Self.carriageReturn(key))
    }
  }

  /// What else of the file carries an address of the original: only somebody who knows why can say what it shall be.
  var findings: [Finding] { mentions(besides: []) + idleLines + left + sharedIdentities }

  /// - Parameter told: keys of which it is said elsewhere.
  func mentions(besides told: Set<String>) -> [Finding] {
    let former = situation.formerTokens
    guard !former.isEmpty else { return [] }
    lazy var lines = Lines(shell.bytes)
    return shell.keys.flatMap { key -> [Finding] in
      // Of what only a shell can tell, as it is written.
      guard !told.contains(key),
        let value = value(key)
          ?? shell.line(of: key).flatMap({ line in lines.indices.contains(line - 1) ? lines[line - 1].text : nil })
      else { return [] }
      return former.filter { $0.token.occurs(in: value) }.map { address, _ in
        Finding(
          .warning, "\(key) in \(path) has \(address) in it, which is \(situation.whose(address)); it is left as it is",
          advice: "correct it by hand")
      }
    }
  }

  /// By what the network takes the machine for the original.
  var sharedIdentities: [Finding] {
    shell.keys.compactMap { key in
      guard SharedIdentity.isKnown(key), !isIdle(key) else { return nil }
      return value(key).flatMap { value in
        let line = shell.line(of: key).map { ":\($0)" } ?? ""
        return SharedIdentity.finding(key, value, at: "\(path)\(line)", situation)
      }
    }
  }

  /// What is for a client of DHCP beside a fixed address; NetworkManager gives a name with a dot to that of IPv6, too
  /// (nms-ifcfg-rh-reader.c, `make_ip6_setting`).
  private func isIdle(_ key: String) -> Bool {
    guard ["DHCP_HOSTNAME", "DHCP_FQDN", "DHCP_CLIENT_ID"].contains(key), !file.asksForIPv6Addresses,
      ["none", "static"].contains((text("BOOTPROTO") ?? "none").trimmingBlanks.lowercased()),
      value("OVSBOOTPROTO")?.trimmingBlanks.lowercased() != "dhcp"
    else { return false }
    return key != "DHCP_HOSTNAME" || file.refuses("IPV6INIT") || value(key)?.utf8.contains(UInt8(ascii: ".")) != true
  }

  /// Lines that name the original's address to nobody: `IPADDR = …` is a command to the shell.
  private var idleLines: [Finding] {
    let former = situation.formerTokens
    let said = String(decoding: shell.bytes, as: UTF8.self)
    guard former.contains(where: { $0.1.occurs(in: said) }) else { return [] }
    let left = Set(Lines(shell.bytes).map(\.text))
    let setting = Set(file.shell.keys.compactMap { file.shell.line(of: $0) })
    let lines = Lines(shell.bytes)
    let effective = Set(shell.keys.compactMap { key in shell.line(of: key).map { lines[$0 - 1].text } })
    return Lines(file.snapshot.bytes).enumerated().flatMap { index, line -> [Finding] in
      let code = line.text.prefix { $0 != "#" }
      guard left.contains(line.text), !setting.contains(index + 1) || !effective.contains(line.text) else { return [] }
      let why =
        setting.contains(index + 1)
        ? "where nobody can tell whether it runs; a line below overrules it"
        : "and sets nothing: no reader of the file heeds it"
      return former.filter { $0.1.occurs(in: String(code)) }.map { address, _ in
        Finding(
          .note, "\(path):\(index + 1) has \(address) in it \(why)",
          advice: "take the line out")
      }
    }
  }

  var change: Change? {
    situation.configurations.keep(shell, for: path)
    return Change.edit(file.snapshot, to: shell.bytes, because: reasons)
  }

  private mutating func note(_ reason: String) { if !reasons.contains(reason) { reasons.append(reason) } }

  /// The original's MAC address where only a person can tell what to put in its place.
  mutating func leave(_ key: String, _ mac: MACAddress) {
    left.append(
      Finding(
        .warning, "\(key) in \(path) has \(mac) in it, which the original has too; it is left as it is",
        advice: situation.node.macs.isEmpty
          ? "say the node's mac in the site, or correct it by hand" : "correct it by hand"))
  }

  private static func carriageReturn(_ key: String) -> String {
    "\(key) ended with a carriage return, which the shell takes for part of the value"
  }
}
