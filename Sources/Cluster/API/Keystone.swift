internal import JSON
internal import Site

/// A token, and what of the cloud it opens (Identity API v3, POST /v3/auth/tokens).
struct CloudToken: Sendable {
  let token: Secret
  /// Of the scope; nova's address may end in it.
  let projectID: String?
  let catalog: ServiceCatalog
}

/// Asking Keystone for a token.
struct Keystone {
  let credentials: CloudCredentials

  /// Where tokens are asked for. An address without a version gets one.
  var url: String {
    var base = credentials.authURL
    while base.hasSuffix("/") { base.removeLast() }
    if base.hasSuffix("/v2.0") { base.removeLast(5) }
    return base.hasSuffix("/v3") ? "\(base)/auth/tokens" : "\(base)/v3/auth/tokens"
  }

  var body: JSONValue {
    var identity: [JSONObject.Member] = []
    switch credentials.proof {
    case .password(let user, let password):
      identity = [
        .init("methods", ["password"]),
        .init("password", ["user": user.json(adding: [.init("password", .string(password.reveal))])]),
      ]
    case .applicationCredential(let id, let name, let user, let secret):
      var members: [JSONObject.Member] = [.init("secret", .string(secret.reveal))]
      if let id {
        members.append(.init("id", .string(id)))
      } else {
        members.append(.init("name", .string(name ?? "")))
        if let user { members.append(.init("user", user.json())) }
      }
      identity = [
        .init("methods", ["application_credential"]), .init("application_credential", .object(JSONObject(members))),
      ]
    case .token(let token):
      identity = [.init("methods", ["token"]), .init("token", ["id": .string(token.reveal)])]
    }
    var auth: [JSONObject.Member] = [.init("identity", .object(JSONObject(identity)))]
    switch credentials.scope {
    case .project(let project): auth.append(.init("scope", ["project": project.json()]))
    case .system: auth.append(.init("scope", ["system": ["all": .boolean(true)]]))
    case nil: break
    }
    return ["auth": .object(JSONObject(auth))]
  }

  func token(from answer: CloudAnswer) throws(CloudFailure) -> CloudToken {
    guard let token = answer.header("X-Subject-Token"), !token.isEmpty else {
      throw CloudFailure(
        .unexpected, "\(url) answered without a token",
        advice: "is the auth_url of \(credentials.source) that of Keystone?")
    }
    let body = try answer.body("keystone").reading { body throws(JSONError) in try body.member("token") }
    return CloudToken(
      token: Secret(token),
      projectID: try body.reading { body throws(JSONError) in try body.optional("project")?.optional("id")?.string() },
      catalog: try body.reading { body throws(JSONError) in try ServiceCatalog(body.optional("catalog")) })
  }
}

extension CloudCredentials.Named {
  func json(adding members: [JSONObject.Member] = []) -> JSONValue {
    var own: [JSONObject.Member] = []
    if let id {
      own.append(.init("id", .string(id)))
    } else {
      own.append(.init("name", .string(name ?? "")))
      if let domainID { own.append(.init("domain", ["id": .string(domainID)])) }
      if let domainName { own.append(.init("domain", ["name": .string(domainName)])) }
    }
    return .object(JSONObject(own + members))
  }
}

extension JSONNode {
  /// A reading that fails as the cloud's fault: it was JSON, and not what this service answers.
  func reading<Value>(_ read: (JSONNode) throws(JSONError) -> Value) throws(CloudFailure) -> Value {
    do throws(JSONError) {
      return try read(self)
    } catch {
      throw CloudFailure(.unexpected, "an answer is not what it should be: \(error)")
    }
  }
}
