/// Asking a cloud about a node, until it says what it should or time is up.
public struct CloudInquiry: Sendable {
  public var credentials: CloudCredentials
  public var node: CloudExpectation
  /// How long to ask again where the cloud does not say yet what it should: a compute service takes some seconds to show up.
  public var patience: Duration

  /// For one round of questions, however many hypervisors there are.
  public static let roundLimit = Duration.seconds(120)
  /// nova-compute reports every ten seconds (report_interval).
  static let pause = Duration.seconds(1)

  public init(_ credentials: CloudCredentials, about node: CloudExpectation, patience: Duration = .zero) {
    self.credentials = credentials
    self.node = node
    self.patience = patience
  }

  /// - Parameters:
  ///   - isEnough: Whether a view says what it should.
  ///   - rest: Waits that long; false ends the asking.
  /// - Returns: The last view.
  /// - Throws: ``CloudFailure`` where the last round failed.
  public func view(
    until isEnough: (CloudView) -> Bool, resting rest: (Duration) -> Bool = { Rest.of($0) }
  ) throws -> CloudView {
    let start = ContinuousClock.now
    while true {
      let isLast = start.duration(to: .now) + Self.pause >= patience
      do {
        let session = try CloudSession(credentials, until: .now + Self.roundLimit)
        let view = try CloudView(of: node, from: session)
        if isLast || isEnough(view) { return view }
      } catch let failure as CloudFailure {
        guard !isLast, [.unreachable, .unavailable].contains(failure.code) else { throw failure }
      }
      guard rest(Self.pause) else { throw CloudFailure(.interrupted, "the cloud was not asked to the end") }
    }
  }
}
