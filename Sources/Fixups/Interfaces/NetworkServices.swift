internal import Documents
internal import Tree

/// Whether systemd starts a unit at boot, as far as the tree tells (systemctl(1), `mask` and `enable`).
enum BootState: Equatable {
  /// The tree has no such unit, or no links that start any.
  case unknown
  case enabled
  case disabled
  /// Nothing can start it: what the link leads to, and where it is.
  case masked(at: TreePath)
}

/// The units of a tree.
struct NetworkServices {
  let tree: any TreeReading
  private static let directories = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"]

  init(_ tree: any TreeReading) { self.tree = tree }

  /// Whether one of them is there; a pattern costs the names of a directory.
  func has(_ paths: [String]) throws -> Bool { try paths.contains { try !tree.places([$0]).isEmpty } }

  /// A mask alone is no unit.
  func hasUnit(_ unit: String) throws -> Bool {
    try tree.places(Self.directories.map { "\($0)/\(unit)" }).contains { try !isMask($0) }
  }

  private func isMask(_ place: Place) throws -> Bool {
    try place.status.kind == .symbolicLink && tree.resolve(place.path) == "/dev/null"
  }

  func hasNetworkManager() throws -> Bool {
    try has(["/usr/sbin/NetworkManager"]) || hasUnit("NetworkManager.service")
  }

  /// The network service of Red Hat's, and what it calls.
  func hasNetworkScripts() throws -> Bool {
    let signs = ["/etc/rc.d/init.d/network", "/etc/init.d/network", "/etc/sysconfig/network-scripts/ifup-eth"]
    return try has(signs) || hasUnit("network.service")
  }

  /// What a unit's name leads to; nil where it is no link of an administrator's.
  func alias(_ unit: String) throws -> (place: TreePath, target: TreePath)? {
    guard let path = TreePath("/etc/systemd/system/\(unit)"), let place = try tree.place(path),
      place.status.kind == .symbolicLink
    else { return nil }
    return (place.path, try tree.resolve(place.path))
  }

  /// Of one name the first directory's counts (systemd.unit(5)).
  func mask(of unit: String) throws -> TreePath? {
    guard let first = try tree.places(Self.directories.map { "\($0)/\(unit)" }).first, try isMask(first) else {
      return nil
    }
    return first.path
  }

  /// - Parameter companions: units that start it, such as its socket.
  func state(of unit: String, companions: [String] = []) throws -> BootState {
    if let mask = try mask(of: unit) { return .masked(at: mask) }
    // The usual place costs one look, and the others the names of all units.
    if try has(["/etc/systemd/system/multi-user.target.wants/\(unit)"]) { return .enabled }
    let links = ([unit] + companions).flatMap { name in
      Self.directories.flatMap { ["\($0)/*.wants/\(name)", "\($0)/*.requires/\(name)"] }
    }
    if try has(links) { return .enabled }
    // Without any such link nobody can tell how the tree is started.
    let isTelling = try hasUnit(unit) && has(["/etc/systemd/system/*.wants/*.service"])
    return try isTelling && !isWanted(unit) ? .disabled : .unknown
  }

  /// Whether an administrator's unit or drop-in names it: one that wants it starts it.
  private func isWanted(_ unit: String) throws -> Bool {
    let files = try tree.regularFiles(matching: ["/etc/systemd/system/*", "/etc/systemd/system/*.d/*.conf"])
    return files.contains { Token(unit).occurs(in: $0.bytes) }
  }
}
