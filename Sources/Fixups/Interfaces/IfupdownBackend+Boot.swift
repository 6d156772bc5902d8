internal import Documents
internal import Glibc
internal import Site
internal import Tree

/// Whether `ifup -a` brings up what has a stanza.
extension IfupdownBackend {
  private static let environment: TreePath = "/etc/default/networking"

  /// Interfaces that have stanzas and that nothing brings up get an `auto` line before the first of these (interfaces(5)).
  mutating func start(_ intents: [InterfaceIntent]) throws -> [Claim] {
    var claims: [Claim] = []
    for intent in intents {
      let name = intent.interface.description
      guard !documents.contains(where: { $0.document.startedInterfaces.contains(name) }), try !isStarted(name),
        let home = documents.first(where: { $0.document.stanzas.contains { $0.interface == name } })
      else { continue }
      var document = home.document
      document.start(name)
      keep(document, at: home.path, because: "nothing brought \(name) up at boot")
      claims.append(
        Claim("start of \(name)", expected: "at boot", seen: "no auto or allow-hotplug line", holds: false))
    }
    return claims
  }

  /// Whether another thing than its name in an `auto` or `allow-…` line starts it, or may: a pattern, a command of another interface's, a
  /// unit (ifup@.service).
  private func isStarted(_ name: String) throws -> Bool {
    let words = files.all.flatMap(\.document.startedInterfaces)
    if files.isStarted(name) || words.contains(where: { $0.contains { "/*[".contains($0) } }) { return true }
    let commands = files.all.flatMap(\.document.stanzas).filter { $0.interface != name }.flatMap(\.options)
    let runs = commands.contains { option in
      let words = option.value.split { " \t;&|\"'".contains($0) }
      return Self.hooks.contains(option.name) && words.contains { $0.split(separator: "/").last == "ifup" }
        && words.contains { $0 == name }
    }
    return try runs || !situation.tree.places(["/etc/systemd/system/*.wants/ifup@\(name).service"]).isEmpty
  }

  /// networking.service runs `ifup -a --read-environment`, which passes over what `EXCLUDE_INTERFACES` means: patterns with blanks between
  /// them (ifup(8)). What udev starts is started without it (ifup@.service).
  func excluded(_ intents: [InterfaceIntent]) throws -> Proposal {
    let key = "EXCLUDE_INTERFACES"
    guard let file = try situation.tree.glance(Self.environment) else { return Proposal() }
    let shell = ShellAssignments(file.bytes)
    let patterns = (shell.literal(key) ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    let line = shell.line(of: key).map { ":\($0)" } ?? ""
    var proposal = Proposal()
    for interface in intents.map(\.interface) where !files.hasHotplug(interface) {
      guard let pattern = patterns.first(where: { fnmatch($0, interface.description, 0) == 0 }) else { continue }
      proposal.findings.append(
        Finding(
          .warning,
          "\(file.path)\(line): \(key) has \(pattern.shown) in it, and so nothing brings up \(interface) at boot",
          advice: "take it out there"))
      proposal.claims.append(
        Claim("start of \(interface)", expected: "at boot", seen: "\(key) of \(file.path)", holds: false))
    }
    return proposal
  }
}
