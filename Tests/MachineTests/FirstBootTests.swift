import Foundation
import Support
import Testing

/// Copies of a stamped original, booted with imprint-boot.service on their disks.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct FirstBootTests {
  @Test func `a copy boots as compute2 and never speaks as its original, which reboots untouched`() async throws {
    try await Laboratory.run { laboratory in
      let original = try await laboratory.stampedOriginal()
      let clone = try await laboratory.clone(of: original)
      async let first: Void = original.boot()
      async let second: Void = clone.boot()
      _ = try await (first, second)
      try await original.speaks()
      try await clone.speaks()
      try await clone.isCompute2()
      try await original.isCompute()
      #expect(try await clone.says("journalctl -b -o cat | grep -ci 'ordering cycle' || true") == "0")
      #expect(try await clone.says("imprint status").contains("first boot as compute2: well"))
      #expect(try await clone.says("systemctl is-active imprint-join") == "active")
      #expect(try await original.says("systemctl is-active imprint-join || true") == "inactive")
      #expect(try await clone.starts(of: "nova-compute").count == 1, "nothing had to be restarted")
      try await clone.run("imprint", "verify").succeeded("verify")
      try await clone.hasNothing(of: original)
      #expect(try await clone.says("journalctl -u nova-compute -o cat | wc -l") != "0", "under the new machine-id")
      let id = "journalctl MESSAGE_ID=7ad3437d3c42473bb32a972c2b0e988b -o cat"
      #expect(try await clone.says(id).contains("becomes compute2"))

      let said = "imprint history --quiet | wc -l; systemctl show -p Result imprint-boot; ls -d /run/imprint/fenced"
      #expect(try await original.says("\(said) 2>/dev/null || true") == "1\nResult=success")
      try await clone.onlySays(["192.168.10.21", "192.168.20.21"], in: laboratory)
      let speakers = try await laboratory.frames().filter { $0.sender == "192.168.10.20" }.map(\.mac)
      #expect(Set(speakers) == [original.card])

      try await clone.shutDown()
      try await clone.boot()
      try await clone.isCompute2()
      #expect(try await clone.says("imprint history | wc -l") == "2", "its own disk from then on")

      let back = try await clone.run("imprint", "rollback").succeeded("rollback")
      #expect(back.error.contains("so nothing on the running system is changed"), "\(back.error)")
      #expect(try await clone.says("cat /etc/hostname") == "compute")
      #expect(try await clone.addresses("ens33") == ["192.168.10.21/24"])
      #expect(try await clone.says("imprint status").contains("held back from the network"))
      try await clone.onlySays(["192.168.10.21", "192.168.20.21"], in: laboratory)
    }
  }

  @Test func `a copy of a sealed template boots as compute2 with an id of its own, and anybody else's is held back`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let original = try await laboratory.stampedOriginal()
      let clone = try await laboratory.clone(of: original)
      let stranger = try await laboratory.clone(of: original, "stranger", card: "52:54:00:00:00:99")
      let old = try String(contentsOfFile: try await original.disk + "/etc/machine-id", encoding: .utf8)
      for machine in [clone, stranger] {
        let sealed = try await Imprint.run(["seal", "--root", try await machine.disk, "--yes"]).succeeded("seal")
        #expect(!sealed.output.contains("not enabled"), "\(sealed.output)")
      }
      async let first: Void = clone.boot()
      async let second: Void = stranger.boot()
      _ = try await (first, second)
      try await clone.isCompute2()
      #expect(try await clone.says("journalctl -b -o cat | grep -ci 'ordering cycle' || true") == "0")
      #expect(try await clone.says("systemctl is-active ssh") == "active")
      #expect(try await clone.says("imprint status").contains("first boot as compute2: well"))
      let ids =
        "cat /etc/machine-id; mountpoint -q /etc/machine-id && echo mounted; journalctl --no-pager -o cat | wc -l"
      let said = try await clone.says("\(ids)").split(separator: "\n").map(String.init)
      #expect(said.count == 2 && said[0].count == 32 && said[0] != old.trimmingCharacters(in: .newlines), "\(said)")
      try await clone.run("imprint", "verify").succeeded("verify")
      try await clone.onlySays(["192.168.10.21", "192.168.20.21"], in: laboratory)

      #expect(try await stranger.addresses("ens33").isEmpty)
      #expect(try await stranger.says("imprint status").contains("a copy of a sealed template"))
      #expect(try await laboratory.frames().filter { stranger.cards.contains($0.mac) }.isEmpty)
    }
  }

  @Test func `a copy that nobody knows stays off the network and says what to do, until it is told who it is`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let original = try await laboratory.stampedOriginal()
      let clone = try await laboratory.clone(of: original, card: "52:54:00:00:00:99")
      try await clone.boot()
      #expect(try await clone.addresses("ens33").isEmpty)
      #expect(try await clone.addresses("ens34").isEmpty)
      #expect(try await clone.says("ls /run/stand-ins 2>/dev/null || true").isEmpty)
      #expect(try await clone.says("systemctl is-active ssh systemd-logind") == "active\nactive", "people can log in")
      #expect(try await clone.says("imprint status").contains("held back from the network"))
      let said = "systemctl show -p ConditionResult -p Result imprint-fenced"
      #expect(try await clone.says(said) == "Result=success\nConditionResult=yes")
      let console = try await clone.console
      #expect(console.components(separatedBy: "HELD BACK FROM THE NETWORK").count == 3, "and once more at the end")
      #expect(console.contains("imprint: THIS MACHINE IS HELD BACK FROM THE NETWORK"))
      #expect(console.contains("imprint apply NODE") && console.contains("The site has controller, compute, compute2."))
      #expect(console.contains("mac = [\"52:54:00:00:00:99\", \"52:54:01:00:00:99\"]"))
      #expect(try await laboratory.frames().filter { clone.cards.contains($0.mac) }.isEmpty)

      let unnamed = try await clone.run("imprint", "apply", "--yes")
      #expect(unnamed.status == 64 && unnamed.error.contains("It is a copy of compute"))
      let applied = try await clone.run("imprint", "apply", "compute2", "--yes").succeeded("apply")
      #expect(applied.error.contains("nothing holds it back from the network any more"), "\(applied.error)")
      try await clone.isCompute2()
      #expect(try await clone.says("systemctl is-active networking") == "active")
      #expect(try await !clone.says("imprint status").contains("held back"))
      try await clone.run("imprint", "verify").succeeded("verify")
      try await clone.onlySays(["192.168.10.21", "192.168.20.21"], in: laboratory)

      try await clone.shutDown()
      try await clone.boot()
      try await clone.isCompute2()
    }
  }

  @Test func `in a chroot the machine that builds an image is not taken for the one that it is for`() async throws {
    try await Laboratory.run { laboratory in
      let builder = try await laboratory.stampedOriginal()
      try await builder.boot()
      let script = """
        mkdir -p /run/image/upper /run/image/work /run/image/root
        mount -t overlay -o lowerdir=/,upperdir=/run/image/upper,workdir=/run/image/work image /run/image/root
        mount --bind /proc /run/image/root/proc
        mount --rbind /sys /run/image/root/sys
        chroot /run/image/root imprint apply compute2 --no-activate --yes >&2
        cat /run/image/root/var/lib/imprint/identity
        """
      let stamp = try await builder.says("set -e\n\(script)")
      #expect(stamp.contains("NODE=compute2\n") && !stamp.contains("MACHINE"), "\(stamp)")
      let refused = try await builder.run("imprint", "plan", "compute2")
      #expect(refused.status == 65 && refused.error.contains("this machine cannot be both"), "\(refused.error)")
    }
  }

  @Test func `where telling it fails, it is held back as before, and not given the original's addresses`() async throws
  {
    try await Laboratory.run { laboratory in
      let original = try await laboratory.stampedOriginal()
      let clone = try await laboratory.clone(of: original, card: "52:54:00:00:00:99")
      try await clone.boot()
      _ = try await clone.says("sed -i 's/ens34/ens35/' /etc/imprint/site.toml")
      let applied = try await clone.run("imprint", "apply", "compute2", "--yes")
      #expect(applied.status == 69)
      #expect(try await clone.says("cat /etc/hostname") == "compute")
      #expect(try await clone.says("imprint status").contains("held back from the network"))
      #expect(try await clone.says("ls /run/stand-ins 2>/dev/null || true").isEmpty)
      let senders = try await laboratory.frames().filter { clone.cards.contains($0.mac) }.map(\.sender)
      #expect(!senders.contains("192.168.10.20") && !senders.contains("192.168.20.20"), "\(Set(senders))")
    }
  }

  @Test func `the plug pulled in the middle of its first boot, it comes up right the next time`() async throws {
    try await Laboratory.run { laboratory in
      let original = try await laboratory.stampedOriginal()
      for milliseconds in stride(from: 250, through: 1050, by: 200) {
        let clone = try await laboratory.clone(of: original, "clone\(milliseconds)")
        try await clone.start()
        try await Task.sleep(for: .milliseconds(milliseconds))
        try await clone.kill()
        try await clone.boot()
        try await clone.isCompute2()
        try await clone.speaks()
        try await clone.run("imprint", "verify").succeeded("verify after \(milliseconds) ms")
        try await clone.onlySays(["192.168.10.21", "192.168.20.21"], in: laboratory)
        try await clone.kill()
      }
    }
  }
}

extension FirstBootTests {
  @Test(arguments: [1, 8])
  func `the plug pulled between two of its files, the system has its new name the next time`(file: Int) async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.clone(of: try await laboratory.stampedOriginal())
      let words = "-e inject=renameat,renameat2:signal=KILL:when=\(file) /usr/bin/imprint boot"
      let dropIn = try await clone.disk + "/etc/systemd/system/imprint-boot.service.d"
      let trace = try await clone.disk + "/var/log/trace"
      try FileManager.default.createDirectory(atPath: dropIn, withIntermediateDirectories: true)
      try LabNode.write(
        "[Service]\nExecStart=\nExecStart=/usr/bin/strace -f -o /var/log/trace \(words)\n", "\(dropIn)/kill.conf")
      try await clone.start()
      let end = ContinuousClock.now + .seconds(30)
      while (try? String(contentsOfFile: trace, encoding: .utf8))?.contains("killed by SIGKILL") != true {
        try #require(ContinuousClock.now < end)
        try await Task.sleep(for: .milliseconds(20))
      }
      try await clone.kill()
      try FileManager.default.removeItem(atPath: dropIn)
      try await clone.boot()
      try await clone.isCompute2()
      try await clone.speaks()
      try await clone.run("imprint", "verify").succeeded("verify")
      #expect(try await clone.says("journalctl -o cat -u imprint-boot -b").contains("goes on where it was interrupted"))
      // Also what its first boot had still before it.
      _ = try await clone.says("until systemctl is-active -q imprint-join; do sleep 0.1; done")
      #expect(try await clone.says("journalctl -o cat -u imprint-join -b").contains("compute2 is who it should be"))
      #expect(try await clone.says("ls /var/lib/imprint") == "identity\njoining\ntransactions")
    }
  }
}

extension Laboratory {
  /// The tutorial's compute node with its first boot prepared, and stamped by an apply; shut down again.
  fileprivate func stampedOriginal() async throws -> Machine {
    let original = try await original()
    try await RealProgram(path: "\(Repository.path)/Scripts/install-units").run([original.disk])
      .succeeded("installing the units")
    try await original.boot()
    #expect(try await original.says("cat /var/lib/imprint/identity 2>/dev/null || true").isEmpty)
    try await original.run("imprint", "apply", "compute", "--yes").succeeded("apply on the original")
    try await original.isCompute()
    try await original.shutDown()
    return original
  }
}

extension Machine {
  /// Nothing else came from its cards, at any instant.
  fileprivate func onlySays(_ addresses: Set<String>, in laboratory: Laboratory) async throws {
    let senders = Set(try await laboratory.frames().filter { cards.contains($0.mac) }.map(\.sender))
    #expect(senders.isSubset(of: addresses.union(["0.0.0.0"])), "\(senders)")
    #expect(!senders.isEmpty)
  }
}
