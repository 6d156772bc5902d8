import Foundation
import Support
import Testing

/// Live's effects on a real systemd, D-Bus, hostnamed and journal. What cannot be had from these (jobs that never end, older
/// versions, buses that go away) is mocked in LiveTests.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct UnitEffectTests {
  /// A machine with live-effects (Tests/LiveEffects) on its disk.
  private static func machine(_ laboratory: Laboratory) async throws -> Machine {
    let machine = try await laboratory.original()
    try await machine.installLiveEffects()
    try await machine.boot()
    return machine
  }

  @Test func `units on the bus, and on systemd's own socket where there is no bus`() async throws {
    try await Laboratory.run { laboratory in
      let machine = try await Self.machine(laboratory)
      try await Self.units(on: machine)
      try await Self.unitFiles(on: machine)
      try await Self.transientUnits(on: machine)
      _ = try await machine.says("systemctl stop dbus.socket dbus.service")
      try await Self.units(on: machine)
      try await Self.transientUnits(on: machine)
    }
  }

  private static func units(on machine: Machine) async throws {
    let before = try await machine.starts(of: "nova-compute").count
    let restarted = try await machine.run("live-effects", "restart-and-watch", "unit=nova-compute.service", "stay=500")
    #expect(restarted.output == "done\n")
    #expect(try await machine.starts(of: "nova-compute").count == before + 1)
    #expect(
      try await machine.run("live-effects", "state", "unit=nova-compute.service").output.hasPrefix(
        "loaded active (running) enabled /etc/systemd/system/nova-compute.service "))

    _ = try await machine.says("touch /run/stand-ins/libvirtd.fails")
    let failed = try await machine.run("live-effects", "restart-and-watch", "unit=libvirtd.service", "stay=5000")
    #expect(failed.status == 1)
    #expect(
      failed.output.hasPrefix(
        "cannot see libvirtd.service up for 5 s: it did not stay up: failed (Result=exit-code, exit status 1) ("))
    #expect(failed.output.contains(": libvirtd cannot go on\n"), "\(failed.output)")

    let missing = try await machine.run("live-effects", "restart", "unit=missing.service")
    #expect(missing.output.hasPrefix("cannot restart missing.service: systemd knows no such unit ("))
  }

  private static func unitFiles(on machine: Machine) async throws {
    let masked = try await machine.run("live-effects", "mask", "unit=systemd-timedated.service")
    #expect(masked.output == "done\n")
    let started = try await machine.run("live-effects", "start", "unit=systemd-timedated.service")
    #expect(
      started.output
        == "cannot start systemd-timedated.service: it is masked (systemctl unmask systemd-timedated.service)\n")
    #expect(try await machine.run("live-effects", "unmask", "unit=systemd-timedated.service").output == "done\n")
    #expect(try await machine.run("live-effects", "start", "unit=systemd-timedated.service").output == "done\n")

    // A file of the administrator's own is where the mask would be, and stays.
    let own = try await machine.run("live-effects", "mask", "unit=nova-compute.service")
    #expect(own.status == 1 && own.output.contains("already exists"))

    let denied = try await machine.run(
      "setpriv", "--reuid=64060", "--regid=64060", "--clear-groups", "live-effects", "restart",
      "unit=nova-compute.service")
    #expect(
      denied.output
        == "cannot restart nova-compute.service: not permitted; polkit asks for org.freedesktop.systemd1.manage-units (run it as root)\n"
    )
  }

  private static func transientUnits(on machine: Machine) async throws {
    _ = try await machine.says("rm -f /run/seen /run/later")
    let done = try await machine.run(
      "live-effects", "transient", "unit=seen.service", "/bin/sh", "-c", "echo \"$0\" >/run/seen", "a $HOME b")
    #expect(done.output == "done\n")
    #expect(try await machine.says("cat /run/seen") == "a $HOME b")
    // It is gone by itself, and can be made again.
    #expect(
      try await machine.run("live-effects", "transient", "unit=seen.service", "/bin/true").output == "done\n")

    let failed = try await machine.run("live-effects", "transient", "unit=fails.service", "/bin/false")
    #expect(failed.output.hasPrefix("cannot start the transient unit fails.service: its job failed; "))

    #expect(
      try await machine.run("live-effects", "later", "unit=later", "after=500", "/bin/touch", "/run/later").output
        == "done\n")
    #expect(
      try await machine.says("for try in $(seq 100); do [ ! -e /run/later ] || break; sleep 0.1; done; ls /run/later")
        == "/run/later")
  }

  @Test func `the host name with hostnamed, with one that is masked, with one that is broken, and without a bus`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let machine = try await Self.machine(laboratory)
      let cases = [
        ("true", "one", "one"),
        ("systemctl mask --now systemd-hostnamed", "two", "two by the kernel"),
        ("systemctl unmask systemd-hostnamed; rm /lib/systemd/systemd-hostnamed", "three", "three by the kernel"),
        ("systemctl stop dbus.socket dbus.service", "four", "four by the kernel"),
      ]
      for (preparation, name, said) in cases {
        _ = try await machine.says(preparation)
        let outcome = try await machine.run("live-effects", "hostname", "name=\(name)", "within=2000")
        #expect(outcome.output == said + "\n", "\(preparation)")
        #expect(try await machine.says("hostname") == name)
        // The file is the transaction's: what hostnamed writes into it is taken back.
        #expect(try await machine.says("cat /etc/hostname") == "compute")
      }
    }
  }
}
