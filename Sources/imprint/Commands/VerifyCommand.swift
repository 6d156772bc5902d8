internal import ArgumentParser
internal import Engine

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Is this tree who it should be? Name everything that is not as it should be.",
    discussion: """
      Looks at the files and, of the running node, at the system and at what the cloud says: with the credentials that the \
      environment (OS_CLOUD, OS_AUTH_URL and so on), clouds.yaml, an openrc or nova.conf hold. Exits with 2 where something \
      is not as it should be.

      EXAMPLES
        imprint verify --openrc /root/admin-openrc
        imprint verify --cloud admin --migrate
      """)

  @OptionGroup var target: TargetOptions
  @OptionGroup var common: CommonOptions

  @Flag(help: "Look at files only, also of the running system.")
  var filesOnly = false

  @Flag(help: "Ask the other nodes, too, over ssh: does one share what only this one should have?")
  var peers = false

  @OptionGroup var cloud: CloudOptions

  func run() throws {
    let target = try target.target(common)
    let isLive = try !filesOnly && LiveOptions.isLive(common.root)
    guard isLive || !(cloud.isAskedFor || peers) else {
      throw EngineError(.usage, "of another tree only the files can be looked at; cloud and peers know nodes that run")
    }
    var verification =
      try isLive
      ? LiveActivation(ink: common.palette, isQuiet: common.quiet).verification(of: target) : target.verify()
    verification = verification.adding(try target.certificateTestimony(isJoined: isLive), from: "certificates")
    if isLive, peers { verification = verification.adding(try Joining(target).twins(), from: "peers") }
    if isLive {
      verification = verification.adding(try cloud.testimony(of: target, isQuiet: common.quiet), from: "cloud")
    }
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.VerificationOut(verification)))
    case .text:
      let text = VerificationText(ink: common.palette)
      if !common.quiet || !verification.holds {
        try Terminal.answer(text.text(verification, verbose: !common.quiet, findings: !common.quiet))
      }
    }
    if !verification.holds { throw ExitCode(2) }
  }
}
