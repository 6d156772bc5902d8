internal import Site
internal import Tree

/// The interfaces that NetworkManager is told to leave alone (NetworkManager.conf(5), `unmanaged-devices` and Device List Format).
struct UnmanagedDevices {
  /// File and line.
  let place: String
  private let words: [Substring]

  /// nil where nothing is said.
  init?(in tree: any TreeReading) throws(TreeError) {
    guard let said = try KeyfileDirectory.setting("unmanaged-devices", in: tree) else { return nil }
    place = said.place
    words = said.value.split { ",; ".contains($0) }
  }

  /// Whether an interface is among them by its name. What is said of drivers and the like only the machine can tell.
  func contains(_ interface: InterfaceName) -> Bool {
    let exceptions = words.filter { $0.hasPrefix("except:") }.map { $0.dropFirst("except:".count) }
    return words.contains { Self.means($0, interface.description) }
      && !exceptions.contains { Self.means($0, interface.description) }
  }

  private static func means(_ word: Substring, _ interface: String) -> Bool {
    guard word != "*" else { return true }
    guard word.hasPrefix("interface-name:") else { return false }
    let pattern = word.dropFirst("interface-name:".count)
    // With an equals sign it is no pattern.
    guard !pattern.hasPrefix("=") else { return pattern.dropFirst() == interface }
    // `*` and `?` alone (g_pattern_match_simple of GLib).
    return (try? PathPattern("/\(pattern)"))?.matches("/\(interface)") ?? (pattern == interface)
  }
}
