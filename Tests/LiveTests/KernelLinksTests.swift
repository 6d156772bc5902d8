import Support
import Testing

@Suite struct KernelLinksTests {
  @Test func `links and addresses are as ip says`() async throws {
    try await NetworkNamespace.pair { node, peer in
      try await node.have("192.168.10.20")
      try await node.have("192.168.10.21")
      try await node.have("2001:db8::20")
      try await node.ip("addr add 10.0.0.1 peer 10.0.0.2/32 dev ens33")
      // One that the peer has: duplicate address detection fails.
      try await peer.have("2001:db8::66")
      try await node.ip("addr add 2001:db8::66/64 dev ens33")
      var link: [String] = []
      // The kernel has asked for the address after a second or two, and later on a busy machine.
      for _ in 0..<200 where !link.contains("duplicate") {
        try await Task.sleep(for: .milliseconds(100))
        let lines = try await node.effect("links").split(separator: "\n").map {
          $0.split(separator: " ").map(String.init)
        }
        link = try #require(lines.first { $0[0] == "ens33" })
      }
      let mac = try await node.mac
      #expect(link[2...3] == [mac, "carrier"])
      let listed = try await node.ip("-o addr show dev ens33").split(separator: "\n").map { line in
        let words = line.split(separator: " ").map(String.init)
        // The other end's prefix stands with the other end.
        return words[3].contains("/") ? words[3] : "\(words[3])/32"
      }
      #expect(listed.count == 6)
      #expect(Set(link[4...].filter { $0.contains("/") }) == Set(listed))
      let duplicate = try #require(link.firstIndex(of: "2001:db8::66/64"))
      #expect(link[(duplicate + 1)...].first == "tentative" || link[(duplicate + 1)...].first == "duplicate")
      #expect(link.contains("duplicate"))
    }
  }

  @Test func `one address is removed, and what is not there is no error`() async throws {
    try await NetworkNamespace.pair { node, _ in
      try await node.have("192.168.10.20")
      try await node.have("2001:db8::20")
      for address in ["192.168.10.20/24", "192.168.10.20/24", "2001:db8::20/64", "2001:db8::20/64"] {
        #expect(try await node.effect("remove interface=ens33 address=\(address)") == "removed")
      }
      let left = try await node.ip("addr show dev ens33 scope global")
      #expect(!left.contains("inet"))
    }
  }
}
