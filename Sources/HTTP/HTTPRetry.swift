internal import Glibc

/// How often, and for how long, a question is asked again.
public struct HTTPRetry: Sendable, Hashable {
  public var attempts: Int
  /// Before the second attempt; twice that before the third, and so on.
  public var pause: Duration
  public var longestPause: Duration
  /// For all attempts and the pauses between them.
  public var total: Duration

  public init(attempts: Int, pause: Duration, longestPause: Duration, total: Duration) {
    self.attempts = attempts
    self.pause = pause
    self.longestPause = longestPause
    self.total = total
  }
}

extension HTTPClient {
  /// Asks again where the network or the server may be well a little later: no connection, no answer in time, 429, 500,
  /// 502, 503, 504; with Retry-After where the server says one. What must not be done twice is asked once.
  public func response(to request: HTTPRequest, retrying retry: HTTPRetry) throws(HTTPError) -> HTTPResponse {
    let end = ContinuousClock.now + retry.total
    var pause = retry.pause
    var attempt = 1
    while true {
      var request = request
      request.limits.total = min(request.limits.total, ContinuousClock.now.duration(to: end))
      let outcome: HTTPOutcome
      do throws(HTTPError) { outcome = .success(try response(to: request)) } catch { outcome = .failure(error) }
      let wanted = outcome.wantedPause(pause, longest: retry.longestPause)
      guard attempt < retry.attempts, request.isRepeatable, let wanted, .now + wanted < end else {
        return try outcome.get()
      }
      rest(wanted)
      pause = min(pause * 2, retry.longestPause)
      attempt += 1
    }
  }

  private func rest(_ pause: Duration) {
    let (seconds, attoseconds) = pause.components
    var wanted = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    var rest = timespec()
    while nanosleep(&wanted, &rest) != 0, errno == EINTR { wanted = rest }
  }
}

extension HTTPOutcome {
  /// nil where asking again is of no use.
  fileprivate func wantedPause(_ usual: Duration, longest: Duration) -> Duration? {
    switch self {
    case .success(let response):
      guard response.isTransient else { return nil }
      guard let said = response["Retry-After"].flatMap({ Int($0) }) else { return usual }
      return min(max(.seconds(max(0, min(said, 1 << 20))), .zero), longest)
    case .failure(let error): return error.isTransient ? usual : nil
    }
  }
}
