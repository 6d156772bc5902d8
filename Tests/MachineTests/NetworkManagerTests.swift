import Support
import Testing

/// A node whose links NetworkManager manages: a real one, with keyfiles. What it says when it is old, or refuses, is mocked in
/// LiveTests.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct NetworkManagerTests {
  @Test func `a changed connection is read and activated, and its file stays as it was written`() async throws {
    try await Laboratory.run { laboratory in
      let node = try await laboratory.networkManagerNode()
      #expect(try await node.addresses("ens33") == ["192.168.10.20/24"])
      let index = try await node.says("ip -o link show ens34")
      let file = try await node.writes(networkManagerConnection("ens33", "192.168.10.21/24"))
      #expect(try await node.renew("192.168.10.21/24", formerly: "192.168.10.20/24") == "renewed")
      #expect(try await node.addresses("ens33") == ["192.168.10.21/24"])
      #expect(try await node.reads() == file)
      #expect(try await node.says("ip -o link show ens34") == index)
      #expect(try await node.checkpoints() == "ao 0")
      let route = try await node.says("ip route show default")
      #expect(route.hasPrefix("default via 192.168.10.2 dev ens33"))
    }
  }

  @Test func `one that cannot come up is rolled back, and its file stays as it was written`() async throws {
    try await Laboratory.run { laboratory in
      let node = try await laboratory.networkManagerNode()
      let cases = [
        (
          networkManagerConnection("ens33", nil, ipv4: "dhcp-timeout=2\nmay-fail=false"),
          "ens33: NetworkManager could not activate it: its addresses could not be set (no address, timeout, …)"
        ),
        (
          networkManagerConnection("ens33", "192.168.10.41/24"),
          "ens33 did not come up as it should: 192.168.10.21/24 is not there"
        ),
        ("not a connection\n", "ens33: NetworkManager has no connection for it"),
      ]
      for (text, said) in cases {
        let file = try await node.writes(text)
        let outcome = try await node.renew("192.168.10.21/24", formerly: "192.168.10.20/24", within: 5000)
        #expect(outcome == "\(said); the link was brought back to what it was")
        #expect(try await node.addresses("ens33") == ["192.168.10.20/24"])
        #expect(try await laboratory.ssh("192.168.10.20", "hostname").output == "compute\n")
        #expect(try await node.reads() == file)
        #expect(
          try await node.says("ls -A /etc/NetworkManager/system-connections")
            == "ens33.nmconnection\nens34.nmconnection")
        // As an undone transaction would leave it.
        _ = try await node.writes(networkManagerConnection("ens33", "192.168.10.20/24"))
        #expect(try await node.renew("192.168.10.20/24", formerly: "192.168.10.21/24") == "renewed")
      }
      #expect(try await node.checkpoints() == "ao 0")
    }
  }

  @Test func `where imprint is killed the next run goes on, and without one NetworkManager goes back by itself`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let node = try await laboratory.networkManagerNode()
      for link in ["ens33", "ens34"] {
        _ = try await node.writes(networkManagerConnection(link, nil, ipv4: "dhcp-timeout=60"), on: link)
        let killed = try await node.run(
          "timeout", "-s", "KILL", "1", "live-effects", "renew", "interface=\(link)", "bus=system",
          "backend=network-manager", "within=2000")
        #expect(killed.status == 137)
        #expect(try await node.addresses(link) == [])
      }
      _ = try await node.writes(networkManagerConnection("ens33", "192.168.10.21/24"))
      #expect(try await node.renew("192.168.10.21/24", formerly: "192.168.10.20/24") == "renewed")
      // Its time would have been 32 seconds, of which some have gone.
      _ = try await node.says(
        "for t in $(seq 400); do ip -4 -o addr show ens34 | grep -q 20.20 && break; sleep 0.1; done")
      #expect(try await node.addresses("ens34") == ["192.168.20.20/24"])
      #expect(try await node.addresses("ens33") == ["192.168.10.21/24"])
      #expect(try await node.checkpoints() == "ao 0")
    }
  }
}

extension Laboratory {
  /// The tutorial's node, booted, with NetworkManager instead of ifupdown.
  func networkManagerNode() async throws -> Machine {
    let node = try await original()
    try await node.installLiveEffects()
    let disk = try await node.disk
    let script = """
      cd "$1/etc"
      rm systemd/system/NetworkManager.service
      ln -sfn /dev/null systemd/system/networking.service
      printf 'auto lo\\niface lo inet loopback\\n' >network/interfaces
      cd NetworkManager/system-connections
      umask 077
      printf '%s' "$2" >ens33.nmconnection
      printf '%s' "$3" >ens34.nmconnection
      """
    try await RealProgram.needed("bash").run([
      "-euc", script, "bash", disk, networkManagerConnection("ens33", "192.168.10.20/24"),
      networkManagerConnection("ens34", "192.168.20.20/24"),
    ]).succeeded("NetworkManager's files")
    try await node.boot()
    return node
  }
}

/// A keyfile (nm-settings-keyfile(5)), as a person writes it.
///
/// - Parameters:
///   - link: nil for any card.
///   - address: nil to ask DHCP, which nobody answers.
///   - match: Patterns of the names that it may be for.
func networkManagerConnection(
  _ link: String?, _ address: String?, below connection: String = "", match: String? = nil, ipv4: String = ""
) -> String {
  let gateway = link == "ens33" ? ",192.168.10.2" : ""
  let name = link ?? "rival"
  return """
    # \(name), by hand
    [connection]
    id=\(name)
    uuid=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a\(link?.suffix(2) ?? "99")
    type=ethernet
    \(link.map { "interface-name=\($0)" } ?? "")
    \(connection)

    \(match.map { "[match]\ninterface-name=\($0)" } ?? "")

    [ipv4]
    method=\(address == nil ? "auto" : "manual")
    \(address.map { "address1=\($0)\(gateway)" } ?? ipv4)

    [ipv6]
    method=disabled

    """
}

extension Machine {
  private func file(_ link: String) -> String { "/etc/NetworkManager/system-connections/\(link).nmconnection" }

  /// - Returns: What `reads()` then says.
  fileprivate func writes(_ text: String, on link: String = "ens33") async throws -> String {
    try await run("bash", "-c", "printf '%s' \"$1\" >\(file(link))", "bash", text).succeeded("writing a keyfile")
    return try await reads(link)
  }

  fileprivate func reads(_ link: String = "ens33") async throws -> String {
    try await says("stat -c '%U %a' \(file(link)); cat \(file(link))")
  }

  fileprivate func renew(_ address: String, formerly: String, within: Int = 20_000) async throws -> String {
    try await says(
      "live-effects renew interface=ens33 bus=system backend=network-manager expected=\(address) former=\(formerly) within=\(within) || true"
    )
  }

  fileprivate func checkpoints() async throws -> String {
    let manager = "org.freedesktop.NetworkManager /org/freedesktop/NetworkManager org.freedesktop.NetworkManager"
    return try await says("busctl get-property \(manager) Checkpoints")
  }
}
