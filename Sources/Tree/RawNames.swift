internal import CLinux
internal import Glibc

/// Names as the kernel has them, which need be no text: what is copied or removed whole must not trip over one.
enum RawNames {
  /// A name with its NUL.
  typealias Name = [CChar]

  /// All names of an open directory but `.` and `..`, sorted. The directory is read to its end first: what happens to its names
  /// meanwhile is no matter.
  static func all(_ directory: CInt, _ path: TreePath, _ operation: String) throws(TreeError) -> [Name] {
    let descriptor = imprint_reopen_directory(directory)
    guard descriptor >= 0 else { throw TreeError(operation, path, errno: imprint_errno()) }
    defer { close(descriptor) }
    var found: [Name] = []
    var buffer = [CChar](repeating: 0, count: 32 << 10)
    while true {
      let size = imprint_read_entries(descriptor, &buffer, buffer.count)
      guard size >= 0 else { throw TreeError(operation, path, errno: imprint_errno()) }
      if size == 0 { return found.sorted { $0.lexicographicallyPrecedes($1) } }
      // Each a byte for the kind, then the name and a NUL.
      found += buffer[..<size].split(separator: 0).map { $0.dropFirst() + [0] }
    }
  }

  /// The path of a name, for messages.
  static func path(_ directory: TreePath, _ name: Name) -> TreePath {
    directory.appending(String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
}
