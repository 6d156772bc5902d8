internal import Glibc
internal import HTTP

extension MetadataService {
  /// Asks all places at once, and again with longer and longer pauses, until one knows this machine. Where somebody takes the
  /// connection, its answer is waited for beyond the end of the time, for nova's first after a start takes seconds.
  ///
  /// - Throws: At the end of the time; at once where a service is there and does not know this machine.
  public static func find(
    _ places: [ServiceAddress], patience: ServicePatience = .asked
  ) throws(MetadataError) -> MetadataService {
    let client: HTTPClient
    do throws(HTTPError) { client = try HTTPClient() } catch { throw MetadataError(.unavailable, error.reason) }
    var requests: [HTTPRequest] = []
    for place in places { requests.append(try place.request("openstack", patience)) }
    let end = ContinuousClock.now + patience.total
    var pause = Duration.milliseconds(100)
    while true {
      let rest = ContinuousClock.now.duration(to: end)
      for number in requests.indices {
        requests[number].limits.connect = max(.milliseconds(1), min(patience.connect, rest))
      }
      let outcomes = client.responses(to: requests) { _, outcome in outcome.isTree }
      if let number = outcomes.firstIndex(where: \.isTree) { return MetadataService(places[number], client, patience) }
      let answers = zip(places, outcomes).map { Answer(place: $0, outcome: $1) }
      guard answers.contains(where: \.isTransient), .now + pause < end else {
        throw MetadataError(.absent, "no metadata service answers: " + answers.map(\.words).joined(separator: "; "))
      }
      wait(pause)
      pause = min(pause * 2, .seconds(2))
    }
  }

  private static func wait(_ pause: Duration) {
    let (seconds, attoseconds) = pause.components
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    nanosleep(&time, nil)
  }

  private struct Answer {
    let place: ServiceAddress
    let outcome: HTTPOutcome

    /// Whether it may be another a little later.
    var isTransient: Bool {
      switch outcome {
      case .success(let response): [429, 500, 502, 503, 504].contains(response.status)
      case .failure(let error): error.isTransient
      }
    }

    var words: String {
      switch outcome {
      case .success(let response) where response.status == 404: "\(place) does not know this machine (404)"
      case .success(let response) where response.status == 200: "\(place) has no metadata tree"
      case .success(let response): "\(place) answers \(response.status)"
      case .failure(let error): "\(place): \(error.reason)"
      }
    }
  }
}

extension HTTPOutcome {
  /// A list of versions. Something else may answer at this address: a portal's page, another cloud's service.
  fileprivate var isTree: Bool {
    guard case .success(let response) = self, response.status == 200 else { return false }
    let lines = String(decoding: response.body.prefix(4096), as: UTF8.self).split(whereSeparator: \.isNewline)
    return lines.contains { MetadataVersion(String($0)).isDate || $0 == "latest" }
  }
}
