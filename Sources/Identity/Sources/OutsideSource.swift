public import Metadata
public import Site

/// Somebody outside of the disk who may know who this machine is. A further one is one file here, and one place in
/// ``OutsideSources/all``.
///
/// None is believed more than its words: a name has to be a node of the site, a site file goes through the same strict
/// reading as any other, an address has to fit. None can name a file, and nothing of what one says is ever run.
public protocol OutsideSource: Sendable {
  func ask(_ question: IdentityQuestion) -> SourceReport
}

/// What is asked of each.
public struct IdentityQuestion: Sendable {
  public var machine: MachineFacts
  /// Where sys, proc, run and dev are: `/`, or what a test laid out.
  public var root: String
  /// Whether the network may be asked, and how long.
  public var patience: ServicePatience?
  /// Where the metadata service is asked at all, as the site says; nil where there is none to say it.
  public var service: Site.Identity.MetadataService?

  public init(
    machine: MachineFacts, root: String = "/", patience: ServicePatience? = nil,
    service: Site.Identity.MetadataService? = nil
  ) {
    self.machine = machine
    self.root = root
    self.patience = patience
    self.service = service
  }

  var files: SystemFiles { SystemFiles(root: root) }

  /// Of the machine itself: a test's tree has no hypervisor behind it.
  var isMachine: Bool { root.allSatisfy { $0 == "/" } }
}

/// What one source had to say.
public enum SourceReport: Sendable {
  /// It is not here, or has nothing to say of a machine's identity.
  case silent
  /// It is here, and cannot be read, or says what cannot be.
  case failed(String)
  case says([IdentityClaim])
}

/// What a source says of this machine, in its own words: what they stand for in a site is seen later.
public struct IdentityClaim: Sendable {
  /// Stands in sentences: `the config drive /dev/sr0 (ISO 9660)`.
  public let source: String
  /// The name of a node.
  public var name: String?
  /// Where in the source it stands: `its property imprint-node`.
  public var place: String
  /// Whether it was said to imprint. Any other name counts only where the site has a node of it.
  public var isExplicit: Bool
  /// Whether a copy of the disk or of the guest carries it along: then it may be the original's.
  public var isCopied: Bool
  /// A whole site file.
  public var site: [UInt8]?
  /// The addresses that the cloud gave the machine.
  public var network: NetworkData?

  public init(
    _ source: String, name: String? = nil, place: String = "", isExplicit: Bool = true, isCopied: Bool = false,
    site: [UInt8]? = nil, network: NetworkData? = nil
  ) {
    self.source = source
    self.name = name
    self.place = place
    self.isExplicit = isExplicit
    self.isCopied = isCopied
    self.site = site
    self.network = network
  }

  /// Stands after "because": `the config drive /dev/sr0 (ISO 9660) says so in its property imprint-node`.
  public var evidence: String { place.isEmpty ? "\(source) says so" : "\(source) says so in \(place)" }
}

/// All of them, in the order in which they are asked and shown.
public enum OutsideSources {
  public static let all: [any OutsideSource] = [
    ConfigDriveSource(), MetadataServiceSource(), GuestInfoSource(), KernelCommandLineSource(), CredentialSource(),
    OEMStringSource(),
  ]

  public struct Answer: Sendable {
    public var claims: [IdentityClaim] = []
    public var failures: [String] = []

    public init() {}
  }

  public static func ask(_ question: IdentityQuestion, _ sources: [any OutsideSource] = all) -> Answer {
    var answer = Answer()
    for source in sources {
      switch source.ask(question) {
      case .silent: break
      case .failed(let reason): answer.failures.append(reason)
      case .says(let claims): answer.claims += claims
      }
    }
    return answer
  }
}
