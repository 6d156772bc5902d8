import HTTP
import Support
import Testing

@testable import Metadata

@Suite("The metadata service")
struct ServiceTests {
  static let patience = ServicePatience(
    connect: .seconds(2), answer: .seconds(10), attempts: 3, total: .seconds(10))

  static func find(
    _ urls: [String], patience: ServicePatience = Self.patience
  ) async throws -> Result<MetadataService, MetadataError> {
    let places = try urls.map { ServiceAddress(try HTTPURL($0)) }
    let found: Result<Found, MetadataError> = try await onThread {
      do throws(MetadataError) {
        return .success(Found(service: try MetadataService.find(places, patience: patience)))
      } catch {
        return .failure(error)
      }
    }
    return found.map { $0.service }
  }

  /// Used by one thread after another.
  private struct Found: @unchecked Sendable { let service: MetadataService }

  @Test("has the same documents as the drive, in every version", arguments: MetadataTree.versions)
  func versions(_ version: String) async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch, userData: [0, 1, 2, 255])
    let server = try await LoopbackServer("MetadataTests/Servers/service.py", [tree.root], in: scratch)
    let service = try await Self.find([server.url("")]).get()
    let comparison = MetadataComparison(
      try Metadata(from: service, version: version), try Metadata(from: ConfigDrive(tree.root), version: version))
    #expect(comparison.differing.isEmpty, "\(comparison.differing)")
    #expect(comparison.sameCount > 10)
    #expect(try service.bytes("openstack/\(version)/user_data") == [0, 1, 2, 255])
  }

  @Test("its tree is walked, EC2's too") func walk() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    try scratch.write("i-00000001", to: "metadata/2009-04-04/meta-data/instance-id")
    try scratch.write("ssh-ed25519 AAAA", to: "metadata/2009-04-04/meta-data/public-keys/0/openssh-key")
    let server = try await LoopbackServer("MetadataTests/Servers/service.py", [tree.root], in: scratch)
    let service = try await Self.find([server.url("")]).get()
    #expect(try service.versions().map(\.name) == MetadataTree.versions + ["latest"])
    let files = try service.files()
    for path in [
      "openstack/latest/meta_data.json", "openstack/2012-08-10/meta_data.json", "2009-04-04/meta-data/instance-id",
      "2009-04-04/meta-data/public-keys/0/openssh-key",
    ] { #expect(files.contains(path), "\(path) in \(files)") }
    #expect(try service.bytes("2009-04-04/meta-data/instance-id") == Array("i-00000001".utf8))
    #expect(try service.bytes("openstack/latest/user_data") == nil)
  }

  @Test("that is unwell at first is asked again") func unwell() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    let server = try await LoopbackServer(
      "MetadataTests/Servers/service.py", [tree.root, "--unwell", "3"], in: scratch)
    #expect(try Metadata(from: try await Self.find([server.url("")]).get()).metaData?.name == "compute2")
  }

  @Test("of several places the one that answers is taken, and the silent one is not waited for") func twins()
    async throws
  {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    let silent = try await LoopbackServer("HTTPTests/server.py")
    let server = try await LoopbackServer("MetadataTests/Servers/service.py", [tree.root], in: scratch)
    let began = ContinuousClock.now
    let service = try await Self.find([silent.url("/silence"), "http://127.0.0.1:1", server.url("")]).get()
    #expect(service.title == "the metadata service \(server.url(""))")
    #expect(began.duration(to: .now) < .seconds(25), "the silent one would take 30 s")
  }

  @Test(
    "is not taken for one where it is none, and is not asked again and again",
    arguments: [
      (["--unknown"], "does not know this machine (404)"), (["--portal"], "has no metadata tree"),
    ])
  func noService(_ options: [String], _ words: String) async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    let server = try await LoopbackServer("MetadataTests/Servers/service.py", [tree.root] + options, in: scratch)
    guard case .failure(let error) = try await Self.find([server.url("")]) else { throw TestTrouble("it was found") }
    #expect(error.code == .absent)
    #expect(error.description.contains(words), "\(error)")
  }

  @Test("where there is none, the time that is given is kept") func limit() async throws {
    let began = ContinuousClock.now
    var patience = Self.patience
    patience.total = .milliseconds(500)
    guard case .failure(let error) = try await Self.find(["http://127.0.0.1:1"], patience: patience) else {
      throw TestTrouble("it was found")
    }
    #expect(error.code == .absent)
    #expect(error.description.contains("Connection refused"), "\(error)")
    #expect(began.duration(to: .now) < .seconds(30), "and not for ever")
  }

  @Test("one that takes the connection is waited for longer, as nova is slow after a start") func slow() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    let server = try await LoopbackServer("MetadataTests/Servers/service.py", [tree.root, "--slow", "3"], in: scratch)
    var patience = Self.patience
    patience.total = .milliseconds(500)
    let service = try await Self.find([server.url("")], patience: patience).get()
    #expect(try Metadata(from: service).metaData?.name == "compute2")
    patience.answer = .milliseconds(500)
    let silent = try await LoopbackServer("MetadataTests/Servers/service.py", [tree.root, "--slow", "60"], in: scratch)
    guard case .failure(let error) = try await Self.find([silent.url("")], patience: patience) else {
      throw TestTrouble("it was found")
    }
    #expect(error.description.contains("no whole answer came within 0.5 seconds"), "\(error)")
  }

  @Test("a redirect leads nowhere") func redirect() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    guard case .failure(let error) = try await Self.find([server.url("/redirect?")]) else {
      throw TestTrouble("it was followed")
    }
    #expect(error.description.contains("redirects are not followed"), "\(error)")
  }
}
