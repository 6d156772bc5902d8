internal import CArchive
internal import Glibc

/// The files of an ISO 9660 image, read by libarchive: Rock Ridge's names, else Joliet's, else the plain ones. All at once:
/// the library goes through an image once, from its beginning to its end.
struct ISOFiles: DriveFiles {
  private let files: [String: [UInt8]]
  private let directories: [String: Set<MetadataEntry>]

  static let mostEntries = 10_000
  static let mostBytes = 64 << 20

  func bytes(_ steps: [String]) -> [UInt8]? { spelled(steps).flatMap { files[$0.joined(separator: "/")] } }

  func entries(_ steps: [String]) -> [MetadataEntry]? {
    spelled(steps).flatMap { directories[$0.joined(separator: "/")] }.map(Array.init)
  }

  /// As the image spells them.
  private func spelled(_ steps: [String]) -> [String]? {
    var spelled: [String] = []
    for step in steps {
      guard let entries = directories[spelled.joined(separator: "/")].map(Array.init), let entry = entries.named(step)
      else {
        return nil
      }
      spelled.append(entry.name)
    }
    return spelled
  }

  init(_ path: String) throws(MetadataError) {
    guard let library = imprint_archive()?.pointee else {
      throw MetadataError(
        .unavailable, "there is no libarchive here to read \(path) with",
        advice:
          "Debian: apt install libarchive13; CentOS 7: yum install libarchive; or, as root, mount it and name the directory"
      )
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw MetadataError(.unavailable, "\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    guard let archive = library.archive_read_new() else { throw MetadataError(.unavailable, "there is no memory") }
    defer { _ = library.archive_read_free(archive) }
    guard library.archive_read_support_format_iso9660(archive) == ARCHIVE_OK,
      library.archive_read_open_fd(archive, descriptor, 64 << 10) == ARCHIVE_OK
    else { throw Self.broken(path) }
    var reading = Reading(library: library, archive: archive, path: path)
    try reading.all()
    (files, directories) = (reading.files, reading.directories)
  }

  fileprivate static func broken(_ path: String) -> MetadataError {
    MetadataError(.invalid, "\(path) is broken: libarchive cannot read it to its end")
  }

  private struct Reading {
    let library: imprint_archive
    let archive: OpaquePointer
    let path: String
    var files: [String: [UInt8]] = [:]
    var directories: [String: Set<MetadataEntry>] = ["": []]
    var total = 0

    // AE_IFREG and AE_IFDIR, which archive_entry(3) writes as casts.
    static let regular: UInt32 = 0o100000
    static let directory: UInt32 = 0o040000

    mutating func all() throws(MetadataError) {
      var entry: OpaquePointer?
      for _ in 0...ISOFiles.mostEntries {
        let code = library.archive_read_next_header(archive, &entry)
        if code == ARCHIVE_EOF { return }
        guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry else { throw ISOFiles.broken(path) }
        try take(entry)
      }
      throw MetadataError(.invalid, "\(path) has more than \(ISOFiles.mostEntries) files")
    }

    private mutating func take(_ entry: OpaquePointer) throws(MetadataError) {
      let kind = UInt32(library.archive_entry_filetype(entry))
      guard kind == Self.regular || kind == Self.directory, let name = library.archive_entry_pathname(entry) else {
        return
      }
      let steps = String(cString: name).split(separator: "/").map(String.init).filter { $0 != "." }
      guard !steps.isEmpty, !steps.contains("..") else { return }
      note(steps, isDirectory: kind == Self.directory)
      guard kind == Self.regular else { return }
      let size = library.archive_entry_size(entry)
      guard size >= 0, total + Int(size) <= ISOFiles.mostBytes else {
        throw MetadataError(.invalid, "\(path) has more than \(ISOFiles.mostBytes >> 20) MiB of files")
      }
      total += Int(size)
      files[steps.joined(separator: "/")] = try contents(Int(size))
    }

    private mutating func note(_ steps: [String], isDirectory: Bool) {
      for count in 0..<steps.count {
        let isLast = count == steps.count - 1
        directories[steps[..<count].joined(separator: "/"), default: []].insert(
          MetadataEntry(steps[count], isDirectory: isDirectory || !isLast))
      }
      if isDirectory { directories[steps.joined(separator: "/"), default: []].formUnion([]) }
    }

    private func contents(_ size: Int) throws(MetadataError) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: size)
      var done = 0
      while done < size {
        let count = bytes.withUnsafeMutableBytes { buffer in
          library.archive_read_data(archive, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        }
        guard count > 0 else { throw ISOFiles.broken(path) }
        done += count
      }
      return bytes
    }
  }
}
