import Support
import Testing

/// What fails on a live node, and what is left then.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct FailureTests {
  /// libvirtd's stand-in comes up, says why it cannot go on, and ends.
  private func failing(_ laboratory: Laboratory) async throws -> Machine {
    let clone = try await laboratory.bootedClone()
    _ = try await clone.says("touch /run/stand-ins/libvirtd.fails")
    return clone
  }

  @Test func `a unit that does not stay up is told with its own words, and the node stays reachable`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await failing(laboratory)
      let applied = try await clone.run("imprint", "apply", "compute2", "--yes")
      #expect(applied.status == 69)
      #expect(applied.error.contains("libvirtd cannot go on"), "\(applied.error)")
      #expect(applied.error.contains("imprint rollback undoes it all"))
      #expect(try await clone.starts(of: "nova-compute").last?.address == "192.168.10.21")
      #expect(try await laboratory.ssh("192.168.10.21", "true").status == 0)
      #expect(try await clone.run("imprint", "verify").output.contains("libvirtd.service"))
    }
  }

  @Test func `or everything is undone, where that is asked for`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await failing(laboratory)
      let applied = try await clone.run("imprint", "apply", "compute2", "--yes", "--on-failure", "roll-back")
      #expect(applied.status == 69)
      #expect(try await clone.says("hostname; cat /etc/hostname") == "compute\ncompute")
      #expect(try await clone.addresses("ens33") == ["192.168.10.20/24"])
      #expect(try await clone.starts(of: "nova-compute").last?.address == "192.168.10.20")
    }
  }

  @Test func `a link that does not come up undoes everything, and the old address answers again`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      // What a hook of somebody's may do (interfaces(5), pre-up), for the new address only.
      _ = try await clone.says(
        """
        printf '#!/bin/sh\\ncase "$IF_ADDRESS" in 192.168.10.21*) echo not this one >&2; exit 1;; esac\\n' \
        >/etc/network/if-pre-up.d/never; chmod 755 /etc/network/if-pre-up.d/never
        """)
      let applied = try await clone.run("imprint", "apply", "compute2", "--yes")
      #expect(applied.status == 69)
      #expect(applied.error.contains("everything was undone"), "\(applied.error)")
      try await clone.isCompute()
      #expect(try await laboratory.ssh("192.168.10.20", "true").status == 0)
    }
  }

  @Test(arguments: ["started\tbring ens34 up again", "started\trestart nova-compute.service"])
  func `killed in the middle, the activation goes on`(moment: String) async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      async let applied = clone.run("imprint", "apply", "compute2", "--yes")
      try await clone.comesTo {
        try await $0.says("cat /run/imprint/activation-* 2>/dev/null || true").contains(moment)
      }
      _ = try await clone.says("kill -KILL $(systemctl show -P MainPID 'imprint-activate-*')")
      let outcome = try await applied
      #expect(outcome.status == 0, "\(outcome.said)")
      try await clone.isCompute2()
    }
  }
}
