public import Site

/// Who asks the cloud, how that is proved, and which of its services are meant. Read when it is needed; never stored.
///
/// What may enter this folder: reading the places where operators keep credentials. Nothing here speaks to a network, and no
/// file is run: an openrc is read as data.
public struct CloudCredentials: Sendable {
  /// How Keystone is convinced (Identity API v3, `methods`).
  public enum Proof: Sendable, Hashable {
    case password(user: Named, Secret)
    /// By id, or by name and the user that it belongs to.
    case applicationCredential(id: String?, name: String?, user: Named?, Secret)
    case token(Secret)
  }

  /// What the token is for. An application credential carries its own.
  public enum Scope: Sendable, Hashable {
    case project(Named)
    case system
  }

  /// A user or a project: by id, or by name within a domain.
  public struct Named: Sendable, Hashable {
    public var id: String?
    public var name: String?
    /// Of the name.
    public var domainID: String?
    public var domainName: String?

    public init(id: String? = nil, name: String? = nil, domainID: String? = nil, domainName: String? = nil) {
      self.id = id
      self.name = name
      self.domainID = domainID
      self.domainName = domainName
    }
  }

  public enum Interface: String, Sendable, Hashable, CaseIterable { case `public`, `internal`, admin }

  /// Keystone's address, with or without the version at its end.
  public var authURL: String
  public var proof: Proof
  public var scope: Scope?
  /// nil: the only one, or the first.
  public var region: String?
  public var interface: Interface
  /// Who vouches for the services' certificates; nil: whom the system trusts.
  public var authorities: String?
  /// Where these were found, for people.
  public var source: String
  /// Whether somebody named them; those that lie about in nova.conf are tried, and may be too weak.
  public var areNamed: Bool
}

/// Why a place holds no credentials that can be used. Names keys, never values.
public struct CredentialProblem: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
