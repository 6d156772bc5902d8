import Foundation
import Support
import Testing

/// Whatever a tree's files say, a terminal that shows an answer does not obey it.
@Suite struct TerminalTextTests {
  private static func isShown(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control }
  }

  @Test func `control characters in names, values and paths are shown as text`() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let nova =
      "[DEFAULT]\nmy_ip = 192.168.10.20\nx\u{1B}[1A\u{1B}[2K = 192.168.10.20\n[a\u{1B}]0;t\u{7}b]\nc = 192.168.10.20\n"
    try LabNode.write(nova, "\(node.root)/etc/nova/nova.conf")
    let passwd = "\(node.root)/etc/passwd"
    let accounts = try String(contentsOfFile: passwd, encoding: .utf8)
    try LabNode.write(accounts.replacing("/sbin/nologin", with: "/sbin/\u{1B}[31mred"), passwd)
    // A name of a file that would add a line to the plan.
    let keys = "/var/lib/dhclient/a\u{1B}[1A\nnothing to do.leases"
    try LabNode.write("lease {}\n", node.root + keys)
    for command in ["plan", "verify", "apply", "verify"] {
      let outcome = try await node.run(command, "--color", "never")
      #expect(Self.isShown(outcome.output + outcome.error), "\(command): \(outcome.said)")
      #expect(!outcome.output.split(separator: "\n").contains("nothing to do.leases"), "\(command)")
      if command == "plan" {
        #expect(outcome.output.contains("x^[[1A^[[2K in [DEFAULT]"), "\(outcome.output)")
        #expect(outcome.output.contains("c in [a^[]0;t^Gb]"))
        #expect(outcome.output.contains("a^[[1A^Jnothing to do.leases"))
      }
    }
    let history = try await node.run("history", "--verbose")
    #expect(Self.isShown(history.output) && history.output.contains("a^[[1A^Jnothing to do.leases"))
    let rollback = try await node.run("rollback")
    #expect(Self.isShown(rollback.output + rollback.error) && rollback.status == 0, "\(rollback.said)")
  }

  @Test func `an error names such a file all the same`() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    try LabNode.write("[DEFAULT]\nmy_ip\u{1B}[2K\n", "\(node.root)/etc/nova/nova.conf")
    let outcome = try await node.run("plan")
    #expect(outcome.status == 65 && Self.isShown(outcome.error), "\(outcome.said)")
  }
}
