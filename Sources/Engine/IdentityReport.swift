internal import Fixups
public import Identity
internal import Metadata
internal import Site
internal import Tree

/// Who says which node this machine is, each source with its words: for people who look.
public struct IdentityReport: Sendable {
  public private(set) var answers: [IdentityAnswer] = []
  /// Where two disagree, or one cannot be read or is not believed.
  public private(set) var problems: [String] = []

  /// - Parameter root: Only of a tree with a sys of its own something is known.
  init(root: String, _ tree: Tree) {
    guard Target.isRunning(root) || (try? tree.status("/sys/class")) != nil else { return }
    let facts = MachineFacts(root: root)
    let wanted = (try? Target.ownSite(of: tree))?.identity.metadataService
    let outside = OutsideSources.ask(
      IdentityQuestion(machine: facts, root: root, patience: Self.patience, service: wanted))
    problems = outside.failures
    var request = Request(root: root)
    request.outside = outside
    var words = OutsideWords(request, on: facts)
    do {
      let stamp = try Stamp.read(from: tree)
      guard try tree.file(Target.sitePath) != nil || words.site() != nil else { return }
      let site = try Target.site(Target.siteSource(request, tree, &words), Target.ownProfiles(of: tree))
      let isOthers = stamp?.machine.map { StampedMachine(facts).sameness(with: $0) == .other } ?? false
      let said = SaidNode(outside.claims, former: isOthers ? stamp?.node : nil)
      let sources: [any IdentitySource] = Identification.sources + [said]
      answers = sources.flatMap { $0.answers(for: facts, in: site) }
      problems += said.unknownNames(in: site) + said.doubtful(in: site)
      _ = try Identification.node(of: facts, in: site, sources: sources)
    } catch {
      problems.append("\(error)")
    }
  }

  private static let patience = ServicePatience(
    connect: .seconds(1), answer: .seconds(2), attempts: 1, total: .seconds(2))
}
