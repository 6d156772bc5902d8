import Support
import Testing

/// The session runs through the very link that changes.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct OverSSHTests {
  @Test func `the session is lost, the apply is not`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      let session = try await laboratory.ssh("192.168.10.20", "imprint apply compute2 --yes")
      #expect(session.status == 255)
      try await clone.comesTo { try await $0.says("imprint status").contains("the last activation: done") }
      try await clone.isCompute2()
      try await laboratory.ssh("192.168.10.21", "imprint verify").succeeded("verify over the new address")
    }
  }

  @Test func `unconfirmed, it comes back: files, links, name and services`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      // Comments have to outlive hostnamed, which knows of none.
      _ = try await clone.says("echo '# rack 4' >>/etc/hostname")
      let files =
        "cd /; cat etc/hostname etc/network/interfaces etc/hosts etc/nova/nova.conf etc/machine-id etc/passwd var/lib/nova/compute_id"
      let before = try await clone.says(files)
      _ = try await laboratory.ssh("192.168.10.20", "imprint apply compute2 --yes --confirm-within 3")
      try await clone.comesTo {
        try await $0.says("imprint status").contains("the last activation: undone: nobody confirmed it")
      }
      #expect(try await clone.says(files) == before)
      _ = try await clone.says("sed -i /rack/d /etc/hostname")
      try await clone.isCompute()
      #expect(try await laboratory.ssh("192.168.10.20", "true").status == 0)
    }
  }

  @Test func `confirmed in a new session, it stays`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      _ = try await laboratory.ssh("192.168.10.20", "imprint apply compute2 --yes --confirm-within 60")
      try await clone.comesTo { try await $0.says("imprint status").contains("waits to be confirmed") }
      let again = try await laboratory.ssh("192.168.10.21", "imprint apply compute2 --yes")
      #expect(again.status == 65 && again.error.contains("still waits to be confirmed"))
      try await laboratory.ssh("192.168.10.21", "imprint confirm").succeeded("confirm")
      try await clone.comesTo { try await $0.says("imprint status").hasSuffix("the last activation: done") }
      try await clone.isCompute2()
      try await laboratory.ssh("192.168.10.21", "imprint verify").succeeded("verify")
    }
  }
}

extension Machine {
  /// Looks until it is so.
  func comesTo(
    within seconds: Double = 40, sourceLocation: SourceLocation = #_sourceLocation,
    _ isSo: (Machine) async throws -> Bool
  ) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try await !isSo(self) {
      guard ContinuousClock.now < end else {
        Issue.record(
          "it did not come to it: \(try await says("imprint status; cat /run/imprint/activation* 2>&1"))",
          sourceLocation: sourceLocation)
        return
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }
}
