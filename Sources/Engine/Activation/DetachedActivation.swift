public import Live
public import Site
internal import Tree

/// An activation in a transient unit of systemd's, and whoever watches it: a lost terminal ends the watching, and not the
/// activation.
@LiveActor
public struct DetachedActivation {
  public struct Plan: Sendable {
    public var platform: Platform
    /// The transaction that it follows.
    public var id: String?
    public var options: ActivationJob.Options
    public var wellFor: Duration

    public init(platform: Platform, id: String?, options: ActivationJob.Options, wellFor: Duration) {
      self.platform = platform
      self.id = id
      self.options = options
      self.wellFor = wellFor
    }

    var unit: String { "imprint-activate-\(id ?? "now").service" }

    /// The hidden subcommand's arguments.
    var arguments: [String] {
      var arguments = ["activate", "--profile", platform.name, "--on-failure", options.onFailure.rawValue]
      arguments += ["--well-for", String(Int(wellFor.components.seconds))]
      for interface in options.interfaces { arguments += ["--interface", interface.description] }
      if let id { arguments += ["--transaction", id] }
      return arguments
    }
  }

  private let systemd: Systemd
  private let tree: Tree
  private let plan: Plan
  private let log: ActivationLog

  /// Starts it.
  public static func start(_ plan: Plan) async throws -> DetachedActivation {
    let tree = try Tree(root: "/")
    let log = ActivationLog(of: plan.id)
    try log.begin(in: tree)
    let program = try OwnProgram.path()
    do throws(UnitFailure) {
      let systemd = try await Systemd.connect()
      let unit = TransientUnit.service(
        plan.unit, description: "imprint puts \(plan.id ?? "what is not yet so") in effect",
        command: [program] + plan.arguments, environment: ["LC_ALL": "C"], kind: "simple",
        restart: "on-abnormal", killMode: "process")
      try await systemd.startTransient(unit, within: .seconds(30))
      return DetachedActivation(systemd: systemd, tree: tree, plan: plan, log: log)
    } catch {
      throw EngineError(error)
    }
  }

  /// Follows it, also one that goes on: returns when it has ended, or waits for a confirmation.
  ///
  /// - Returns: nil where it waits to be confirmed.
  public func follow(_ tell: @LiveActor (ActivationEvent) -> Void) async throws -> ActivationOutcome? {
    var seen = 0
    while true {
      var events: [ActivationEvent] = []
      _ = try await LiveActor.wait(for: "\(log.path)", until: .now + .seconds(2)) {
        events = try log.events(in: tree)
        return events.count > seen
      }
      for event in events.dropFirst(seen) {
        tell(event)
        switch event {
        case .ended(let outcome): return outcome
        case .awaiting: return nil
        default: break
        }
      }
      // It may have ended without a word: then nothing more will come.
      if events.count == seen, try await !isAlive() {
        throw EngineError(
          .unavailable, "\(plan.unit) ended before it was done",
          advice: "journalctl -u \(plan.unit); imprint apply goes on where it was")
      }
      seen = events.count
    }
  }

  private func isAlive() async throws -> Bool {
    do throws(UnitFailure) {
      let state = try await systemd.state(of: plan.unit)
      return [.active, .activating, .reloading, .deactivating].contains(state.activity)
    } catch {
      throw EngineError(error)
    }
  }
}
