import Foundation
import Site
import Support
import Synchronization
import Testing

@testable import Cluster

/// The canary's whole life against a mock of nova: it never stays, and where it has to, that is said with its name.
@Suite struct CanaryTests {
  private static let person = "30000000-0000-4000-8000-000000000002"

  private struct Flown {
    let result: Result<Canary.Flight, CloudFailure>
    let said: [String]
    /// Method and path of what was changed.
    let requests: [String]

    var failure: CloudFailure? { if case .failure(let failure) = result { failure } else { nil } }
  }

  /// - Parameter last: What it says when somebody wants it to end; nil: nobody does.
  private func fly(_ troubles: [String] = [], until last: String? = nil) async throws -> Flown {
    let server = try await LoopbackServer("ClusterTests/cloud.py", troubles)
    let credentials = CloudTests.credentials(server)
    let (result, said) = try await onThread { () -> (Result<Canary.Flight, CloudFailure>, [String]) in
      let said = Mutex<[String]>([])
      var canary = Canary(credentials, to: CloudTests.node)
      canary.cleanupLimit = .seconds(4)
      do {
        let flight = try canary.fly { words in
          said.withLock { $0.append(words) }
        } while: {
          last == nil || said.withLock { !$0.contains(where: { $0.hasPrefix(last ?? "") }) }
        }
        return (.success(flight), said.withLock { $0 })
      } catch let failure as CloudFailure {
        return (.failure(failure), said.withLock { $0 })
      }
    }
    let lines = try String(contentsOfFile: "\(server.folder.path)/requests", encoding: .utf8).split(separator: "\n")
    return Flown(
      result: result, said: said,
      requests: lines.filter { $0.hasPrefix("DELETE") || $0.hasPrefix("POST /compute") }.map { line in
        line.split(separator: " ").prefix(2).joined(separator: " ")
      })
  }

  @Test func `it starts on a peer, comes here, is confirmed, and goes`() async throws {
    let flown = try await fly()
    #expect(try flown.result.get() == Canary.Flight(peer: "compute", done: Canary.Flight.whole, failure: nil))
    #expect(flown.requests.count == 4 && flown.requests.last?.hasPrefix("DELETE /compute/v2.1/servers/2") == true)
  }

  @Test(arguments: ["starting a canary", "migrating it", "confirming it"])
  func `whoever ends it on its way has it deleted`(_ step: String) async throws {
    let flown = try await fly(until: step)
    #expect(flown.failure?.code == .interrupted && flown.failure?.reason.contains("and the canary deleted") == true)
    #expect(flown.requests.filter { $0.hasPrefix("DELETE") }.count == 1, "\(flown.requests)")
  }

  @Test func `it is deleted where nova gives up, too`() async throws {
    let flown = try await fly(["no-migration"])
    let flight = try flown.result.get()
    #expect(flight.done == ["started"] && flight.failure?.reason.contains("did not migrate to compute2") == true)
    #expect(flown.requests.last?.hasPrefix("DELETE") == true)
  }

  @Test func `what a killed run left is deleted first, and a person's instance of that name is not`() async throws {
    let flown = try await fly(["leftover"])
    #expect(try flown.result.get().done == Canary.Flight.whole)
    #expect(flown.requests.first == "DELETE /compute/v2.1/servers/30000000-0000-4000-8000-000000000001")
    #expect(!flown.requests.contains { $0.contains(Self.person) }, "\(flown.requests)")
  }

  @Test(arguments: ["undeletable", "undying"])
  func `where it cannot be deleted, it is said which one is left, and how it goes`(
    _ trouble: String
  ) async throws {
    for step in [nil, "migrating it"] {
      let failure = try #require(try await fly([trouble], until: step).failure)
      #expect(failure.reason.hasPrefix("the instance imprint-canary-compute2 may be left in the cloud: "), "\(failure)")
      #expect(
        failure.advice?.contains("openstack server delete 20000000-0000-4000-8000-000000000001") == true, "\(failure)")
      #expect(failure.advice?.contains("imprint verify --migrate deletes it first") == true)
    }
  }
}
