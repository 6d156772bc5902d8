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
