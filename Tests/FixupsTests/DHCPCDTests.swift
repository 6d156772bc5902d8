import Site
import Testing
import Tree

@testable import Fixups

@Suite("Fixed addresses in dhcpcd.conf")
struct DHCPCDTests {
  static let path = "/etc/dhcpcd.conf"
  static let unit = "/usr/lib/systemd/system/dhcpcd.service"
  static let started = "/etc/systemd/system/multi-user.target.wants/dhcpcd.service"
  static let text = """
    hostname
    interface ens33
    static ip_address=192.168.10.20/24 # was ours
    static routers=192.168.10.2
    option ntp_servers
    interface ens34
      inform 192.168.20.99
    interface ens35
    static ip_address=10.3.0.1/24
    profile home
    static domain_name_servers=192.168.10.20 192.168.10.2

    """

  private func run(_ text: String, _ change: (inout MemoryTree) -> Void = { _ in }) throws -> Run {
    var files = Lab.debianCompute
    files[Self.path] = text
    var tree = MemoryTree(files)
    change(&tree)
    let run = try Run(tree, site: Lab.site(), platform: Lab.platform(debian: true), [InterfacesFixup(), StampFixup()])
    #expect(run.after[Self.path] == text)
    return run
  }

  @Test("are told with their lines, also where nothing says that dhcpcd runs") func told() throws {
    let run = try run(Self.text)
    let said = run.findings.map(\.text).filter { $0.contains(Self.path) }
    #expect(
      said == [
        "\(Self.path):3 has dhcpcd give ens33 192.168.10.20, which is the address of compute; it is left as it is",
        "\(Self.path):7 has dhcpcd give ens34 192.168.20.99, which is no address of compute2; it is left as it is",
        "\(Self.path):9 has dhcpcd give ens35 10.3.0.1, which the original has too; it is left as it is",
        "\(Self.path):11: static has 192.168.10.20 in it, which is the address of compute; it is left as it is",
      ])
    #expect(!run.claims.contains { $0.subject.contains(Self.path) })
  }

  @Test("the node's own is nobody's business") func own() throws {
    let run = try run("interface ens33\nstatic ip_address=192.168.10.21/24\n") {
      $0.makeLink(Self.started, to: Self.unit)
    }
    #expect(!run.findings.contains { $0.text.contains(Self.path) })
    #expect(!run.claims.contains { $0.subject.contains(Self.path) })
  }

  @Test("verify says no where dhcpcd starts at boot") func claimed() throws {
    let run = try run(Self.text) { $0.makeLink(Self.started, to: Self.unit) }
    let claims = run.claims.filter { $0.subject.contains(Self.path) }
    #expect(claims.map(\.subject) == ["address of ens33 (\(Self.path):3)", "address of ens34 (\(Self.path):7)"])
    #expect(claims.map(\.expected) == ["192.168.10.21", "192.168.20.21"])
    #expect(claims.allSatisfy { !$0.holds })
  }

  @Test(
    "and nothing where it does not, or not for the interface, or nobody can tell",
    arguments: ["denyinterfaces ens3*\n", "allowinterfaces eno1 eno2\n", "masked", "script", "profile x\n"])
  func notClaimed(_ what: String) throws {
    let start = what.hasSuffix("\n") ? what : ""
    let text =
      what.hasPrefix("profile") ? "interface ens33\nprofile x\nstatic ip_address=192.168.10.20/24\n" : start + Self.text
    let run = try run(text) { tree in
      tree.makeLink(Self.started, to: Self.unit)
      if what == "masked" { tree.makeLink("/etc/systemd/system/dhcpcd.service", to: "/dev/null") }
      if what == "script" { tree.write("/usr/lib/dhcpcd5/dhcpcd", "#!/bin/sh\n", mode: 0o755) }
    }
    #expect(run.findings.contains { $0.text.contains("has dhcpcd give ens33 192.168.10.20") })
    #expect(!run.claims.contains { $0.subject.contains(Self.path) })
  }

  @Test("one for the interface alone starts it for that one") func instance() throws {
    let run = try run(Self.text) {
      $0.makeLink(Self.started.replacing("dhcpcd.", with: "dhcpcd@ens34."), to: Self.unit)
    }
    #expect(
      run.claims.filter { $0.subject.contains(Self.path) }.map(\.subject) == ["address of ens34 (\(Self.path):7)"])
  }
}
