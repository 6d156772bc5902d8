internal import Fixups
internal import Glibc
internal import Subprocess
internal import SystemPackage

/// Key pairs, made by the host's own ssh-keygen(1).
///
/// They are made in a private directory in memory, outside the tree: no program but imprint follows paths inside a
/// tree that may be hostile, and a key that is never used never reaches a disk.
struct KeyGeneration {
  struct Pair: Sendable {
    var privateKey: [UInt8]
    var publicKey: [UInt8]
  }

  /// Where ssh-keygen is looked for: a fixed list, not the caller's PATH.
  static let programs = ["/usr/bin/ssh-keygen", "/usr/local/bin/ssh-keygen", "/bin/ssh-keygen"]

  /// Makes one pair for each request, side by side.
  static func pairs(for requests: Set<KeyRequest>) async throws -> [KeyRequest: Pair] {
    guard !requests.isEmpty else { return [:] }
    guard let program = programs.first(where: { access($0, X_OK) == 0 }) else {
      throw EngineError(
        .unavailable, "there is no ssh-keygen on this machine", advice: "install openssh-client, or openssh on CentOS")
    }
    let directory = try PrivateDirectory()
    defer { directory.remove() }
    return try await withThrowingTaskGroup(of: (KeyRequest, Pair).self) { group in
      for (index, request) in requests.sorted(by: { $0.name < $1.name }).enumerated() {
        let file = "\(directory.path)/key-\(index)"
        group.addTask { (request, try await pair(request, program, file)) }
      }
      var made: [KeyRequest: Pair] = [:]
      for try await (request, pair) in group { made[request] = pair }
      return made
    }
  }

  private static func pair(_ request: KeyRequest, _ program: String, _ file: String) async throws -> Pair {
    var arguments = ["-q", "-t", request.type.rawValue]
    if let bits = request.bits { arguments += ["-b", String(bits)] }
    arguments += ["-N", "", "-C", request.comment, "-f", file]
    let result = try await run(
      .path(FilePath(program)), arguments: .init(arguments),
      environment: .custom(["LC_ALL": "C", "PATH": "/usr/bin:/bin"]),
      input: .none, output: .discarded, error: .string(limit: 4096))
    guard result.terminationStatus.isSuccess else {
      throw EngineError(
        .inputOutput,
        "ssh-keygen made no \(request.type.rawValue) key \(request.name): "
          + result.standardError.split(separator: "\n").joined(separator: "; "))
    }
    return Pair(privateKey: try contents(file), publicKey: try contents(file + ".pub"))
  }

  private static func contents(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("read", path) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 32 << 10)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0, count < bytes.count else { throw failure("read", path) }
    return Array(bytes[..<count])
  }

  fileprivate static func failure(_ operation: String, _ path: String) -> EngineError {
    EngineError(.inputOutput, "cannot \(operation) \(path): \(String(cString: strerror(errno)))")
  }
}

/// A directory that only we can enter, in memory where there is such a place.
private struct PrivateDirectory {
  let path: String

  init() throws {
    for place in ["/dev/shm", "/run", "/tmp"] {
      var template = Array("\(place)/imprint-keys-XXXXXX".utf8CString)
      if mkdtemp(&template) != nil {
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return
      }
    }
    throw KeyGeneration.failure("make a private directory in", "/dev/shm, /run or /tmp")
  }

  func remove() {
    guard let stream = opendir(path) else { return }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(stream)
    rmdir(path)
  }
}
