import Support
import Testing

/// What a clone does on the wire, unfixed and fixed.
@Suite(.enabled(if: Laboratory.isPossible), .serialized) struct CloneTests {
  @Test func `an unfixed clone speaks with the original's address`() async throws {
    try await Laboratory.run { laboratory in
      let original = try await laboratory.original()
      let clone = try await laboratory.clone(of: original)
      for machine in [original, clone] {
        try await machine.boot()
        try await machine.speaks()
      }
      let speakers = Set(try await laboratory.frames().filter { $0.sender == "192.168.10.20" }.map(\.mac))
      #expect(speakers == [original.card, clone.card])
    }
  }

  @Test func `made compute2 on its disk, it boots as compute2 and never speaks with another address`() async throws {
    try await Laboratory.run { laboratory in
      let original = try await laboratory.original()
      let clone = try await laboratory.clone(of: original)
      let disk = try await clone.disk
      try await Imprint.run(["apply", "compute2", "--root", disk, "--yes"]).succeeded("apply to the disk")
      async let first: Void = original.boot()
      async let second: Void = clone.boot()
      _ = try await (first, second)
      try await original.speaks()
      try await clone.speaks()
      try await clone.isCompute2()
      try await original.isCompute()
      try await clone.run("imprint", "verify").succeeded("verify")
      try await clone.hasNothing(of: original)
      let senders = Set(try await laboratory.frames().filter { clone.cards.contains($0.mac) }.map(\.sender))
      #expect(senders.isSubset(of: ["192.168.10.21", "192.168.20.21", "0.0.0.0"]), "\(senders)")
      #expect(senders.contains("192.168.10.21"))
    }
  }

  @Test func `on a kernel that has none of the newer system calls, all of it works`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      // What Linux 3.10 lacks and a program may try (man pages of each, VERSIONS). getrandom(2) is left: ssh-keygen's library
      // here needs it, and the one of an old host does not.
      let newer =
        "openat2,renameat2,pidfd_open,pidfd_send_signal,pidfd_getfd,statx,memfd_create,copy_file_range,"
        + "close_range,faccessat2,membarrier,clone3,execveat,epoll_pwait2,preadv2,pwritev2"
      let old = ["strace", "-f", "-qq", "-o", "/strace", "-e", "inject=\(newer):error=ENOSYS", "-e", "trace=\(newer)"]
      func run(_ arguments: [String]) async throws -> RealProgram.Outcome {
        let words = (old + arguments).joined(separator: " ")
        return try await clone.run("sh", "-c", words)
      }
      try await run(["imprint", "apply", "compute2", "--no-activate", "--yes"]).succeeded("apply")
      let activation = ["imprint", "activate", "--profile", "debian12", "--interface", "ens33", "--interface", "ens34"]
      try await run(activation).succeeded("activate")
      #expect(try await clone.says("cat /strace").contains("ENOSYS"))
      try await clone.isCompute2()
      try await run(["imprint", "verify"]).succeeded("verify")
      try await run(["imprint", "rollback", "--no-activate"]).succeeded("rollback")
    }
  }

  @Test func `a link that is not there undoes everything`() async throws {
    try await Laboratory.run { laboratory in
      let clone = try await laboratory.bootedClone()
      _ = try await clone.says("sed -i 's/ens34/ens35/' /etc/imprint/site.toml")
      let applied = try await clone.run("imprint", "apply", "compute2", "--yes")
      #expect(applied.status == 69)
      #expect(applied.error.contains("there is no link ens35"), "\(applied.error)")
      try await clone.isCompute()
    }
  }
}
