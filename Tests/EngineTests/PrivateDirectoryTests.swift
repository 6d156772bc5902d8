import Foundation
import Testing

@testable import Engine

@Suite("Where keys are made", .serialized)
struct PrivateDirectoryTests {
  @Test("a directory whose maker lives stays, one that nobody locks goes with what is in it")
  func left() throws {
    let living = try PrivateDirectory()
    defer { living.remove() }
    let left = "/dev/shm/imprint-keys-\(geteuid())-aB3xY9"
    try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: false)
    try Data("key".utf8).write(to: URL(filePath: "\(left)/key-0"))
    // Not by this imprint's naming: of one that locks nothing, or of another user.
    let others = ["/dev/shm/imprint-keys-aB3xY9", "/dev/shm/imprint-keys-\(geteuid() + 1)-aB3xY9"]
    for path in others { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    defer { for path in others { try? FileManager.default.removeItem(atPath: path) } }
    let remarks = LeftKeys.remove()
    #expect(
      remarks.filter { $0.contains("aB3xY9") } == [
        "\(left) had the keys that a killed imprint was making, and is removed"
      ])
    #expect(!FileManager.default.fileExists(atPath: left))
    for path in others + [living.path] { #expect(FileManager.default.fileExists(atPath: path)) }
  }

  /// One that nobody locks, of a maker that its name tells.
  private func unlocked(_ maker: String, _ suffix: String) throws -> String {
    let path = "/dev/shm/imprint-keys-\(geteuid())-\(maker)-\(suffix)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    return path
  }

  @Test("whose maker is at work is not asked for its lock; one of the dead, of long ago or of another namespace is")
  func makers() throws {
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
    let namespace = try #require(UInt64(link.filter(\.isNumber)))
    let dead = Process()
    dead.executableURL = URL(filePath: "/bin/true")
    try dead.run()
    dead.waitUntilExit()
    let atWork = try unlocked("\(namespace)-\(getpid())", "atWork")
    let strange = try unlocked("x-\(getpid())", "noName")
    let old = try unlocked("\(namespace)-\(getpid())", "oldOne")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: old)
    let gone = [
      try unlocked("\(namespace)-\(dead.processIdentifier)", "killed"),
      try unlocked("\(namespace + 1)-\(getpid())", "nsElse"), try unlocked("0-\(getpid())", "noProc"), old, strange,
    ]
    let others = try unlocked("\(namespace + 1)-\(dead.processIdentifier)", "nsLive")
    let lock = open(others, O_RDONLY | O_DIRECTORY)
    defer { close(lock) }
    #expect(flock(lock, LOCK_EX) == 0)
    defer { for path in gone + [atWork, others] { try? FileManager.default.removeItem(atPath: path) } }
    let remarks = LeftKeys.remove()
    for path in gone {
      #expect(!FileManager.default.fileExists(atPath: path))
      #expect(remarks.contains { $0.hasPrefix(path) })
    }
    for path in [atWork, others] { #expect(FileManager.default.fileExists(atPath: path)) }
  }

  @Test("one that was made tells its maker, and goes with its lock")
  func own() throws {
    let made = try PrivateDirectory()
    #expect(made.path.contains("-\(getpid())-"))
    made.remove()
    #expect(!FileManager.default.fileExists(atPath: made.path))
  }

  @Test("a link in the place of one is not followed") func link() throws {
    let (target, link) = ("/dev/shm/imprint-test-\(getpid())", "/dev/shm/imprint-keys-\(geteuid())-l1NK00")
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    try Data("kept".utf8).write(to: URL(filePath: "\(target)/x"))
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    defer {
      try? FileManager.default.removeItem(atPath: link)
      try? FileManager.default.removeItem(atPath: target)
    }
    _ = LeftKeys.remove()
    #expect(FileManager.default.fileExists(atPath: "\(target)/x"))
  }
}
