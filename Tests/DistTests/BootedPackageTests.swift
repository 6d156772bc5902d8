import Foundation
import Support
import Testing

/// The Debian package on booted Debian 12.
@Suite(.enabled(if: Packages.arePossible && Laboratory.isPossible), .serialized) struct BootedPackageTests {
  @Test func `installed on the original, it makes a copy into compute2, which stays it when the package goes`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let original = try await laboratory.bare()
      try await original.boot()
      try await original.install(Packages.made.deb)
      #expect(
        try await original.says("systemctl is-enabled imprint-boot; systemd-analyze verify imprint-boot.service")
          == "static")
      #expect(try await original.says("readlink -f /usr/bin/imprint") == "/opt/imprint/bin/imprint")
      let site = try await original.says("sha256sum /etc/imprint/site.toml")
      try await original.run("imprint", "apply", "compute", "--yes").succeeded("apply on the original")
      try await original.shutDown()

      let clone = try await laboratory.clone(of: original)
      try await clone.boot()
      #expect(try await clone.says("hostname") == "compute2")
      #expect(try await clone.addresses("ens33") == ["192.168.10.21/24"])
      #expect(try await clone.says("imprint status").contains("first boot as compute2: well"))
      // The unit that ran it, and the bus, with the bundle's own libsystemd.
      try await clone.run("imprint", "verify").succeeded("verify")
      #expect(try await clone.says("imprint verify --format json").contains("running"), "services were asked, too")

      let seen = "cat /etc/hostname /etc/hosts /etc/nova/nova.conf /etc/network/interfaces /etc/machine-id | sha256sum"
      let files = try await clone.says(seen)
      try await clone.run("dpkg", "-i", "/root/imprint.deb").succeeded("an upgrade")
      #expect(try await clone.says("sha256sum /etc/imprint/site.toml") == site)
      try await clone.run("dpkg", "-r", "imprint").succeeded("dpkg -r")
      #expect(try await clone.says(seen) == files)
      #expect(try await clone.says("ls /var/lib/imprint/identity /etc/imprint/site.toml | wc -l") == "2")
      #expect(try await clone.says("ls -d /opt/imprint /usr/bin/imprint 2>/dev/null | wc -l") == "0")
      try await clone.shutDown()
      try await clone.boot()
      #expect(try await clone.says("hostname") == "compute2")
      #expect(try await clone.addresses("ens33") == ["192.168.10.21/24"])
      #expect(try await clone.starts(of: "nova-compute").last?.address == "192.168.10.21")
      #expect(try await clone.says("systemctl --failed --plain --no-legend | wc -l") == "0")
    }
  }

  @Test func `a copy that is held back keeps the package, and so does an apply that waits to be confirmed`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let original = try await laboratory.bare()
      try await original.boot()
      try await original.install(Packages.made.deb)
      try await original.run("imprint", "apply", "compute", "--yes", "--confirm-within", "600").succeeded("apply")
      let waiting = try await original.run("dpkg", "-r", "imprint")
      #expect(waiting.status != 0 && waiting.said.contains("waits to be confirmed"), "\(waiting.said)")
      try await original.run("imprint", "confirm").succeeded("confirm")
      try await original.shutDown()

      let stranger = try await laboratory.clone(of: original, card: "52:54:00:00:00:99")
      try await stranger.boot()
      let refused = try await stranger.run("dpkg", "-r", "imprint")
      #expect(refused.status != 0 && refused.said.contains("held back from the network"), "\(refused.said)")
      try await stranger.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
      try await stranger.run("dpkg", "-r", "imprint").succeeded("dpkg -r")
    }
  }
}

extension Machine {
  /// Puts the package on its disk, and installs it in the running machine.
  func install(_ package: String) async throws {
    try await RealProgram.needed("cp").run([package, "\(await disk)/root/imprint.deb"]).succeeded("cp")
    try await run("dpkg", "-i", "/root/imprint.deb").succeeded("dpkg -i")
  }
}
