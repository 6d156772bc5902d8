/// All or none.
///
/// What may enter this room: the journal, commit, recovery, rollback and the lock. It knows files and their
/// attributes, and nothing of what they mean.
public import Tree

/// One step of a transaction: what shall stand at a path, and what was seen there when that was decided.
public struct Operation: Sendable {
  public enum Action: Sendable {
    case write([UInt8], FileAttributes)
    /// A kept file comes back with all that it had. `kept` lies in the state directory.
    case restore(kept: TreePath, FileAttributes, digest: Digest?)
    /// A file, a symbolic link, or an empty directory.
    case remove
    /// Make the directory, or give the existing one these attributes.
    case directory(FileAttributes)
  }

  public enum Before: Sendable, Hashable {
    case absent
    /// `digest` is nil where the contents were not read.
    case file(FileIdentity, FileAttributes, Digest?)
    case directory(FileAttributes)
  }

  /// A real path: no symbolic links on the way.
  public var path: TreePath
  public var action: Action
  public var before: Before
  /// Who asked for it; for the history.
  public var label: String
  /// Whether its owner, a service, writes it anew by itself: what is there at a rollback then is nobody's change, and makes way.
  public var isRemade: Bool

  public init(_ path: TreePath, _ action: Action, before: Before, label: String, isRemade: Bool = false) {
    self.path = path
    self.action = action
    self.before = before
    self.label = label
    self.isRemade = isRemade
  }
}

/// What is done about a failure, and what the caller says of it.
public struct TransactionError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// Another imprint works on this tree.
    case locked
    /// A file was changed by somebody else: between plan and commit, or since the transaction to be undone.
    case changed
    case noSuchTransaction
    /// The state directory is not what it must be: owner, mode, a journal that cannot be read.
    case invalidState
    /// A commit failed midway and could not be undone on the spot; `imprint recover` decides it.
    case unfinished
    case tree(TreeError.Code)
  }

  public let code: Code
  public let description: String

  public init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  /// Runs `body`, whose errors are this room's or the tree's.
  static func wrapping<Result>(_ body: () throws -> Result) throws(TransactionError) -> Result {
    do {
      return try body()
    } catch let error as TransactionError {
      throw error
    } catch let error as TreeError {
      throw TransactionError(.tree(error.code), error.description)
    } catch {
      throw TransactionError(.invalidState, "\(error)")
    }
  }
}
