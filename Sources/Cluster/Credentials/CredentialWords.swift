internal import Site

/// Credentials as every place writes them: words and values. A word is that of clouds.yaml and nova.conf (`project_name`);
/// the environment and an openrc have the same with OS_ and in capitals.
///
/// `verify` and `insecure` mean nothing here: a password goes to a server that proved who it is, or nowhere.
struct CredentialWords {
  private let values: [String: String]
  private let source: String
  private let areNamed: Bool

  init(_ values: [String: String], source: String, areNamed: Bool) {
    self.values = values.filter { !$0.value.isEmpty }
    self.source = source
    self.areNamed = areNamed
  }

  /// OS_AUTH_URL and its kin.
  init(variables: [String: String], source: String) {
    let words = variables.compactMap { key, value in
      key.hasPrefix("OS_") ? (String(key.dropFirst(3)).lowercased(), value) : nil
    }
    self.init(Dictionary(words) { first, _ in first }, source: source, areNamed: true)
  }

  /// The first of these words that is said.
  subscript(words: String...) -> String? { words.lazy.compactMap { values[$0] }.first }

  func credentials() throws(CredentialProblem) -> CloudCredentials {
    guard let authURL = self["auth_url"] else { throw problem("says no auth_url") }
    let lowercased = authURL.lowercased()
    guard lowercased.hasPrefix("http://") || lowercased.hasPrefix("https://") else {
      throw problem("has an auth_url that does not begin with https:// or http://")
    }
    if let version = self["identity_api_version"], !version.hasPrefix("3") {
      throw problem("asks for version \(version) of the identity API; there is 3 only")
    }
    let proof = try proof()
    return CloudCredentials(
      authURL: authURL, proof: proof, scope: try scope(for: proof), region: self["region_name"],
      interface: try interface(), authorities: self["cacert", "cafile"],
      source: source, areNamed: areNamed)
  }

  private func proof() throws(CredentialProblem) -> CloudCredentials.Proof {
    let kind = self["auth_type", "auth_plugin"]
    let hasCredential = self["application_credential_id", "application_credential_name"] != nil
    let hasToken = self["token", "auth_token"] != nil
    switch kind {
    case "v3applicationcredential": return try applicationCredential()
    case "token", "v3token": return try token()
    case "password", "v3password": return try password()
    case nil:
      if hasCredential { return try applicationCredential() }
      return try hasToken && self["password"] == nil ? token() : password()
    case let other?:
      throw problem("has the auth_type \(other); imprint knows password, v3applicationcredential and token")
    }
  }

  private func password() throws(CredentialProblem) -> CloudCredentials.Proof {
    guard let user = named("user", name: "username", id: "user_id") else { throw problem("names no user") }
    guard let password = self["password"] else { throw problem("has no password") }
    return .password(user: user, Secret(password))
  }

  private func applicationCredential() throws(CredentialProblem) -> CloudCredentials.Proof {
    guard let secret = self["application_credential_secret"] else {
      throw problem("has no application_credential_secret")
    }
    let (id, name) = (self["application_credential_id"], self["application_credential_name"])
    let user = named("user", name: "username", id: "user_id")
    guard id != nil || (name != nil && user != nil) else {
      throw problem("names no application credential: it takes an id, or a name and a user")
    }
    return .applicationCredential(id: id, name: name, user: user, Secret(secret))
  }

  private func token() throws(CredentialProblem) -> CloudCredentials.Proof {
    guard let token = self["token", "auth_token"] else { throw problem("has no token") }
    return .token(Secret(token))
  }

  private func scope(for proof: CloudCredentials.Proof) throws(CredentialProblem) -> CloudCredentials.Scope? {
    if case .applicationCredential = proof { return nil }
    if self["system_scope"] != nil { return .system }
    if let project = named("project", name: "project_name", id: "project_id") { return .project(project) }
    if let tenant = self["tenant_name"] {
      return .project(
        CloudCredentials.Named(
          name: tenant, domainID: domain("project").id, domainName: domain("project").name))
    }
    if let tenant = self["tenant_id"] { return .project(CloudCredentials.Named(id: tenant)) }
    if case .token = proof { return nil }
    throw problem("names no project")
  }

  private func named(_ what: String, name: String, id: String) -> CloudCredentials.Named? {
    if let id = self[id] { return CloudCredentials.Named(id: id) }
    guard let name = self[name] else { return nil }
    let domain = domain(what)
    return CloudCredentials.Named(name: name, domainID: domain.id, domainName: domain.name)
  }

  /// Where nobody says a domain, it is the one that an installation makes (openstacksdk's default).
  private func domain(_ what: String) -> (id: String?, name: String?) {
    if let id = self["\(what)_domain_id"] { return (id, nil) }
    if let name = self["\(what)_domain_name"] { return (nil, name) }
    if let id = self["default_domain_id", "default_domain"] { return (id, nil) }
    if let name = self["default_domain_name"] { return (nil, name) }
    return ("default", nil)
  }

  private func interface() throws(CredentialProblem) -> CloudCredentials.Interface {
    // valid_interfaces is a list, in order of preference (keystoneauth1.loading.adapter).
    let said = self["interface", "endpoint_type", "valid_interfaces"]?.split(separator: ",").first.map(String.init)
    guard var word = said?.lowercased() else { return .public }
    if word.hasSuffix("url") { word.removeLast(3) }
    guard let interface = CloudCredentials.Interface(rawValue: word) else {
      throw problem("has an interface that is none of public, internal and admin")
    }
    return interface
  }

  private func problem(_ text: String) -> CredentialProblem { CredentialProblem("\(source) \(text)") }
}
