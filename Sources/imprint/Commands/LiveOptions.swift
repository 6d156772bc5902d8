internal import ArgumentParser
internal import Engine
internal import Glibc

/// `OnFailure` as an argument.
enum FailureChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, keep
  case rollBack = "roll-back"

  var meaning: OnFailure {
    switch self {
    case .auto: .auto
    case .keep: .keep
    case .rollBack: .rollBack
    }
  }
}

/// What a command takes that also changes the running system.
struct LiveOptions: ParsableArguments {
  private static let usual = (onFailure: FailureChoice.auto, wellFor: 3)

  @Flag(help: "Change files only, and leave the running system as it is; imprint apply brings it up to them later.")
  var noActivate = false

  @Option(
    help: ArgumentHelp(
      "Where something does not come up: auto undoes it all where a link fails, and else keeps it."))
  var onFailure = Self.usual.onFailure

  @Option(help: ArgumentHelp("How long a unit has to stay up after its restart.", valueName: "seconds"))
  var wellFor = Self.usual.wellFor

  func validate() throws {
    guard (0...3600).contains(wellFor) else { throw ValidationError("--well-for takes 0 to 3600 seconds") }
  }

  func isLive(_ common: CommonOptions) throws -> Bool {
    try !noActivate && Self.isLive(common.root, orElse: "--no-activate changes files only")
  }

  /// Whether a tree is the running system's own.
  static func isRunning(_ root: String) -> Bool {
    // sd_booted(3)
    !root.isEmpty && root.allSatisfy { $0 == "/" } && access("/run/systemd/system", F_OK) == 0
  }

  /// The same, for who has to do something on it.
  ///
  /// - Throws: where it is, and cannot be reached.
  static func isLive(_ root: String, orElse advice: String = "--files-only looks at files only") throws -> Bool {
    guard !root.isEmpty, root.allSatisfy({ $0 == "/" }) else { return false }
    guard isRunning(root) else {
      throw EngineError(
        .unavailable, "this system is not booted with systemd, so nothing can be asked of it or done to it",
        advice: "\(advice); --root names another tree")
    }
    return true
  }
}

extension LiveOptions: PlainOptions {
  mutating func take(_ words: inout PlainWords) {
    noActivate = words.flag("--no-activate")
    onFailure = words.option("--on-failure", as: FailureChoice.self) ?? Self.usual.onFailure
    wellFor = words.option("--well-for", as: Int.self) ?? Self.usual.wellFor
  }
}
