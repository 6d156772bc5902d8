internal import Documents
public import Tree

/// What a sealed tree remembers, in a file that makes it a template: that it is nobody's, the names that it had, and what a
/// copy gets anew in place of what was taken out. It holds no secret: kinds and sizes of keys, not keys.
///
/// One record a line, fields separated by tabs.
public struct SealRecord: Sendable, Equatable {
  public static let path: TreePath = "/var/lib/imprint/sealed"
  private static let header = "imprint-sealed\t1"

  /// One file that a copy gets anew.
  struct File: Sendable, Equatable {
    var key: String
    var path: TreePath
    var attributes: FileAttributes
    var form: Form
  }

  /// What its contents are made of.
  enum Form: Sendable, Equatable {
    case bytes(Int)
    case privateKey(KeyRequest.KeyType, bits: Int?)
    /// Of the key beside it, whose name it has with .pub.
    case publicHalf
    case machineID
    case uuid
    /// NVMe's name of a host.
    case qualifiedName
    /// iSCSI's name of an initiator: this, and fresh digits.
    case initiator(naming: String)

    var naming: String? { if case .initiator(let naming) = self { naming } else { nil } }
  }

  /// The names that the tree had for itself: a copy still bears them, and must lose them.
  public var formerNames: [String]
  var anew: [File]

  init(formerNames: [String] = [], anew: [File] = []) {
    self.formerNames = formerNames
    self.anew = anew
  }

  /// nil where the tree is no template.
  public static func read(from tree: any TreeReading) throws(TreeError) -> SealRecord? {
    try tree.file(path).map { SealRecord($0.bytes) }
  }

  /// Any file of that name makes a tree a template: lines that say nothing are passed over.
  init(_ bytes: [UInt8]) {
    self.init()
    for line in Lines(bytes) {
      let fields = line.text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      switch (fields.first, fields.count) {
      case ("former", 2): if Stamp.isPlain(fields[1]) { formerNames.append(fields[1]) }
      case ("anew", 7): if let file = File(fields) { anew.append(file) }
      default: continue
      }
    }
  }

  var bytes: [UInt8] {
    let former = formerNames.filter(Stamp.isPlain).map { "former\t\($0)" }
    let lines = [Self.header] + former + anew.compactMap(\.line)
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// With what another seal found since: of one path the later counts.
  func adding(_ later: [File], names: [String]) -> SealRecord {
    let paths = Set(later.map(\.path))
    return SealRecord(
      formerNames: formerNames + names.filter { !formerNames.contains($0) },
      anew: anew.filter { !paths.contains($0.path) } + later)
  }
}

extension SealRecord.File {
  fileprivate init?(_ fields: [String]) {
    guard let owner = UInt32(fields[2]), let group = UInt32(fields[3]), let mode = UInt32(fields[4], radix: 8),
      mode <= 0o7777, let form = SealRecord.Form(fields[5]), let path = TreePath(fields[6])
    else { return nil }
    self.init(
      key: fields[1], path: path, attributes: FileAttributes(owner: owner, group: group, mode: FileMode(mode)),
      form: form)
  }

  /// nil for a path that a line cannot hold.
  fileprivate var line: String? {
    let text = path.description
    guard !text.utf8.contains(where: { $0 < 0x20 }) else { return nil }
    return ["anew", key, "\(attributes.owner)", "\(attributes.group)", attributes.mode.description, form.text, text]
      .joined(separator: "\t")
  }
}

extension SealRecord.Form {
  init?(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    switch (words.first, words.count) {
    case ("bytes", 2):
      guard let count = Int(words[1]), (0...Int(RandomSeed.mostBytes)).contains(count) else { return nil }
      self = .bytes(count)
    case ("key", 2...3):
      guard let type = KeyRequest.KeyType(rawValue: words[1]) else { return nil }
      let known: [Int] = type == .ecdsa ? [256, 384, 521] : type == .rsa ? Array(KeyRequest.rsaBits) : []
      let bits = words.count > 2 ? Int(words[2]) : nil
      self = .privateKey(type, bits: bits.flatMap { known.contains($0) ? $0 : nil })
    case ("public-half", 1): self = .publicHalf
    case ("machine-id", 1): self = .machineID
    case ("uuid", 1): self = .uuid
    case ("nqn", 1): self = .qualifiedName
    case ("initiator", 2): self = .initiator(naming: words[1])
    default: return nil
    }
  }

  var text: String {
    switch self {
    case .bytes(let count): "bytes \(count)"
    case .privateKey(let type, let bits): "key \(type.rawValue)" + (bits.map { " \($0)" } ?? "")
    case .publicHalf: "public-half"
    case .machineID: "machine-id"
    case .uuid: "uuid"
    case .qualifiedName: "nqn"
    case .initiator(let naming): "initiator \(naming)"
    }
  }
}
