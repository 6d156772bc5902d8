internal import Documents
internal import Glibc
internal import Site
internal import Tree

/// Whether `ifup -a` brings up what has a stanza.
extension IfupdownBackend {
  private static let environment: TreePath = "/etc/default/networking"

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
