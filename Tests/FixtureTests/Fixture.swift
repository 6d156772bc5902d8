import Foundation
import Support
import Testing

/// One folder of Rootfs-fixtures: a whole tree before, the same tree after, and case.toml.
struct Fixture: Sendable, CustomTestStringConvertible {
  static let folder = "\(Repository.path)/Rootfs-fixtures"

  let name: String
  var path: String { "\(Self.folder)/\(name)" }
  var before: String { "\(path)/before" }
  var after: String { "\(path)/after" }
  /// By its name, so that a forgotten after folder is no refusal.
  var isRefused: Bool { name.hasPrefix("refused-") }
  var testDescription: String { name }

  /// Every fixture of the repository, in the order of their names.
  static let all: [Fixture] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().map(Fixture.init(name:)).filter {
      FileManager.default.fileExists(atPath: "\($0.path)/case.toml")
    }
  }()

  func description() async throws -> FixtureDescription {
    try await FixtureDescription(of: "\(path)/case.toml")
  }
}

/// case.toml as values. Rootfs-fixtures/README.md says what each means.
struct FixtureDescription: Codable, Sendable {
  var about: String
  var base: String?
  var node: String
  var site: String?
  var earlier: String?
  var earlierNode: String?
  var profile: String?
  var setup: Setup?
  var after: Attributes?
  var findings: [String]?
  var consequences: [String]?
  var verifyAfterRollback: Int?
  var refused: Refusal?
  var reads: Reads?
  /// Nothing but imprint's own state changes.
  var unchanged: Bool?
  /// By file: the lines that go and those that come, for trees without an after folder. Every other file of /etc, but
  /// those that hold unique things, stays as it is.
  var lines: [String: Lines]?

  /// What git does not keep of a tree, and what must not be in it.
  struct Setup: Codable, Sendable {
    var remove: [String]?
    var directories: [String]?
    var modes: [String: String]?
    var owners: [String: String]?
    var labels: [String: [String: String]]?
    var fifos: [String]?
    /// Debian's packages whose files are laid over the tree, and a script that then does what their maintainers' scripts
    /// and an administrator would.
    var packages: [String]?
    var configure: String?

    /// This, and then that; of two that say something of one path, the later.
    func followed(by later: Setup) -> Setup {
      let gone = later.remove ?? []
      func merged<Value>(_ first: [String: Value]?, _ second: [String: Value]?) -> [String: Value] {
        (first ?? [:]).filter { path in !gone.contains { path.key == $0 || path.key.hasPrefix($0 + "/") } }
          .merging(second ?? [:]) { $1 }
      }
      return Setup(
        remove: (remove ?? []) + gone, directories: (directories ?? []) + (later.directories ?? []),
        modes: merged(modes, later.modes), owners: merged(owners, later.owners), labels: merged(labels, later.labels),
        fifos: (fifos ?? []) + (later.fifos ?? []), packages: (packages ?? []) + (later.packages ?? []),
        configure: later.configure ?? configure)
    }
  }

  struct Attributes: Codable, Sendable {
    var directories: [String]?
    var modes: [String: String]?
    var owners: [String: String]?
  }

  struct Lines: Codable, Sendable {
    var gone: [String]
    var new: [String]
  }

  struct Refusal: Codable, Sendable {
    var exit: Int
    var says: [String]
  }

  /// What the readers of the files must make of them.
  struct Reads: Codable, Sendable {
    /// By file: what a shell that sources it then has in its variables; empty for unset.
    var shell: [String: [String: String]]?
    var oslo: [String: Oslo]?
    /// By name: all addresses of it.
    var hosts: [String: [String]]?
    /// By name: what getaddrinfo calls it.
    var canonical: [String: String]?
    /// By user: the login shell.
    var shells: [String: String]?
    var ssh: SSH?
    /// By interface: what ifquery says of it.
    var interfaces: [String: [String: String]]?
    /// By the file that netplan makes of its own below /run: lines that are in it.
    var netplan: [String: [String]]?
    /// By keyfile: lines that are in what NetworkManager's own reader makes of it.
    var connections: [String: [String]]?
    var networkd: SystemdOracles.Networkd?
    /// New files and directories that have the label of the tree's own SELinux policy.
    var labels: [String]?
    /// By the address of a card: what udev would call it.
    var udev: [String: SystemdOracles.CardName]?
  }

  /// What systemd-networkd makes of the tree's files, as networkctl says it.
  struct Oslo: Codable, Sendable {
    /// In the order in which the service reads them; those that aren't there are left out.
    var files: [String]
    var directories: [String]?
    /// By section.option, with references replaced.
    var values: [String: String]
  }

  struct SSH: Codable, Sendable {
    var config: String
    /// By host: settings as `ssh -G` says them, lower-case.
    var hosts: [String: [String: String]]
    /// Names and addresses whose host key the file knows.
    var known: [String]?
    /// Names and addresses whose host key it doesn't know.
    var unknown: [String]?
  }

  private enum CodingKeys: String, CodingKey {
    case about, base, node, site, earlier, profile, setup, after, findings, consequences, refused, reads, lines,
      unchanged
    case earlierNode = "earlier-node"
    case verifyAfterRollback = "verify-after-rollback"
  }

  /// Python reads the TOML: a second reader, not our own. What it finds and we don't know is an error.
  init(of file: String) async throws {
    let python = try RealProgram.needed("python3")
    let script = "import json,sys,tomllib; json.dump(tomllib.load(open(sys.argv[1],'rb')), sys.stdout)"
    let json = Data(try await python.run(["-c", script, file]).succeeded(file).output.utf8)
    self = try JSONDecoder().decode(Self.self, from: json)
    let said = try JSONSerialization.jsonObject(with: json) as? NSDictionary
    let understood = try JSONSerialization.jsonObject(with: JSONEncoder().encode(self)) as? NSDictionary
    guard said == understood else { throw TestTrouble("\(file) says more than is understood of it") }
  }
}
