internal import Glibc

/// The files of a VFAT image, read by mtools, which need neither root nor a loop device. libarchive does not read VFAT.
struct FATFiles: DriveFiles {
  private let path: String
  private let copy: HostProgram
  /// Every path in it; a directory's ends in a slash.
  private let paths: [String]

  private static let limit = Duration.seconds(10)
  /// The image is what nova makes, in 64 MiB, and not always.
  private static let environment = ["MTOOLS_SKIP_CHECK=1"]

  init(_ path: String) throws(MetadataError) {
    let places = ["/usr/bin/", "/bin/", "/usr/local/bin/"]
    guard let list = HostProgram(places.map { "\($0)mdir" }), let copy = HostProgram(places.map { "\($0)mcopy" })
    else {
      throw MetadataError(
        .unavailable, "there are no mtools here to read \(path) with",
        advice: "apt or yum install mtools; or, as root, mount it and name the directory")
    }
    self.path = path
    self.copy = copy
    let outcome = list.run(["-b", "-/", "-i", path, "::/"], within: Self.limit, environment: Self.environment)
    let listing = String(decoding: try Self.output(outcome, path), as: UTF8.self)
    paths = listing.split(separator: "\n").compactMap { $0.hasPrefix("::/") ? String($0.dropFirst(3)) : nil }
  }

  func bytes(_ steps: [String]) throws(MetadataError) -> [UInt8]? {
    let wanted = steps.joined(separator: "/").lowercased()
    // mtools would take these for patterns.
    guard let name = paths.first(where: { $0.lowercased() == wanted }), !name.contains(where: { "*?[]\\".contains($0) })
    else {
      return nil
    }
    let outcome = copy.run(
      ["-n", "-i", path, "::/\(name)", "-"], within: Self.limit, most: ConfigDrive.mostBytes,
      environment: Self.environment)
    return try Self.output(outcome, path)
  }

  func entries(_ steps: [String]) -> [MetadataEntry]? {
    let start = steps.isEmpty ? "" : steps.joined(separator: "/").lowercased() + "/"
    var entries: Set<MetadataEntry> = []
    var isThere = steps.isEmpty
    for path in paths where path.lowercased().hasPrefix(start) {
      isThere = true
      let rest = path.dropFirst(start.count)
      guard let name = rest.split(separator: "/").first else { continue }
      entries.insert(MetadataEntry(String(name), isDirectory: rest.contains("/")))
    }
    return isThere ? Array(entries) : nil
  }

  private static func output(_ outcome: HostProgram.Outcome, _ path: String) throws(MetadataError) -> [UInt8] {
    switch outcome {
    case .ended(0, let output): return output
    case .ended: throw MetadataError(.invalid, "\(path) is broken: mtools cannot read it")
    case .tooSlow: throw MetadataError(.unavailable, "mtools did not read \(path) within \(limit)")
    case .tooMuch: throw MetadataError(.invalid, "\(path) has a file or a list of files that is too large")
    case .cannotStart(let reason):
      throw MetadataError(.unavailable, "mtools cannot be run: \(String(cString: strerror(reason)))")
    }
  }
}
