import Support
import Testing

/// `--quiet` says only what is wrong, and all of it.
@Suite struct QuietTests {
  @Test func `what is wrong is said before and after an apply, and nothing else of the plan`() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    try LabNode.write("#!/bin/sh\nip route add 10.9.0.0/16 via 192.168.10.20\n", "\(node.root)/etc/rc.d/rc.local")
    let warning = "! /etc/rc.d/rc.local"
    for command in ["plan", "apply", "apply"] {
      let outcome = try await node.run(command, "--quiet")
      #expect(outcome.output.contains(warning), "\(command): \(outcome.said)")
      #expect(!outcome.output.contains("/etc/hostname") && !outcome.output.contains("\nnotes\n"), "\(outcome.said)")
      #expect(!outcome.output.hasPrefix("\n"))
    }
  }
}
