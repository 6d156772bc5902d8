internal import Site

/// Looks at each request of an SFTP client (draft-ietf-secsh-filexfer-02, and OpenSSH's PROTOCOL) and lets through what scp asks
/// to copy an instance's files here, or a cached image from here. Nothing is renamed, removed or linked; what is not known
/// is refused, and so is what would leave the instances directory.
struct SFTPFilter {
  enum Verdict: Equatable {
    case pass
    /// The server's place is taken: this is the answer.
    case refuse(answer: [UInt8], what: String)
    /// No client of the protocol says that.
    case end(String)
  }

  /// sftp-common.h: SFTP_MAX_MSG_LENGTH.
  static let largest = 256 << 10

  let instances: AbsolutePath
  /// Whether no part of a path that is there is a symbolic link.
  let isPlain: (GatePath) -> Bool

  /// - Parameter packet: Without its length.
  func verdict(on packet: ArraySlice<UInt8>) -> Verdict {
    var reader = PacketReader(packet)
    guard let type = reader.byte() else { return .end("an empty request") }
    // SSH_FXP_INIT, which has a version and no id.
    if type == 1 { return packet.count >= 5 ? .pass : .end("a torn request") }
    guard let id = reader.number() else { return .end("a torn request") }
    let name = Self.names[type] ?? "request \(type)"
    func refuse(_ what: String) -> Verdict { .refuse(answer: Self.refusal(of: id), what: what.shownOnOneLine) }
    switch type {
    // By handle, which only an opening that was let through gave: CLOSE, READ, WRITE, FSTAT, FSETSTAT, READDIR.
    case 4, 5, 6, 8, 10, 12: return .pass
    case 3:
      guard let path = reader.text(), let flags = reader.number() else { return .end("a torn request") }
      let readsOnly = flags == 1
      return isAllowed(path, isRead: readsOnly, isDirectory: false) ? .pass : refuse("\(name) \(path)")
    // LSTAT, OPENDIR, REALPATH, STAT
    case 7, 11, 16, 17:
      guard let path = reader.text() else { return .end("a torn request") }
      if type == 16, path == "." { return .pass }
      return isAllowed(path, isRead: true, isDirectory: true) ? .pass : refuse("\(name) \(path)")
    // SETSTAT, MKDIR
    case 9, 14:
      guard let path = reader.text() else { return .end("a torn request") }
      return isAllowed(path, isRead: false, isDirectory: true) ? .pass : refuse("\(name) \(path)")
    case 200:
      guard let extended = reader.text() else { return .end("a torn request") }
      return isAllowed(extended, &reader) ? .pass : refuse("\(name) \(extended)")
    default: return refuse(name)
    }
  }

  private func isAllowed(_ extended: String, _ reader: inout PacketReader) -> Bool {
    switch extended {
    // By handle, or about the server itself.
    case "limits@openssh.com", "fsync@openssh.com": true
    case "lsetstat@openssh.com": reader.text().map { isAllowed($0, isRead: false, isDirectory: true) } ?? false
    default: false
    }
  }

  private func isAllowed(_ text: String, isRead: Bool, isDirectory: Bool) -> Bool {
    guard let path = GatePath(text, below: instances), isPlain(path) else { return false }
    switch path.kind {
    case .image: return isRead
    case .content: return true
    case .instance: return isDirectory
    }
  }

  private static let names: [UInt8: String] = [
    3: "open", 7: "lstat", 9: "setstat", 11: "opendir", 13: "remove", 14: "mkdir", 15: "rmdir", 16: "realpath",
    17: "stat", 18: "rename", 19: "readlink", 20: "symlink", 200: "extended",
  ]

  /// SSH_FXP_STATUS with SSH_FX_PERMISSION_DENIED.
  static func refusal(of id: UInt32) -> [UInt8] {
    let words = Array("only what moving a guest needs is let through here".utf8)
    let body = [101] + bytes(id) + bytes(3) + bytes(UInt32(words.count)) + words + bytes(0)
    return bytes(UInt32(body.count)) + body
  }

  static func bytes(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }
}

/// Fields of the protocol: big-endian numbers, and texts with their length before them.
private struct PacketReader {
  private var rest: ArraySlice<UInt8>

  init(_ packet: ArraySlice<UInt8>) { rest = packet }

  mutating func byte() -> UInt8? { rest.popFirst() }

  mutating func number() -> UInt32? {
    guard rest.count >= 4 else { return nil }
    defer { rest = rest.dropFirst(4) }
    return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// nil also for one that is no text: no file of an instance has such a name.
  mutating func text() -> String? {
    guard let length = number(), length <= rest.count else { return nil }
    defer { rest = rest.dropFirst(Int(length)) }
    return String(validating: rest.prefix(Int(length)), as: UTF8.self)
  }
}
