import Foundation
import JSON
import Site
import Support
import Testing

@testable import Cluster

/// Against a server that answers as the lab's Keystone, nova and placement did, and then in trouble.
@Suite("A cloud's answers")
struct CloudTests {
  static let node = CloudExpectation(names: ["compute2"], myIP: try? IPAddress("192.168.10.21"))
  static let password = "ganz-geheim"

  static func credentials(
    _ server: LoopbackServer, scheme: String = "http", _ change: (inout CloudCredentials) -> Void = { _ in }
  ) -> CloudCredentials {
    var credentials = CloudCredentials(
      authURL: server.url("/identity", scheme: scheme),
      proof: .password(user: .init(name: "admin", domainName: "Default"), Secret(password)),
      scope: .project(.init(name: "admin", domainName: "Default")), region: "RegionOne", interface: .public,
      authorities: nil, source: "the test", areNamed: true)
    change(&credentials)
    return credentials
  }

  static func view(
    _ credentials: CloudCredentials, limit: Duration = .seconds(60)
  ) async throws -> Result<CloudView, CloudFailure> {
    try await onThread {
      do {
        return .success(try CloudView(of: node, from: try CloudSession(credentials, until: .now + limit)))
      } catch let failure as CloudFailure {
        return .failure(failure)
      }
    }
  }

  static func failure(
    _ troubles: [String], limit: Duration = .seconds(60), _ change: (inout CloudCredentials) -> Void = { _ in }
  ) async throws -> (failure: CloudFailure?, requests: [String]) {
    let server = try await LoopbackServer("ClusterTests/cloud.py", troubles)
    let outcome = try await view(credentials(server, change), limit: limit)
    let requests = (try? String(contentsOfFile: "\(server.folder.path)/requests", encoding: .utf8)) ?? ""
    guard case .failure(let failure) = outcome else { return (nil, requests.split(separator: "\n").map(String.init)) }
    for secret in [password, "geheim"] { #expect(!"\(failure)".contains(secret)) }
    return (failure, requests.split(separator: "\n").map(String.init))
  }

  @Test("of the lab's cloud are what the lab's was") func recorded() async throws {
    let server = try await LoopbackServer("ClusterTests/cloud.py")
    let view = try await Self.view(Self.credentials(server)).get()
    #expect(view.hypervisors.map(\.name) == ["compute", "compute2"])
    #expect(view.hypervisors.map(\.hostIP) == ["192.168.10.20", "192.168.10.21"])
    #expect(view.services == [.init(host: "compute2", zone: "nova", state: "up", status: "enabled")])
    #expect(view.providers.map(\.uuid) == [view.hypervisors[1].id])
    let requests = try String(contentsOfFile: "\(server.folder.path)/requests", encoding: .utf8).split(separator: "\n")
    #expect(requests.count { $0.hasPrefix("POST /identity/v3/auth/tokens") } == 1)
    #expect(requests.contains("GET /compute/v2.1/os-hypervisors/detail?limit=1000 compute=2.53"))
    #expect(requests.contains("GET /compute/v2.1/os-services?binary=nova-compute&host=compute2 compute=2.53"))
  }

  @Test("say that the credentials are wrong") func unauthorized() async throws {
    let (failure, requests) = try await Self.failure(["keystone=401"])
    #expect(failure?.code == .wrongCredentials)
    #expect(failure?.reason == "keystone does not accept the credentials in the test (401)")
    #expect(requests.count == 1)
  }

  @Test("with 401 for a token that was good are asked for again, once, with a new one") func tokenEnded() async throws {
    let server = try await LoopbackServer("ClusterTests/cloud.py", ["placement=401*1"])
    #expect(try await Self.view(Self.credentials(server)).get().providers.count == 1)
    let (failure, requests) = try await Self.failure(["placement=401"])
    #expect(failure?.code == .wrongCredentials)
    #expect(requests.count { $0.hasPrefix("POST") } == 2)
  }

  @Test("with 403 say what could ask") func forbidden() async throws {
    let (failure, _) = try await Self.failure(["nova=403"])
    #expect(failure?.code == .notAllowed)
    #expect(failure?.advice == CredentialSearch.advice)
  }

  @Test("with 503 are asked for again when the server says", arguments: ["keystone", "nova", "placement"])
  func unavailable(_ service: String) async throws {
    let start = ContinuousClock.now
    let server = try await LoopbackServer("ClusterTests/cloud.py", ["\(service)=503*2"])
    #expect(try await Self.view(Self.credentials(server)).get().hypervisors.count == 2)
    #expect(start.duration(to: .now) >= .seconds(2))
  }

  @Test("with 503 for ever end at the deadline") func unavailableForEver() async throws {
    let (failure, _) = try await Self.failure(["nova=503"], limit: .seconds(2))
    #expect(failure?.code == .unavailable)
    #expect(failure?.reason.contains("503") == true, "\(failure?.description ?? "")")
  }

  @Test(
    "that redirect are not followed, so that no token goes elsewhere", arguments: ["keystone", "nova", "placement"])
  func redirects(_ service: String) async throws {
    let (failure, requests) = try await Self.failure(["\(service)=redirect"])
    #expect(failure?.code == .unexpected)
    #expect(failure?.reason.contains("redirects are not followed") == true)
    #expect(requests.count { $0.contains("/\(["keystone": "identity", "nova": "compute"][service] ?? service)") } == 1)
  }

  @Test(
    "that break off or are no JSON are no answers",
    arguments: ["keystone", "nova", "placement"], ["truncated", "text"])
  func noJSON(_ service: String, _ how: String) async throws {
    let (failure, _) = try await Self.failure(["\(service)=\(how)"])
    #expect(failure?.code == .unexpected, "\(failure?.description ?? "none")")
  }

  @Test("whose connection ends in the middle are said to") func cut() async throws {
    let (failure, _) = try await Self.failure(["nova=cut"])
    #expect(failure?.code == .unreachable)
    #expect(failure?.reason.contains("the connection ended in the middle") == true)
  }

  @Test("that drip, or never come, end at the deadline", arguments: ["drip", "silent"])
  func slow(_ how: String) async throws {
    let start = ContinuousClock.now
    let (failure, _) = try await Self.failure(["nova=\(how)"], limit: .seconds(2))
    #expect(failure?.code == .unavailable)
    // To its end it would take five minutes and more.
    #expect(start.duration(to: .now) < .seconds(200))
  }

  @Test("from nobody: the service is said to be out of reach") func nobody() async throws {
    let server = try await LoopbackServer("ClusterTests/cloud.py")
    let outcome = try await Self.view(
      Self.credentials(server) { $0.authURL = "http://127.0.0.1:1/v3" }, limit: .seconds(3))
    guard case .failure(let failure) = outcome else { throw TestTrouble("somebody answered") }
    #expect(failure.code == .unreachable)
    #expect(failure.reason.hasPrefix("keystone: POST http://127.0.0.1:1/v3/auth/tokens: cannot connect"))
  }

  @Test("of 10,000 hypervisors come in ten pages") func pages() async throws {
    let server = try await LoopbackServer("ClusterTests/cloud.py", ["pages=10000"])
    let view = try await Self.view(Self.credentials(server)).get()
    #expect(view.hypervisors.count == 10000)
    #expect(Set(view.hypervisors.map(\.id)).count == 10000)
    #expect(view.hypervisors.count { Self.node.isNamed($0) } == 1)
    let requests = try String(contentsOfFile: "\(server.folder.path)/requests", encoding: .utf8).split(separator: "\n")
    #expect(requests.count { $0.contains("os-hypervisors") } == 10)
  }

  @Test("that are the same page for ever are not read for ever") func stuckPages() async throws {
    let (failure, requests) = try await Self.failure(["stuck-pages"])
    #expect(failure?.reason == "nova answers one page of its hypervisors again and again")
    #expect(requests.count { $0.contains("os-hypervisors") } == 2)
  }

  @Test("of a nova that speaks another version are refused, and a list of versions is chosen from")
  func versions() async throws {
    let folder = try Scratch()
    func document(_ text: String) throws -> String {
      let path = "\(folder.path)/\(UInt32.random(in: 0 ... .max))"
      try text.write(toFile: path, atomically: false, encoding: .utf8)
      return "versions=\(path)"
    }
    let old = #"{"version": {"id": "v2.1", "version": "2.38", "min_version": "2.1"}}"#
    let (tooOld, _) = try await Self.failure([document(old)])
    #expect(tooOld?.reason == "this nova speaks microversions up to 2.38, and what imprint asks for takes 2.53")
    let (none, _) = try await Self.failure([document(#"{"versions": [{"id": "v2.0", "version": ""}]}"#)])
    #expect(none?.code == .version)
    for strange in ["[]", #"{"version": "new"}"#, #"{"name": "another service"}"#] {
      let (failure, _) = try await Self.failure([document(strange)])
      #expect(failure?.code == .unexpected, "\(strange): \(failure?.description ?? "none")")
    }
    let several = #"{"versions": [{"id": "v2.0", "version": ""}, {"id": "v2.1", "version": "2.93"}]}"#
    let address = try NovaAddress(
      "http://controller:8774", JSONNode(Array(several.utf8), document: "versions"))
    #expect(address.url == "http://controller:8774/v2.1")
    #expect(NovaAddress.withoutProject("http://c:8774/v2.1/f7e5", "f7e5") == "http://c:8774/v2.1")
    #expect(NovaAddress.withoutProject("http://c:8774/v2.1", "f7e5") == "http://c:8774/v2.1")
  }

  @Test("of a region or interface that is not there name those that are") func catalog() async throws {
    let (region, _) = try await Self.failure([]) { $0.region = "RegionTwo" }
    #expect(region?.code == .noEndpoint)
    #expect(region?.advice == "its regions are RegionOne")
  }

  @Test("over TLS from a server that nobody vouches for are not taken, and no password is sent") func certificate()
    async throws
  {
    let folder = try Scratch()
    let file = "\(folder.path)/tls.pem"
    try await RealProgram.needed("openssl").run([
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test", "-addext",
      "subjectAltName=IP:127.0.0.1", "-keyout", "\(file).key", "-out", "\(file).certificate",
    ]).succeeded("openssl")
    try await RealProgram.needed("sh").run(["-c", "cat \(file).key \(file).certificate > \(file)"]).succeeded("cat")
    let server = try await LoopbackServer("ClusterTests/cloud.py", ["--tls", file], in: folder)
    guard case .failure(let failure) = try await Self.view(Self.credentials(server, scheme: "https")) else {
      throw TestTrouble("it was trusted")
    }
    #expect(failure.code == .untrusted)
    #expect(failure.advice == "name the authority that signed it: OS_CACERT, or cacert in clouds.yaml")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/requests"))
    let trusting = Self.credentials(server, scheme: "https") { $0.authorities = "\(file).certificate" }
    #expect(try await Self.view(trusting).get().hypervisors.count == 2)
  }

  @Test("that change are waited for") func patience() async throws {
    let server = try await LoopbackServer("ClusterTests/cloud.py")
    let credentials = Self.credentials(server)
    let rounds = try await onThread {
      var rounds = 0
      _ = try CloudInquiry(credentials, about: Self.node, patience: .seconds(600)).view { _ in
        rounds += 1
        return rounds == 3
      } resting: { _ in
        true
      }
      return rounds
    }
    #expect(rounds == 3)
  }
}
