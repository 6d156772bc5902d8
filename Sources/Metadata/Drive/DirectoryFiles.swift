internal import Glibc

/// The files of a drive that is mounted, or was unpacked. Anchored to its directory, and no symbolic link is followed: one
/// on a drive could show any file of this machine.
final class DirectoryFiles: DriveFiles {
  private let root: CInt
  private let title: String

  init(_ path: String) throws(MetadataError) {
    root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    title = path
    guard root >= 0 else {
      throw MetadataError(
        errno == EACCES ? .notPermitted : .unavailable, "\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
  }

  /// Takes the descriptor over.
  init(root: CInt, title: String) {
    self.root = root
    self.title = title
  }

  deinit { if root >= 0 { close(root) } }

  func bytes(_ steps: [String]) throws(MetadataError) -> [UInt8]? {
    guard let descriptor = try descend(steps) else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    guard Int(status.st_size) <= ConfigDrive.mostBytes else {
      throw MetadataError(
        .invalid, "\(title): \(steps.joined(separator: "/")) is larger than \(ConfigDrive.mostBytes) bytes")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        read(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw gone(steps, count < 0 ? errno : EIO) }
      done += count
    }
    return bytes
  }

  func entries(_ steps: [String]) throws(MetadataError) -> [MetadataEntry]? {
    guard let descriptor = try descend(steps) else { return nil }
    guard let stream = fdopendir(descriptor) else {
      close(descriptor)
      return nil
    }
    defer { closedir(stream) }
    var entries: [MetadataEntry] = []
    while let entry = readdir(stream), entries.count < 10_000 {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      var status = stat()
      guard !name.hasPrefix("."), fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      let kind = status.st_mode & S_IFMT
      if kind == S_IFDIR || kind == S_IFREG { entries.append(MetadataEntry(name, isDirectory: kind == S_IFDIR)) }
    }
    return entries
  }

  /// nil where there is no such thing.
  private func descend(_ steps: [String]) throws(MetadataError) -> CInt? {
    var here = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    for step in steps {
      guard here >= 0 else { break }
      let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
      var next = openat(here, step, flags)
      if next < 0, errno == ENOENT, let other = otherSpelling(of: step, in: here) { next = openat(here, other, flags) }
      let reason = errno
      close(here)
      errno = reason
      here = next
    }
    if here >= 0 { return here }
    switch errno {
    case ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG: return nil
    case EACCES: throw MetadataError(.notPermitted, "\(title): \(steps.joined(separator: "/")) may not be read")
    case let reason: throw gone(steps, reason)
    }
  }

  private func otherSpelling(of name: String, in directory: CInt) -> String? {
    let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { return nil }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let other = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if other.lowercased() == name.lowercased() { return other }
    }
    errno = ENOENT
    return nil
  }

  private func gone(_ steps: [String], _ reason: CInt) -> MetadataError {
    MetadataError(
      .unavailable,
      "\(title) went away or is broken: \(steps.joined(separator: "/")): \(String(cString: strerror(reason)))")
  }
}
