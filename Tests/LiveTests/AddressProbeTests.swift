import Support
import Testing

/// On real links of the kernel, in network namespaces.
@Suite struct AddressProbeTests {
  @Test(arguments: [
    (taken: "192.168.10.20", free: "192.168.10.21"), (taken: "2001:db8::20", free: "2001:db8::21"),
    // The same solicited-node group as the one that is taken.
    (taken: "2001:db8::20", free: "2001:db8::ff00:0:20"),
  ])
  func `an address that somebody has is found, and a free one is not`(taken: String, free: String) async throws {
    try await NetworkNamespace.pair { node, peer in
      try await peer.have(taken)
      #expect(try await node.effect("owner interface=ens33 address=\(taken)") == peer.mac)
      #expect(try await node.effect("owner interface=ens33 address=\(free)") == "nobody")
    }
  }

  @Test(arguments: ["192.168.10.20", "2001:db8::20"])
  func `what this machine has itself does not count`(address: String) async throws {
    try await NetworkNamespace.pair { node, _ in
      try await node.have(address)
      #expect(try await node.effect("owner interface=ens33 address=\(address)") == "nobody")
    }
  }

  @Test(arguments: ["192.168.10.20", "2001:db8::20"])
  func `a link that is down is up for the question only`(address: String) async throws {
    try await NetworkNamespace.pair { node, peer in
      try await peer.have(address)
      try await node.ip("link set ens33 down")
      #expect(try await node.effect("owner interface=ens33 address=\(address)") == peer.mac)
      #expect(try await node.effect("links").contains("\(node.mac) down"))
    }
  }

  @Test func `a link that is down with an address would answer on it, so it stays down`() async throws {
    try await NetworkNamespace.pair { node, peer in
      try await peer.have("192.168.10.20")
      try await node.ip("link set ens33 down")
      try await node.have("192.168.10.20")
      let said = try await node.effect("owner interface=ens33 address=192.168.10.20")
      #expect(said.contains("it is down, and would answer on 192.168.10.20/24"))
      #expect(try await node.effect("links").contains("\(node.mac) down"))
    }
  }

  @Test func `what cannot be asked is said`() async throws {
    try await NetworkNamespace.pair { node, peer in
      let question = "owner address=192.168.10.20 carrier=100 interface="
      #expect(try await node.effect("\(question)ens34") == "there is no link ens34 on this machine")
      try await peer.ip("link set ens33 down")
      #expect(try await node.effect("\(question)ens33").contains("it has no carrier"))
      try await peer.ip("link set ens33 up")
      try await node.ip("link set ens33 arp off")
      #expect(try await node.effect("\(question)ens33").contains("not a link that addresses are asked for on"))
      try await node.ip("link set ens33 arp on")
      let setpriv = try RealProgram.needed("setpriv").path
      let words =
        ["--bounding-set=-net_raw", try LiveEffects.path] + "\(question)ens33".split(separator: " ").map(String.init)
      let said = try await node.run(setpriv, words)
      #expect(said.output == "opening a packet socket on ens33 failed: Operation not permitted\n")
    }
  }
}

extension NetworkNamespace {
  /// Takes an address, without asking whether it is free.
  func have(_ address: String) async throws {
    try await ip("addr add \(address)/\(address.contains(":") ? "64 dev ens33 nodad" : "24 dev ens33")")
  }

  /// Of its end of the cable.
  var mac: String {
    get async throws {
      let words = try await ip("-o link show ens33").split(separator: " ")
      guard let place = words.firstIndex(of: "link/ether") else { throw TestTrouble("ens33 has no address") }
      return String(words[place + 1])
    }
  }
}
