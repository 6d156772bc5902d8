import Documents
import Site
import Testing

@testable import Cluster

@Suite("Credentials")
struct CredentialTests {
  static let openrc = """
    # comment
    export OS_AUTH_URL=http://controller:5000/v3 OS_USERNAME=admin
    export OS_PASSWORD='ge heim$x'
    export OS_PROJECT_NAME=admin OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default
    export OS_REGION_NAME=RegionOne OS_INTERFACE=internalURL
    """

  static func search(
    _ files: [String: String] = [:], _ environment: [String: String] = [:], cloud: String? = nil, openrc: String? = nil,
    site: String? = nil, nova: [String] = []
  ) throws -> CredentialSearch {
    CredentialSearch(
      cloud: cloud, openrc: openrc, siteOpenRC: try site.map { try AbsolutePath($0) },
      nova: nova.map { Array($0.utf8) }, environment: environment, file: { files[$0].map { Array($0.utf8) } })
  }

  static func problem(_ search: CredentialSearch) -> String? {
    do {
      _ = try search.credentials()
      return nil
    } catch { return "\(error)" }
  }

  @Test("an openrc is read as bash would read it, and never run") func openRC() throws {
    let found = try #require(try Self.search(["/root/openrc": Self.openrc], openrc: "/root/openrc").credentials())
    #expect(found.authURL == "http://controller:5000/v3")
    #expect(
      found.proof == .password(user: .init(name: "admin", domainName: "Default"), Secret("ge heim$x")))
    #expect(found.scope == .project(.init(name: "admin", domainName: "Default")))
    #expect(found.region == "RegionOne")
    #expect(found.interface == .internal)
    #expect(found.source == "/root/openrc")
    #expect(found.areNamed)
  }

  @Test("an openrc that asks for its password is refused, with what to do") func dashboardsOpenRC() throws {
    let text = """
      export OS_AUTH_URL=http://controller:5000/v3
      echo "Please enter your OpenStack Password: "
      read -sr OS_PASSWORD_INPUT
      export OS_PASSWORD=$OS_PASSWORD_INPUT
      """
    let said = Self.problem(try Self.search(["/x": text], openrc: "/x"))
    #expect(
      said == "only running /x could tell what OS_AUTH_URL, OS_PASSWORD is; source it, and run imprint again")
  }

  static let clouds = """
    defaults: &defaults
      region_name: RegionTwo
      interface: internal
    clouds:
      lab:
        <<: *defaults
        auth:
          auth_url: https://keystone.example.com:5000
          username: "admin"
          project_name: admin
          user_domain_name: Default
          project_domain_name: Default
        cacert: /etc/ssl/lab.pem
      app:
        auth_type: v3applicationcredential
        auth: {auth_url: "https://keystone.example.com:5000/v3", application_credential_id: 12ab, application_credential_secret: geheim}
    """

  @Test("clouds.yaml, with secure.yaml over it and merged defaults") func cloudsYAML() throws {
    let secure = "clouds:\n  lab:\n    auth:\n      password: geheim\n"
    let files = ["/home/op/.config/openstack/clouds.yaml": Self.clouds, "/etc/openstack/secure.yaml": secure]
    let lab = try #require(try Self.search(files, ["HOME": "/home/op", "OS_CLOUD": "lab"]).credentials())
    #expect(lab.proof == .password(user: .init(name: "admin", domainName: "Default"), Secret("geheim")))
    #expect(lab.region == "RegionTwo")
    #expect(lab.interface == .internal)
    #expect(lab.authorities == "/etc/ssl/lab.pem")
    #expect(lab.source == "cloud lab of /home/op/.config/openstack/clouds.yaml")
    let app = try #require(try Self.search(files, ["HOME": "/home/op"], cloud: "app").credentials())
    #expect(app.proof == .applicationCredential(id: "12ab", name: nil, user: nil, Secret("geheim")))
    #expect(app.scope == nil)
    #expect(
      Self.problem(try Self.search(files, ["HOME": "/home/op"], cloud: "prod"))
        == "/home/op/.config/openstack/clouds.yaml has no cloud prod; it has lab, app")
  }

  @Test("a clouds.yaml that is no YAML is refused by its place, without its words") func malformed() throws {
    let said = Self.problem(try Self.search(["/etc/openstack/clouds.yaml": "clouds:\n  lab: [geheim\n"], cloud: "lab"))
    #expect(said == "/etc/openstack/clouds.yaml:3:1: this is not YAML")
  }

  @Test("aliases that unfold without end are refused") func bomb() throws {
    let lines = (1...30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]" }
    let text = (["a0: &a0 [x, x]"] + lines).joined(separator: "\n")
    #expect(throws: YAML.Failure.tooLarge) { try YAML.parse(Array(text.utf8)) }
    let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
    #expect(throws: YAML.Failure.self) { try YAML.parse(Array(deep.utf8)) }
  }

  @Test("the environment's OS_ variables; a token; an application credential by name") func environment() throws {
    let common = ["OS_AUTH_URL": "http://k:5000", "OS_PROJECT_NAME": "admin"]
    let token = try #require(try Self.search([:], common.merging(["OS_TOKEN": "geheim"]) { $1 }).credentials())
    #expect(token.proof == .token(Secret("geheim")))
    #expect(token.source == "the environment (OS_AUTH_URL)")
    let named = [
      "OS_AUTH_TYPE": "v3applicationcredential", "OS_APPLICATION_CREDENTIAL_NAME": "imprint",
      "OS_APPLICATION_CREDENTIAL_SECRET": "geheim", "OS_USERNAME": "admin", "OS_USER_DOMAIN_ID": "default",
    ]
    let application = try #require(try Self.search([:], common.merging(named) { $1 }).credentials())
    #expect(
      application.proof
        == .applicationCredential(
          id: nil, name: "imprint", user: .init(name: "admin", domainID: "default"), Secret("geheim")))
    #expect(application.scope == nil)
  }

  @Test(
    "what cannot be used is named without its values",
    arguments: [
      (["OS_AUTH_URL": "controller:5000"], "has an auth_url that does not begin with https:// or http://"),
      (["OS_USERNAME": "admin"], "has no password"),
      (["OS_PASSWORD": "geheim"], "names no user"),
      (["OS_USERNAME": "admin", "OS_PASSWORD": "geheim"], "names no project"),
      (
        ["OS_AUTH_TYPE": "v3oidcpassword"],
        "has the auth_type v3oidcpassword; imprint knows password, v3applicationcredential and token"
      ),
      (["OS_IDENTITY_API_VERSION": "2.0"], "asks for version 2.0 of the identity API; there is 3 only"),
      (
        ["OS_USERNAME": "a", "OS_PASSWORD": "geheim", "OS_PROJECT_ID": "1", "OS_INTERFACE": "outer"],
        "has an interface that is none of public, internal and admin"
      ),
    ])
  func problems(_ variables: [String: String], _ said: String) throws {
    let environment = ["OS_AUTH_URL": "http://k:5000"].merging(variables) { $1 }
    #expect(Self.problem(try Self.search([:], environment)) == "the environment (OS_AUTH_URL) \(said)")
  }

  static let nova = """
    [DEFAULT]
    my_ip = 192.168.10.21
    [keystone_authtoken]
    www_authenticate_uri = http://controller:5000/
    auth_url = http://controller:5000/
    auth_type = password
    project_domain_name = Default
    user_domain_name = Default
    project_name = service
    username = nova
    password = ge$$heim
    region_name = RegionOne
    """

  @Test("nova.conf's own account, where nothing else is there; a dollar there is written twice") func novaConf() throws
  {
    let found = try #require(try Self.search(nova: [Self.nova]).credentials())
    #expect(found.proof == .password(user: .init(name: "nova", domainName: "Default"), Secret("ge$heim")))
    #expect(found.source == "[keystone_authtoken] of nova.conf")
    #expect(!found.areNamed)
    let elsewhere =
      "[keystone_authtoken]\nauth_section = account\n[account]\n"
      + Self.nova.split(separator: "\n").dropFirst(3).joined(separator: "\n")
    #expect(try Self.search(nova: [elsewhere]).credentials()?.proof == found.proof)
    #expect(try Self.search(nova: ["[DEFAULT]\nmy_ip = 192.168.10.21\n"]).credentials() == nil)
  }

  @Test("the most explicit place wins") func order() throws {
    let files = [
      "/root/openrc": Self.openrc,
      "/etc/openstack/clouds.yaml": Self.clouds.replacing("username", with: "password: g\n      username"),
    ]
    let environment = ["OS_AUTH_URL": "http://env:5000", "OS_USERNAME": "a", "OS_PASSWORD": "b", "OS_PROJECT_ID": "c"]
    func source(_ search: CredentialSearch) throws -> String? { try search.credentials()?.source }
    #expect(
      try source(Self.search(files, environment, cloud: "app", site: "/root/openrc", nova: [Self.nova]))
        == "cloud app of /etc/openstack/clouds.yaml")
    #expect(
      try source(Self.search(files, environment, site: "/root/openrc", nova: [Self.nova]))
        == "the environment (OS_AUTH_URL)")
    #expect(try source(Self.search(files, site: "/root/openrc", nova: [Self.nova])) == "/root/openrc")
    // Two clouds and none named: neither is guessed.
    #expect(try source(Self.search(files, nova: [Self.nova])) == "[keystone_authtoken] of nova.conf")
  }

  @Test("no secret is in any description") func descriptions() throws {
    let found = try #require(try Self.search(["/x": Self.openrc], openrc: "/x").credentials())
    var dumped = ""
    dump(found, to: &dumped)
    #expect(!(dumped + "\(found)" + String(reflecting: found)).contains("heim"))
  }
}
