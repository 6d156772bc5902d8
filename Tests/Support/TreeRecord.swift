internal import CLinux
internal import Foundation
internal import Glibc

/// All that can be said of every file below a directory, at one moment.
public struct TreeRecord: Sendable, Equatable {
  /// By path below the root, with a leading slash; the root itself is "/".
  public var entries: [String: Entry]

  public enum Kind: String, Sendable, Equatable { case file, directory, link, fifo, socket, device }

  public struct Entry: Sendable, Equatable {
    public var kind: Kind
    public var mode: UInt32
    public var owner: UInt32
    public var group: UInt32
    /// Nanoseconds since 1970. Not in a comparison unless asked for.
    public var modified: Int64
    public var inode: UInt64
    public var links: UInt64
    /// Of a file its contents, of a link its target.
    public var bytes: [UInt8]
    public var labels: [String: [UInt8]]

    /// A plain directory as it would be made.
    public static func directory(mode: UInt32, owner: UInt32, group: UInt32) -> Entry {
      Entry(
        kind: .directory, mode: mode, owner: owner, group: group, modified: 0, inode: 0, links: 0, bytes: [],
        labels: [:])
    }

    public var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  public init(entries: [String: Entry]) { self.entries = entries }

  public init(of root: String) throws {
    entries = [:]
    try add(root, as: "/")
  }

  private mutating func add(_ file: String, as path: String) throws {
    let entry = try Entry(of: file)
    entries[path] = entry
    guard entry.kind == .directory else { return }
    for name in try FileManager.default.contentsOfDirectory(atPath: file) {
      try add("\(file)/\(name)", as: path == "/" ? "/\(name)" : "\(path)/\(name)")
    }
  }

  /// Without what is below these paths, and without themselves.
  public func without(_ paths: [String]) -> TreeRecord {
    TreeRecord(
      entries: entries.filter { entry in !paths.contains { entry.key == $0 || entry.key.hasPrefix($0 + "/") } })
  }

  public func filter(_ isKept: (String) -> Bool) -> TreeRecord {
    TreeRecord(entries: entries.filter { isKept($0.key) })
  }

  public subscript(path: String) -> Entry? { entries[path] }

  /// What besides kind and contents is compared.
  public struct Aspects: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let modes = Aspects(rawValue: 1)
    public static let owners = Aspects(rawValue: 2)
    public static let labels = Aspects(rawValue: 4)
    public static let times = Aspects(rawValue: 8)
    /// Whether it is the very same inode: nothing was replaced, even by an equal file.
    public static let inodes = Aspects(rawValue: 16)
    public static let restored: Aspects = [.modes, .owners, .labels]
    public static let untouched: Aspects = [.modes, .owners, .labels, .times, .inodes]
  }

  /// What is not the same, a line each; empty where nothing differs.
  public func differences(from expected: TreeRecord, _ aspects: Aspects) -> [String] {
    Set(entries.keys).union(expected.entries.keys).sorted().flatMap { path -> [String] in
      switch (entries[path], expected.entries[path]) {
      case (let now?, let wanted?): return now.differences(from: wanted, aspects).map { "\(path): \($0)" }
      case (let now?, nil): return ["\(path): should not be there (\(now.kind.rawValue))"]
      case (nil, let wanted?): return ["\(path): is missing (\(wanted.kind.rawValue))"]
      case (nil, nil): return []
      }
    }
  }
}

extension TreeRecord.Entry {
  init(of file: String) throws {
    var status = stat()
    guard lstat(file, &status) == 0 else { throw TestTrouble("cannot stat \(file): \(errno)") }
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFLNK: .link
      case S_IFIFO: .fifo
      case S_IFSOCK: .socket
      default: .device
      }
    mode = status.st_mode & 0o7777
    (owner, group) = (status.st_uid, status.st_gid)
    modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    (inode, links) = (UInt64(status.st_ino), UInt64(status.st_nlink))
    switch kind {
    case .file: bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    case .link: bytes = Array(try FileManager.default.destinationOfSymbolicLink(atPath: file).utf8)
    default: bytes = []
    }
    labels = kind == .file || kind == .directory ? try Self.labels(of: file) : [:]
  }

  /// Extended attributes: labels, ACLs, capabilities. Of files and directories; the others hold none that we use.
  private static func labels(of file: String) throws -> [String: [UInt8]] {
    let descriptor = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw TestTrouble("cannot open \(file): \(errno)") }
    defer { close(descriptor) }
    var list = [CChar](repeating: 0, count: 64 << 10)
    let length = imprint_list_attributes(descriptor, &list, list.count)
    guard length > 0 else { return [:] }
    var labels: [String: [UInt8]] = [:]
    for raw in list[..<length].split(separator: 0) {
      let name = String(decoding: raw.map(UInt8.init(bitPattern:)), as: UTF8.self)
      var value = [UInt8](repeating: 0, count: 64 << 10)
      let count = imprint_get_attribute(descriptor, name, &value, value.count)
      guard count >= 0 else { throw TestTrouble("cannot read \(name) of \(file): \(errno)") }
      labels[name] = Array(value[..<count])
    }
    return labels
  }

  func differences(from wanted: Self, _ aspects: TreeRecord.Aspects) -> [String] {
    guard kind == wanted.kind else { return ["is a \(kind.rawValue), should be a \(wanted.kind.rawValue)"] }
    var differences: [String] = []
    if bytes != wanted.bytes { differences.append(Self.firstDifference(bytes, wanted.bytes)) }
    if aspects.contains(.modes), kind != .link, mode != wanted.mode {
      differences.append("mode \(String(mode, radix: 8)), should be \(String(wanted.mode, radix: 8))")
    }
    if aspects.contains(.owners), owner != wanted.owner || group != wanted.group {
      differences.append("owner \(owner):\(group), should be \(wanted.owner):\(wanted.group)")
    }
    if aspects.contains(.labels), labels != wanted.labels {
      differences.append("labels \(Self.text(labels)), should be \(Self.text(wanted.labels))")
    }
    if aspects.contains(.times), modified != wanted.modified {
      differences.append("modified at \(modified), should be \(wanted.modified)")
    }
    if aspects.contains(.inodes), inode != wanted.inode { differences.append("is another file now") }
    return differences
  }

  private static func text(_ labels: [String: [UInt8]]) -> String {
    labels.sorted { $0.key < $1.key }.map { "\($0.key)=\(String(decoding: $0.value, as: UTF8.self))" }.description
  }

  /// The first line that differs, and how; control characters made visible.
  private static func firstDifference(_ now: [UInt8], _ wanted: [UInt8]) -> String {
    let lines = [now, wanted].map { $0.split(separator: 0x0A, omittingEmptySubsequences: false) }
    let number = zip(lines[0], lines[1]).prefix { $0 == $1 }.count
    func line(_ all: [ArraySlice<UInt8>]) -> String {
      number < all.count ? String(decoding: all[number], as: UTF8.self).debugDescription : "the end"
    }
    return "line \(number + 1) is \(line(lines[0])), should be \(line(lines[1]))"
      + " (\(lines[0].count) lines, should be \(lines[1].count))"
  }
}
