internal import Documents
public import Site

/// Where credentials are looked for, most explicit first: what the command names, OS_CLOUD, OS_AUTH_URL and its kin, the
/// openrc that the site names, a clouds.yaml with one cloud, and nova.conf.
public struct CredentialSearch: Sendable {
  /// What the command names: a cloud of clouds.yaml, or an openrc.
  public var cloud: String?
  public var openrc: String?
  /// The openrc of the site's [controller], which may not be on this machine.
  public var siteOpenRC: AbsolutePath?
  /// The bytes of nova-compute's files, in the order in which it reads them.
  public var nova: [[UInt8]]
  public var environment: [String: String]
  /// A file of this machine; nil where there is none.
  public var file: @Sendable (String) throws -> [UInt8]?

  public init(
    cloud: String? = nil, openrc: String? = nil, siteOpenRC: AbsolutePath? = nil, nova: [[UInt8]] = [],
    environment: [String: String], file: @escaping @Sendable (String) throws -> [UInt8]?
  ) {
    self.cloud = cloud
    self.openrc = openrc
    self.siteOpenRC = siteOpenRC
    self.nova = nova
    self.environment = environment
    self.file = file
  }

  /// What one can do where there are none, or too weak ones.
  public static let advice =
    "source an openrc first, or name one with --openrc FILE, or a cloud of clouds.yaml with --cloud NAME"

  /// The variables that may say something here.
  public static let variables =
    ["HOME", "PWD"]
    + [
      "AUTH_TYPE", "AUTH_URL", "TOKEN", "USERNAME", "USER_ID", "PASSWORD", "USER_DOMAIN_ID", "USER_DOMAIN_NAME",
      "PROJECT_ID", "PROJECT_NAME", "PROJECT_DOMAIN_ID", "PROJECT_DOMAIN_NAME", "TENANT_ID", "TENANT_NAME",
      "DEFAULT_DOMAIN", "DEFAULT_DOMAIN_ID", "DEFAULT_DOMAIN_NAME", "SYSTEM_SCOPE", "APPLICATION_CREDENTIAL_ID",
      "APPLICATION_CREDENTIAL_NAME", "APPLICATION_CREDENTIAL_SECRET", "IDENTITY_API_VERSION", "REGION_NAME",
      "INTERFACE",
      "ENDPOINT_TYPE", "CACERT", "CLOUD", "CLIENT_CONFIG_FILE", "CLIENT_SECURE_FILE",
    ].map { "OS_\($0)" }

  /// - Returns: nil where there are none.
  /// - Throws: ``CredentialProblem`` where there are, and they cannot be used; what `file` throws.
  public func credentials() throws -> CloudCredentials? {
    if let openrc {
      guard let bytes = try file(openrc) else { throw CredentialProblem("there is no file \(openrc)") }
      return try OpenRC.credentials(bytes, named: openrc)
    }
    if let name = cloud ?? environment["OS_CLOUD"], !name.isEmpty {
      guard let clouds = try clouds() else {
        throw CredentialProblem(
          "there is no clouds.yaml to find the cloud \(name) in (\(cloudPaths.joined(separator: ", ")))")
      }
      return try clouds.credentials(of: name)
    }
    if environment["OS_AUTH_URL"]?.isEmpty == false {
      return try CredentialWords(variables: environment, source: "the environment (OS_AUTH_URL)").credentials()
    }
    if let siteOpenRC, let bytes = try file(siteOpenRC.description) {
      return try OpenRC.credentials(bytes, named: siteOpenRC.description)
    }
    if let found = try clouds()?.credentials(of: nil) { return found }
    return try NovaCredentials.credentials(nova.map { OsloConfig($0) })
  }

  private func clouds() throws -> CloudsYAML? {
    guard let found = try first(cloudPaths) else { return nil }
    return try CloudsYAML(found.bytes, at: found.path, secure: try first(securePaths))
  }

  private func first(_ paths: [String]) throws -> (bytes: [UInt8], path: String)? {
    for path in paths { if let bytes = try file(path) { return (bytes, path) } }
    return nil
  }

  private var cloudPaths: [String] { paths("clouds", first: environment["OS_CLIENT_CONFIG_FILE"]) }
  private var securePaths: [String] { paths("secure", first: environment["OS_CLIENT_SECURE_FILE"]) }

  private func paths(_ name: String, first: String?) -> [String] {
    let home = environment["HOME"].map { ["\($0)/.config/openstack"] } ?? []
    let places = [environment["PWD"] ?? "."] + home + ["/etc/openstack"]
    return (first.map { [$0] } ?? []) + places.flatMap { ["\($0)/\(name).yaml", "\($0)/\(name).yml"] }
  }
}
