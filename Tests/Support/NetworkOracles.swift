internal import Foundation
internal import Testing

/// Readers of network configuration out of Debian's packages, which are taken apart and not installed: a machine that tests
/// keeps its own network.
public struct NetworkOracles {
  let root: String

  public init(root: String) { self.root = root }

  private static let libraries = "usr/lib/x86_64-linux-gnu:usr/lib/aarch64-linux-gnu"

  /// What `netplan generate` makes of the tree, in a copy of its files.
  public func netplan(_ files: [String: [String]]) async throws {
    guard !files.isEmpty else { return }
    let place = try await Self.unpacked(["netplan.io", "libnetplan0"])
    guard let place else { return }
    let scratch = try Scratch()
    let bash = try RealProgram.needed("bash")
    let script = """
      mkdir -p "$2/etc" && cp -a "$1/etc/netplan" "$2/etc/" && cd "$3" && usr/libexec/netplan/generate --root-dir "$2"
      """
    try await bash.run(
      ["-euc", script, "bash", root, scratch.path, place], environment: Self.environment(place)
    ).succeeded("netplan generate")
    for (file, wanted) in files {
      let text = try String(contentsOfFile: scratch.path + file, encoding: .utf8)
      for line in wanted { #expect(text.split(separator: "\n").contains { $0 == line }, "netplan's \(file):\n\(text)") }
    }
  }

  /// Whether `netplan generate` takes one file; nil where there is no netplan to ask.
  public static func takesNetplan(_ text: String) async throws -> Bool? {
    guard let place = try await unpacked(["netplan.io", "libnetplan0"]) else { return nil }
    let scratch = try Scratch()
    try scratch.write(text, to: "etc/netplan/a.yaml")
    let outcome = try await RealProgram(path: "\(place)/usr/libexec/netplan/generate").run(
      ["--root-dir", scratch.path], environment: environment(place))
    return outcome.status == 0
  }

  /// What `nmcli --offline` reads, which is libnm's keyfile reader, the one that NetworkManager itself has.
  public func connections(_ files: [String: [String]]) async throws {
    guard !files.isEmpty else { return }
    let packages = ["network-manager", "libnm0", "libteamdctl0", "libndp0", "libmm-glib0", "libpolkit-agent-1-0"]
    guard let place = try await Self.unpacked(packages + ["libpolkit-gobject-1-0"]) else { return }
    for (file, wanted) in files {
      let input = try String(contentsOfFile: root + file, encoding: .utf8)
      let outcome = try await RealProgram(path: "\(place)/usr/bin/nmcli").run(
        ["--offline", "connection", "modify", "connection.autoconnect", "yes"], input: input,
        environment: Self.environment(place)
      ).succeeded("nmcli reads \(file)")
      let lines = outcome.output.split(separator: "\n").map(String.init)
      for line in wanted { #expect(lines.contains(line), "NetworkManager reads \(file): \(outcome.output)") }
    }
  }

  private static func environment(_ place: String) -> [String: String] {
    ["LD_LIBRARY_PATH": libraries.split(separator: ":").map { "\(place)/\($0)" }.joined(separator: ":")]
  }

  /// nil where there is no package archive to ask.
  public static func unpacked(_ packages: [String]) async throws -> String? {
    let place = "\(Repository.path)/.build/debian-files/\(packages[0])"
    guard !FileManager.default.fileExists(atPath: "\(place)/usr") else { return place }
    let scratch = "\(place).\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    do {
      try await DebianPackages.shared.lay(packages, over: scratch)
    } catch let error as DebianPackages.Unavailable {
      try? FileManager.default.removeItem(atPath: scratch)
      RealProgram.missing(error.description)
      return nil
    }
    // Whoever comes second keeps the first one's.
    if rename(scratch, place) != 0 { try? FileManager.default.removeItem(atPath: scratch) }
    return place
  }
}
