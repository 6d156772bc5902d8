internal import Documents
internal import Tree

/// dropbear's host keys. It does not start without one (dropbear's svr-runopts.c), and Debian's makes them when it is installed and
/// never again: only where something makes them at its start do they go.
enum DropbearKeys {
  static let own = "/etc/dropbear/dropbear_*_host_key"
  /// For the one in an initramfs, which has copies of them (dropbear-initramfs, from Debian 12 on and before).
  static let early = ["/etc/dropbear/initramfs/dropbear_*_host_key", "/etc/dropbear-initramfs/dropbear_*_host_key"]

  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    guard thing.isRenewed(in: situation) else { return Proposal() }
    let (going, left) = try sorted(thing.places(in: situation), situation.tree)
    return thing.removal(of: going) + thing.report(left, in: situation)
  }

  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let (going, left) = try sorted(thing.places(in: template), template.tree)
    return thing.removal(going) + thing.staying(left, "nothing in it makes others")
  }

  private static func sorted(
    _ places: [Place], _ tree: any TreeReading
  ) throws -> (going: [Place], left: [Place]) {
    guard !places.isEmpty, try areMadeAtStart(tree) else { return ([], places) }
    let own = Set(try tree.places([own]))
    return (places.filter(own.contains), places.filter { !own.contains($0) })
  }

  private static let units = ["/usr/lib/systemd/system", "/lib/systemd/system", "/etc/systemd/system"]

  /// By Fedora's unit, or by the server itself, `-R`: in its unit, or in the settings that Debian's and Fedora's read.
  private static func areMadeAtStart(_ tree: any TreeReading) throws -> Bool {
    guard try tree.places(units.map { "\($0)/dropbear-keygen*.service" }).isEmpty else { return true }
    let files = units.flatMap { ["\($0)/dropbear*.service", "\($0)/dropbear*.service.d/*.conf"] }
    return try tree.regularFiles(matching: files + ["/etc/default/dropbear", "/etc/sysconfig/dropbear"]).contains {
      Lines($0.bytes).contains { line in
        line.content.first != UInt8(ascii: "#") && line.text.split { " \t\"'=".contains($0) }.contains(where: isOption)
      }
    }
  }

  /// Options without a value may stand together: `-EFR`.
  private static func isOption(_ word: Substring) -> Bool {
    word.hasPrefix("-") && word.dropFirst().allSatisfy(\.isLetter) && word.contains("R")
  }
}
