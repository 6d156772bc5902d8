/// What the suites share that run the built program: copies of trees, the program itself, and comparison of whole trees.
///
/// What may enter this room: what two suites need. Nothing here knows what a right answer is.
internal import Foundation
internal import Glibc

/// A folder for one test, gone when it ends.
public final class Scratch: Sendable {
  public let path: String

  public init() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imprint-test-\(UUID().uuidString)")
    path = folder.path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
  }

  /// A copy of a whole tree below this folder, with owners, modes, times, links and labels as they are there.
  public func copy(_ tree: String, as name: String) async throws -> String {
    let target = "\(path)/\(name)"
    try await RealProgram.needed("cp").run(["-a", "--", tree, target]).succeeded("cp -a \(tree)")
    return target
  }

  /// Writes a file below this folder, with the folders above it.
  @discardableResult
  public func write(_ text: String, to name: String, mode: Int = 0o644) throws -> String {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: file).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try Self.write(Array(text.utf8), to: file)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    if mode & 0o111 != 0 { Self.awaitNoWriter(file) }
    return file
  }

  /// Closed in what is started meanwhile, which could else have it open for writing for as long as it lives.
  private static func write(_ bytes: [UInt8], to file: String) throws {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw TestTrouble("\(file): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw TestTrouble("\(file): \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(count)
    }
  }

  /// A process that another test forks just now may hold the file open for writing until its exec, and then nobody can run it
  /// (ETXTBSY). A read lease is given once nobody does (fcntl(2), F_SETLEASE).
  private static func awaitNoWriter(_ file: String) {
    let (setLease, descriptor) = (CInt(1024), open(file, O_RDONLY | O_CLOEXEC))
    defer { close(descriptor) }
    for _ in 0..<2000 {
      if fcntl(descriptor, setLease, F_RDLCK) == 0 {
        _ = fcntl(descriptor, setLease, F_UNLCK)
        return
      }
      // Where the file system has no leases there is nothing to wait for.
      guard errno == EAGAIN else { return }
      usleep(1000)
    }
  }

  deinit {
    // Anything immutable in it is the business of the test that made it so.
    do { try FileManager.default.removeItem(atPath: path) } catch { print("left \(path): \(error)") }
  }
}

/// Why a test cannot go on; not a finding about the program.
public struct TestTrouble: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
