internal import JSON

/// Which services a cloud has, and where.
struct ServiceCatalog: Sendable {
  struct Endpoint: Sendable, Hashable {
    let service: String
    let interface: String
    let region: String?
    let url: String
  }

  let endpoints: [Endpoint]

  init(_ node: JSONNode?) throws(JSONError) {
    var endpoints: [Endpoint] = []
    for service in try node?.elements() ?? [] {
      let type = try service.member("type").string()
      for endpoint in try service.optional("endpoints")?.elements() ?? [] {
        let (id, name) = (try endpoint.optional("region_id")?.string(), try endpoint.optional("region")?.string())
        endpoints.append(
          Endpoint(
            service: type, interface: try endpoint.member("interface").string(), region: id ?? name,
            url: try endpoint.member("url").string()))
      }
    }
    self.endpoints = endpoints
  }

  /// - Returns: Without a slash at the end.
  func url(of service: CloudService, _ credentials: CloudCredentials) throws(CloudFailure) -> String {
    let ofService = endpoints.filter { $0.service == service.rawValue }
    guard !ofService.isEmpty else {
      throw CloudFailure(
        .noEndpoint, "the cloud's catalog has no \(service.rawValue) service",
        advice: "does the account of \(credentials.source) belong to a project?")
    }
    let ofRegion = ofService.filter { credentials.region == nil || $0.region == credentials.region }
    guard !ofRegion.isEmpty else {
      throw CloudFailure(
        .noEndpoint, "the cloud's catalog has no \(service.rawValue) service in region \(credentials.region ?? "")",
        advice: "its regions are \(Set(ofService.compactMap(\.region)).sorted().joined(separator: ", "))")
    }
    guard var url = ofRegion.first(where: { $0.interface == credentials.interface.rawValue })?.url else {
      throw CloudFailure(
        .noEndpoint, "the cloud's catalog has no \(credentials.interface.rawValue) address of \(service.name)",
        advice: "name another interface: \(Set(ofRegion.map(\.interface)).sorted().joined(separator: ", "))")
    }
    while url.hasSuffix("/") { url.removeLast() }
    return url
  }
}
