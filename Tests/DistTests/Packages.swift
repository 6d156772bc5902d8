import Foundation
import Support
import Testing

/// What `make dist` made, where IMPRINT_DIST says; otherwise the program that was built for the tests, packed once.
struct Packages: Sendable {
  let folder: String
  let tar: String
  let deb: String
  let rpm: String

  /// Installing takes root; so does living in a root of one's own.
  static var arePossible: Bool {
    guard LabNode.isRoot else {
      RealProgram.missing("root, which installing packages takes,")
      return false
    }
    return ["dpkg", "rpm", "rpmbuild", "patchelf", "strace", "busybox"].allSatisfy { RealProgram.find($0) != nil }
  }

  static let areForDebugging = ProcessInfo.processInfo.environment["IMPRINT_DIST"] == nil

  static var made: Packages {
    get async throws { try await making.value }
  }

  private static let making = Task {
    if let folder = ProcessInfo.processInfo.environment["IMPRINT_DIST"] {
      return try Packages(in: folder.hasPrefix("/") ? folder : "\(Repository.path)/\(folder)")
    }
    let folder = "\(Repository.path)/.build/dist-of-tests"
    try await RealProgram(path: "\(Repository.path)/Scripts/dist")
      .run(
        ["--program", Imprint.program.path, "--output", folder],
        environment: ProcessInfo.processInfo.environment, seconds: 600
      )
      .succeeded("Scripts/dist")
    return try Packages(in: folder)
  }

  private init(in folder: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    func named(_ ending: String) throws -> String {
      guard let name = names.first(where: { $0.hasSuffix(ending) }) else {
        throw TestTrouble("there is no \(ending) in \(folder)")
      }
      return "\(folder)/\(name)"
    }
    (self.folder, tar, deb, rpm) = (folder, try named(".tar.gz"), try named(".deb"), try named(".rpm"))
  }
}
