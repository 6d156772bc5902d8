internal import HTTP
internal import JSON

/// What a service of the cloud answered.
struct CloudAnswer {
  let service: CloudService
  let url: String
  let response: HTTPResponse

  func header(_ name: String) -> String? { response[name] }

  func body(_ document: String) throws(CloudFailure) -> JSONNode {
    do throws(JSONError) {
      return try JSONNode(response.body, document: document)
    } catch {
      guard error.code != .unavailable else { throw CloudFailure(.noLibrary, error.reason) }
      throw CloudFailure(.unexpected, "what \(url) answers cannot be read: \(error)")
    }
  }

  /// - Throws: What any other status than success means.
  func successful(_ credentials: CloudCredentials) throws(CloudFailure) -> CloudAnswer {
    guard !response.isSuccess else { return self }
    let said = "\(service.name) answered \(response.status) to \(url)"
    switch response.status {
    case 401:
      throw CloudFailure(
        .wrongCredentials, "\(service.name) does not accept the credentials in \(credentials.source) (401)",
        advice: "are they those of this cloud, and still good?")
    case 403:
      throw CloudFailure(
        .notAllowed, "the account in \(credentials.source) may not ask \(service.name) this (403: \(url))",
        advice: CredentialSearch.advice)
    case 404: throw CloudFailure(.absent, said)
    case 406: throw CloudFailure(.version, "\(said): it does not speak the version that imprint asks for")
    case 409: throw CloudFailure(.conflict, said)
    case 429, 500, 502, 503, 504:
      throw CloudFailure(.unavailable, said, advice: "look at its log, and try again")
    default:
      throw CloudFailure(
        .unexpected, said,
        advice: service == .identity ? "is the auth_url of \(credentials.source) that of Keystone?" : nil)
    }
  }
}

extension CloudFailure {
  init(_ error: HTTPError, _ service: CloudService) {
    let said = "\(service.name): \(error)"
    switch error.code {
    case .unavailable: self.init(.noLibrary, error.reason)
    case .certificate, .insecure:
      self.init(
        .untrusted, said, advice: "name the authority that signed it: OS_CACERT, or cacert in clouds.yaml")
    case .cannotResolve, .cannotConnect, .truncated: self.init(.unreachable, said)
    case .timedOut: self.init(.unavailable, said)
    case .redirected: self.init(.unexpected, said, advice: "name that address itself")
    case .invalidRequest, .tooLarge, .notHTTP, .abandoned, .other: self.init(.unexpected, said)
    }
  }
}
