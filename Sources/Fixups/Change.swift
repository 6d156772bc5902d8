internal import Documents
public import Tree

/// One file or directory to create, replace or remove, and why.
public struct Change: Sendable {
  public enum Action: Sendable {
    /// The whole new contents. A replaced file keeps its labels and ACLs.
    case write(Content, FileAttributes)
    case remove
    /// Make this directory, or give the one that is there these attributes.
    case directory(FileAttributes)
  }

  /// The real path: links resolved (`TreeReading.resolve`).
  public var path: TreePath
  public var action: Action
  /// What the decision was made from; commit refuses where it is no longer so.
  public var before: Before
  /// Each a sentence without a full stop, that says why and not what.
  public var reasons: [String]
  /// Whether the contents, before or after, must not be shown: keys, password hashes, seeds.
  public var isSecret: Bool
  /// Whether whoever reads the file writes it anew by itself: a rollback then puts back what was, whatever is there.
  public var isRemade = false
  /// The name of the fixup, filled in by the plan.
  public var fixup: String = ""

  public init(_ path: TreePath, _ action: Action, before: Before, reasons: [String], isSecret: Bool = false) {
    self.path = path
    self.action = action
    self.before = before
    self.reasons = reasons.map { SecretSetting.masked($0).printable }
    self.isSecret = isSecret
  }
}

/// What stood at a path when the plan was made.
public enum Before: Sendable, Hashable {
  case absent
  case file(FileSnapshot)
  /// A file whose bytes do not matter (it goes), or a symbolic link.
  case unread(FileStatus)
  case directory(FileAttributes)
}

public enum Content: Sendable, Hashable {
  case bytes([UInt8])
  /// A key pair that ssh-keygen makes when the plan is applied; both halves carry the same request.
  case privateKey(KeyRequest)
  case publicKey(KeyRequest)
}

/// A key pair to be made (ssh-keygen(1)). Two requests with different `name`s are two pairs.
public struct KeyRequest: Sendable, Hashable {
  public enum KeyType: String, Sendable, Hashable { case ed25519, rsa, ecdsa }
  public var name: String
  public var type: KeyType
  /// For rsa and ecdsa; nil for ssh-keygen's own choice.
  public var bits: Int?
  /// How many an RSA key of ours may have.
  static let rsaBits = 2048...16384
  public var comment: String

  public init(name: String, type: KeyType, bits: Int? = nil, comment: String) {
    self.name = name
    self.type = type
    self.bits = bits
    self.comment = comment
  }
}

extension Change {
  /// Replaces a file that was read; nil where the bytes and attributes are already so.
  public static func edit(
    _ snapshot: FileSnapshot, to bytes: [UInt8], attributes: FileAttributes? = nil, because reasons: [String],
    isSecret: Bool = false
  ) -> Change? {
    let attributes = attributes ?? snapshot.attributes
    guard !bytes.isSame(as: snapshot.bytes) || attributes != snapshot.attributes else { return nil }
    return Change(
      snapshot.path, .write(.bytes(bytes), attributes), before: .file(snapshot), reasons: reasons, isSecret: isSecret)
  }

  /// Creates a file where none is.
  public static func create(
    _ path: TreePath, _ content: Content, _ attributes: FileAttributes, because reasons: [String],
    isSecret: Bool = false
  ) -> Change {
    Change(path, .write(content, attributes), before: .absent, reasons: reasons, isSecret: isSecret)
  }
}
