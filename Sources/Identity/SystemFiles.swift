internal import Glibc

/// Small files of the running machine, below /sys, /proc and /run: those of a target are Tree's. Their sizes say nothing
/// (sysfs says 4096, proc 0), so they are read to their end.
struct SystemFiles: Sendable {
  /// In front of every path; empty for the machine itself.
  let root: String

  /// What is read of a file; one that has more is cut off there.
  static let mostBytes = 1 << 20

  init(root: String) { self.root = root.hasSuffix("/") ? String(root.dropLast()) : root }

  /// nil where there is none, or where it may not be read.
  func bytes(_ path: String) -> [UInt8]? {
    let descriptor = open(root + path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4 << 10)
    var done = 0
    while done < Self.mostBytes {
      if done == bytes.count { bytes += [UInt8](repeating: 0, count: min(bytes.count, Self.mostBytes - done)) }
      let count = bytes.withUnsafeMutableBytes { buffer in
        read(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      done += count
    }
    return Array(bytes[..<done])
  }

  /// Its first line, without blanks at the ends; nil where nothing is left of it.
  func line(_ path: String) -> String? {
    guard let bytes = bytes(path) else { return nil }
    let blanks: Set<UInt8> = [0x20, 0x09, 0x0D, 0x00]
    let line = bytes.prefix { $0 != 0x0A }.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }
    return line.isEmpty ? nil : String(decoding: line.reversed(), as: UTF8.self)
  }

  func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

  /// The names in a directory, sorted.
  func names(in path: String) -> [String] {
    guard let stream = opendir(root + path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
