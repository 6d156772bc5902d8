internal import JSON

/// An instance, as far as a canary needs to be known.
struct Server: Sendable, Hashable {
  let id: String
  /// ACTIVE, ERROR, VERIFY_RESIZE, …
  let status: String
  /// What nova is doing with it; nil while it does nothing.
  let task: String?
  /// The compute host that it is on.
  let host: String?
  /// What nova says went wrong with it.
  let fault: String?

  init(_ node: JSONNode) throws(JSONError) {
    id = try node.member("id").string()
    status = try node.member("status").string()
    task = try node.optional("OS-EXT-STS:task_state")?.string()
    host = try node.optional("OS-EXT-SRV-ATTR:host")?.string()
    fault = try node.optional("fault")?.optional("message")?.string()
  }
}

/// A kind of instance.
struct Flavor: Sendable, Hashable {
  let id: String
  let name: String
  let megabytes: Int
  let gigabytes: Int
}

/// What an instance can start from.
struct Image: Sendable, Hashable {
  let id: String
  let name: String
  let bytes: Int
}

/// What of nova and glance a canary uses.
struct ServerAPI {
  /// The first in which a cold migration can be told its target (2.56, Queens); servers without networks are older (2.37).
  static let microversion = Microversion(2, 56)

  let session: CloudSession

  func flavors() throws -> [Flavor] {
    try session.get(.compute, "/flavors/detail", microversion: Self.microversion).reading { answer throws(JSONError) in
      var flavors: [Flavor] = []
      for row in try answer.member("flavors").elements() {
        flavors.append(
          Flavor(
            id: try row.member("id").string(), name: try row.member("name").string(),
            megabytes: try row.member("ram").integer(), gigabytes: try row.member("disk").integer()))
      }
      return flavors
    }
  }

  func images() throws -> [Image] {
    try session.get(.image, "/images", [("status", "active")]).reading { answer throws(JSONError) in
      var images: [Image] = []
      for row in try answer.member("images").elements() {
        images.append(
          Image(
            id: try row.member("id").string(), name: try row.optional("name")?.string() ?? "",
            bytes: try row.optional("size")?.integer() ?? 0))
      }
      return images
    }
  }

  /// What marks an instance as a canary: somebody may have called one of their own like it.
  private static let mark = ("imprint", "canary")

  /// Canaries of this project with exactly that name; the API's own filter is a regular expression.
  func canaries(named name: String) throws(CloudFailure) -> [String] {
    try session.get(.compute, "/servers/detail", [("name", Canary.namePrefix)], microversion: Self.microversion)
      .reading { answer throws(JSONError) in
        var ids: [String] = []
        for row in try answer.member("servers").elements() {
          let mark = try row.optional("metadata")?.optional(Self.mark.0)?.string()
          guard try row.member("name").string() == name, mark == Self.mark.1 else { continue }
          ids.append(try row.member("id").string())
        }
        return ids
      }
  }

  func create(_ name: String, _ flavor: Flavor, _ image: Image, in zone: String, on host: String) throws -> String {
    // An administrator names the host behind the zone (API guide, "availability_zone").
    let answer = try session.post(
      .compute, "/servers",
      [
        "server": [
          "name": .string(name), "flavorRef": .string(flavor.id), "imageRef": .string(image.id), "networks": "none",
          "metadata": .object(JSONObject([.init(Self.mark.0, .string(Self.mark.1))])),
          "availability_zone": .string("\(zone):\(host)"),
        ]
      ], microversion: Self.microversion)
    return try answer.body("nova").reading { answer throws(JSONError) in
      try answer.member("server").member("id").string()
    }
  }

  /// nil where it is no more.
  func server(_ id: String) throws(CloudFailure) -> Server? {
    do throws(CloudFailure) {
      return try session.get(.compute, "/servers/\(id.percentEncoded)", microversion: Self.microversion)
        .reading { answer throws(JSONError) in try Server(answer.member("server")) }
    } catch {
      guard error.code == .absent else { throw error }
      return nil
    }
  }

  func act(_ id: String, _ action: String, _ arguments: JSONValue = .null) throws {
    try session.post(
      .compute, "/servers/\(id.percentEncoded)/action", .object(JSONObject([.init(action, arguments)])),
      microversion: Self.microversion)
  }

  func delete(_ id: String) throws(CloudFailure) {
    do throws(CloudFailure) {
      try session.delete(.compute, "/servers/\(id.percentEncoded)")
    } catch {
      guard error.code == .absent else { throw error }
    }
  }

  /// The step at which the last thing that nova did with a server failed, and its words, which are in no other place of the
  /// API: up to 255 characters of them, since microversion 2.84 (Ussuri).
  func reasonOfFailure(_ id: String) throws -> String? {
    let version = try session.novaMicroversion(upTo: Microversion(2, 84))
    let path = "/servers/\(id.percentEncoded)/os-instance-actions"
    let requests = try session.get(.compute, path, microversion: version).reading { answer throws(JSONError) in
      var requests: [String] = []
      for row in try answer.member("instanceActions").elements() {
        requests.append(try row.member("request_id").string())
      }
      return requests
    }
    for request in requests {
      let action = try session.get(.compute, "\(path)/\(request.percentEncoded)", microversion: version)
      let reason = try action.reading { answer throws(JSONError) -> String? in
        for event in try answer.member("instanceAction").optional("events")?.elements() ?? [] {
          guard try event.optional("result")?.string() == "Error" else { continue }
          let (host, details) = (try event.optional("host")?.string(), try event.optional("details")?.string())
          return try event.member("event").string() + (host.map { " on \($0)" } ?? "")
            + (details.map { ": \($0)" } ?? "")
        }
        return nil
      }
      if let reason { return reason }
    }
    return nil
  }
}
