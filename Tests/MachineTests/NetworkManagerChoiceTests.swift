import Support
import Testing

/// Which of several connections NetworkManager takes for a card when it starts: what imprint expects, beside the real one.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct NetworkManagerChoiceTests {
  /// Beside the interfaces' own connections, of which nothing has another priority than 0.
  private struct Rival {
    let what: String
    /// Lines below `[connection]`.
    var connection = ""
    /// Patterns of names.
    var match: String?
    /// Of the connection of ens33.
    var own = ""
  }

  private static let rivals = [
    Rival(what: "for any card"),
    Rival(what: "for any card, before all others", connection: "autoconnect-priority=5"),
    Rival(what: "for any card, behind all others", connection: "autoconnect-priority=-5"),
    Rival(what: "for any card, never by itself", connection: "autoconnect=false\nautoconnect-priority=5"),
    Rival(what: "for as many cards as there are", connection: "multi-connect=3\nautoconnect-priority=5"),
    Rival(what: "for names that match", connection: "autoconnect-priority=5", match: "en*"),
    Rival(what: "for names of another kind", connection: "autoconnect-priority=5", match: "eth*"),
    Rival(what: "for one of a kind or none other", connection: "autoconnect-priority=5", match: "eth0;!ens34"),
    Rival(what: "for a kind but one", connection: "autoconnect-priority=5", match: "&en*;&!ens34"),
    Rival(what: "for all but this", connection: "autoconnect-priority=5", match: "!ens33"),
    Rival(
      what: "for any card, where the own does not start", connection: "autoconnect-priority=1", own: "autoconnect=false"
    ),
    Rival(
      what: "for any card, where the own was put in front", connection: "autoconnect-priority=5",
      own: "autoconnect-priority=7"),
  ]

  @Test
  func `a connection for any card may take an interface exactly where imprint says so, and after an apply none does`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let node = try await laboratory.networkManagerNode()
      // What comes with an apply but has nothing to do with connections.
      try await node.applies()
      for rival in Self.rivals {
        try await node.has(
          own: networkManagerConnection("ens33", "192.168.10.20/24", below: rival.own),
          rival: networkManagerConnection(nil, "192.168.10.99/24", below: rival.connection, match: rival.match))
        let taken = try await node.choice()
        let plan = try await node.says("imprint plan compute")
        if !plan.contains("rival.nmconnection") && rival.own != "autoconnect=false" {
          #expect(taken == "ens33", "\(rival.what): not foreseen\n\(plan)")
        }
        try await node.applies()
        #expect(try await node.choice() == "ens33", "\(rival.what)")
        #expect(try await node.addresses("ens33") == ["192.168.10.20/24"], "\(rival.what)")
      }
    }
  }
}

extension Machine {
  private var connections: String { "/etc/NetworkManager/system-connections" }

  fileprivate func has(own: String, rival: String) async throws {
    let script =
      "umask 077; printf '%s' \"$1\" >\(connections)/ens33.nmconnection; printf '%s' \"$2\" >\(connections)/rival.nmconnection"
    try await run("bash", "-ec", script, "bash", own, rival).succeeded("writing connections")
  }

  /// The connection that ens33 has after NetworkManager has started on links that are down, as at boot.
  fileprivate func choice() async throws -> String {
    try await says(
      """
      systemctl stop NetworkManager
      rm -rf /run/NetworkManager /var/lib/NetworkManager/*
      for link in ens33 ens34; do ip addr flush dev $link; ip link set $link down; done
      systemctl reset-failed
      systemctl start NetworkManager
      for t in $(seq 100); do
        nmcli -g GENERAL.STATE device show ens33 | grep -q ^100 && break
        sleep 0.1
      done
      nmcli -g GENERAL.CONNECTION device show ens33
      """)
  }

  fileprivate func applies() async throws {
    try await run("imprint", "apply", "compute", "--no-activate", "--no-join", "--yes").succeeded("apply")
  }
}
