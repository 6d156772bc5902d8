internal import Cluster
internal import Documents
internal import Fixups
internal import Metadata
internal import Transaction
internal import Tree

/// A failure as its reader meets it: what, why, what to do, and the exit status that says which kind it was.
public struct EngineError: Error, Sendable, CustomStringConvertible {
  /// sysexits(3), as far as it fits.
  public enum Code: Int32, Sendable {
    case usage = 64
    /// The site, a profile, or a file of the tree.
    case invalid = 65
    case unavailable = 69
    case cannotCreate = 73
    case inputOutput = 74
    case locked = 75
    case notPermitted = 77
  }

  public let code: Code
  /// One or more lines.
  public let reason: String
  public let advice: String?

  public init(_ code: Code, _ reason: String, advice: String? = nil) {
    self.code = code
    self.reason = SecretSetting.masked(reason)
    self.advice = advice.map(SecretSetting.masked)
  }

  public var description: String { advice.map { "\(reason) (\($0))" } ?? reason }
}

extension EngineError {
  init(_ error: TreeError) { self.init(Code(error.code), error.description) }

  init(_ error: TransactionError) {
    let code: Code =
      switch error.code {
      case .locked: .locked
      case .changed, .invalidState: .invalid
      case .noSuchTransaction: .usage
      case .unfinished: .inputOutput
      case .tree(let code): Code(code)
      }
    self.init(code, error.description)
  }

  init(_ error: MetadataError) {
    let code: Code =
      switch error.code {
      case .absent, .unavailable: .unavailable
      case .invalid: .invalid
      case .notPermitted: .notPermitted
      }
    self.init(code, error.reason, advice: error.advice)
  }

  /// Whatever was thrown below, in these terms; nil for what should not happen.
  public init?(_ error: any Error) {
    switch error {
    case let error as EngineError: self = error
    case let error as TreeError: self.init(error)
    case let error as TransactionError: self.init(error)
    case let error as MetadataError: self.init(error)
    case let error as FixupError: self.init(.invalid, error.description)
    case let error as CredentialProblem: self.init(.invalid, error.description)
    case let error as CloudFailure:
      self.init(error.code == .notAllowed ? .notPermitted : .unavailable, error.reason, advice: error.advice)
    default: return nil
    }
  }
}

extension EngineError.Code {
  init(_ code: TreeError.Code) {
    self =
      switch code {
      case .notPermitted: .notPermitted
      case .wrongKind, .tooLarge, .symbolicLinkLoop, .changed: .invalid
      case .absent, .exists: .cannotCreate
      case .immutable, .readOnly, .noSpace, .inputOutput, .busy, .noLink, .other: .inputOutput
      }
  }
}
