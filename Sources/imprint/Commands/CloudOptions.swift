internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Fixups
internal import Site

/// What a command takes that asks the cloud.
struct CloudOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Ask the cloud of that name in clouds.yaml.", valueName: "name"))
  var cloud: String?

  @Option(
    help: ArgumentHelp("Ask the cloud with what this openrc says. It is read, not run.", valueName: "file"),
    completion: .file())
  var openrc: String?

  @Flag(help: "Do not ask the cloud.")
  var noCloud = false

  @Option(
    help: ArgumentHelp("How long the cloud may take to say what it should.", valueName: "seconds"))
  var within = 0

  @Flag(help: "Prove that instances migrate to this node: one is started on a peer, migrated, confirmed and deleted.")
  var migrate = false

  @Option(help: ArgumentHelp("The flavor of that instance; the smallest where it is not named.", valueName: "name"))
  var flavor: String?

  @Option(help: ArgumentHelp("Its image; the smallest where it is not named.", valueName: "name"))
  var image: String?

  @Option(help: ArgumentHelp("The compute node that it starts on.", valueName: "name"))
  var peer: String?

  func validate() throws {
    guard (0...3600).contains(within) else { throw ValidationError("--within takes 0 to 3600 seconds") }
    guard !noCloud || (cloud == nil && openrc == nil && !migrate) else {
      throw ValidationError("--no-cloud does not go with --cloud, --openrc or --migrate")
    }
    guard cloud == nil || openrc == nil else { throw ValidationError("--cloud and --openrc exclude each other") }
    guard migrate || (flavor == nil && image == nil && peer == nil) else {
      throw ValidationError("--flavor, --image and --peer are for --migrate")
    }
  }

  var isAskedFor: Bool { cloud != nil || openrc != nil || migrate }

  /// What the cloud says, after a migration where one is wanted.
  func testimony(of target: Target, isQuiet: Bool) throws -> Testimony {
    guard !noCloud else { return Testimony() }
    let search = try target.credentialSearch(cloud: cloud, openrc: openrc, environment: Self.environment)
    var testimony = try target.askCloud(search, patience: .seconds(within))
    guard migrate else { return testimony }
    // A node that the cloud does not know well is no place to migrate to.
    guard testimony.isWell else {
      testimony.claims.append(
        Claim(
          "an instance migrates to \(target.node.name)", expected: "yes", seen: "not tried, for the above", holds: false
        ))
      return testimony
    }
    Interruption.heed()
    let claims = try target.migrateCanary(search, CanaryWish(flavor: flavor, image: image, peer: peer)) { words in
      if !isQuiet { Terminal.complain("imprint: \(words)") }
    } while: {
      !Interruption.hasCome
    }
    testimony.claims += claims
    return testimony
  }

  /// What it says of credentials, and of where they are.
  static var environment: [String: String] {
    Dictionary(
      CredentialSearch.variables.compactMap { name in Terminal.environment(name).map { (name, $0) } },
      uniquingKeysWith: { first, _ in first })
  }
}
