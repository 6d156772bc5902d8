import CLinux
import Foundation
import Support

/// From a folder in git to a tree as a machine has it: modes, owners, empty directories, labels, and what is made
/// anew each time because it must not be in git.
struct TreeSetup {
  let root: String
  let scratch: Scratch
  /// Where the script is that configures the tree.
  let folder: String

  /// Whether files can be given to other users here.
  static let isRoot = geteuid() == 0

  func carryOut(_ setup: FixtureDescription.Setup) async throws {
    try plainModes()
    try await fillPlaceholders()
    try await DebianPackages.shared.lay(setup.packages ?? [], over: root)
    if let script = setup.configure {
      try await RealProgram.needed("bash").run(["-eu", "\(folder)/\(script)"], in: root).succeeded(script)
    }
    for path in setup.remove ?? [] { try FileManager.default.removeItem(atPath: root + path) }
    for path in setup.directories ?? [] {
      try FileManager.default.createDirectory(atPath: root + path, withIntermediateDirectories: true)
    }
    for path in setup.fifos ?? [] {
      guard mkfifo(root + path, 0o600) == 0 else { throw TestTrouble("mkfifo \(path): \(errno)") }
    }
    for (path, value) in setup.owners ?? [:] where Self.isRoot { try Self.own(root + path, value) }
    for (path, value) in setup.modes ?? [:] {
      // What its owner cannot read (0000, which CentOS has for shadow) only root can look at afterwards.
      guard let mode = mode_t(value, radix: 8), chmod(root + path, Self.isRoot ? mode : mode | 0o400) == 0 else {
        throw TestTrouble("chmod \(value) \(path): \(errno)")
      }
    }
    for (path, labels) in setup.labels ?? [:] { try label(path, labels) }
  }

  /// git keeps one bit of the mode, and the umask decides the rest.
  private func plainModes() throws {
    for (path, entry) in try TreeRecord(of: root).entries {
      switch entry.kind {
      case .directory: chmod(root + path, 0o755)
      case .file: chmod(root + path, entry.mode & 0o100 == 0 ? 0o644 : 0o755)
      default: break
      }
    }
  }

  static func own(_ file: String, _ value: String) throws {
    let ids = value.split(separator: ":").compactMap { uid_t($0) }
    guard ids.count == 2, lchown(file, ids[0], ids[1]) == 0 else {
      throw TestTrouble("chown \(value) \(file): \(errno)")
    }
  }

  private func label(_ path: String, _ labels: [String: String]) throws {
    let descriptor = open(root + path, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    for (name, value) in labels {
      guard setLabel(descriptor, name, value) || !Self.isRoot else { throw TestTrouble("\(name) on \(path): \(errno)") }
    }
  }

  private func setLabel(_ descriptor: Int32, _ name: String, _ value: String) -> Bool {
    Array(value.utf8).withUnsafeBytes { imprint_set_attribute(descriptor, name, $0.baseAddress, $0.count) == 0 }
  }

  // MARK: what is made anew

  private func fillPlaceholders() async throws {
    let files = try TreeRecord(of: root).entries.filter { $0.value.kind == .file && Placeholder.isIn($0.value.bytes) }
    for (path, entry) in files {
      guard let placeholder = Placeholder(whole: entry.text) else { continue }
      switch placeholder.kind {
      case "private-key": try await makeKey(path, placeholder.words)
      case "bytes":
        let count = placeholder.words.first.flatMap { Int($0) } ?? 0
        try write(path, Data((0..<count).map { _ in UInt8.random(in: 0...255) }))
      default: continue
      }
    }
    for (path, entry) in files {
      if let kind = Placeholder(whole: entry.text)?.kind, kind != "public-key" { continue }
      let text = try Placeholder.replaced(in: entry.text) { placeholder in
        guard placeholder.kind == "public-key", let key = placeholder.words.first else {
          throw TestTrouble("\(path): what is {{\(placeholder.text)}}?")
        }
        return try Self.publicKey(of: key, in: scratch.path)
      }
      try write(path, Data(text.utf8))
    }
  }

  private func makeKey(_ path: String, _ words: [String]) async throws {
    let comment = words.dropFirst().joined(separator: " ")
    let pair = try await KeyPool.shared.pair(
      for: path, type: words.first ?? "ed25519", comment: comment.isEmpty ? "root@compute" : comment)
    try write(path, Data(pair.privateKey.utf8))
    try scratch.write(pair.publicKey, to: Self.keyName(path) + ".pub")
  }

  private static func keyName(_ path: String) -> String { "key" + path.replacingOccurrences(of: "/", with: "_") }

  /// The public half of a key that was made for a path, without its newline.
  static func publicKey(of path: String, in scratch: String) throws -> String {
    let text = try String(contentsOfFile: "\(scratch)/\(keyName(path)).pub", encoding: .utf8)
    return text.trimmingCharacters(in: .newlines)
  }

  private func write(_ path: String, _ bytes: Data) throws {
    try bytes.write(to: URL(fileURLWithPath: root + path))
  }
}
