import Foundation
import Support
import Testing

/// The collection as the package brings it, by the real ansible-core, over ssh to booted machines.
@Suite(.enabled(if: Packages.arePossible && Laboratory.isPossible && Controller.isPossible), .serialized)
struct AnsibleTests {
  @Test func `a check changes nothing and shows all; the play installs and applies; a second one has nothing to do`()
    async throws
  {
    try await Laboratory.run { laboratory in
      let controller = try await Controller()
      let node = try await laboratory.bare()
      let package = try await Packages.made.deb
      try await node.givePython()
      try await node.boot()
      try controller.write(
        "inventory", "compute ansible_host=192.168.10.20 imprint_package=\(package)\n")
      let site = try String(contentsOfFile: "\(await node.disk)/etc/imprint/site.toml", encoding: .utf8)
      try controller.write("site.toml", site + "# as it is here\n")

      let early = try await controller.play("--check", in: laboratory)
      #expect(early.recap.contains("failed=0"), "\(early.said)")
      #expect(try await node.says("ls -d /opt/imprint 2>/dev/null || true").isEmpty)

      try await node.install(package)
      let checked = try await controller.play("--check", "--diff", in: laboratory)
      #expect(checked.recap.contains("failed=0"), "\(checked.said)")
      #expect(checked.output.contains("+# as it is here"))
      #expect(checked.output.contains("+192.168.10.21 compute2"), "\(checked.output)")
      #expect(try await node.says("imprint history --quiet; grep -c 'as it is' /etc/imprint/site.toml || true") == "0")

      let applied = try await controller.play("--diff", in: laboratory)
      #expect(applied.recap.contains("failed=0") && !applied.recap.contains("changed=0"), "\(applied.said)")
      #expect(try await node.says("imprint history | wc -l") == "1")
      #expect(try await node.says("tail -n 1 /etc/imprint/site.toml") == "# as it is here")
      try await node.run("imprint", "verify").succeeded("verify")

      let again = try await controller.play(in: laboratory)
      #expect(again.recap.contains("changed=0") && again.recap.contains("failed=0"), "\(again.said)")

      try controller.write("site.toml", site.replacingOccurrences(of: "192.168.20.21", with: "10.0.0.1"))
      let refused = try await controller.play(in: laboratory)
      #expect(refused.recap.contains("failed=1"), "\(refused.said)")
      #expect(refused.output.contains("10.0.0.1"), "\(refused.output)")
      #expect(try await node.says("tail -n 1 /etc/imprint/site.toml") == "# as it is here", "it reached no host")
    }
  }

  @Test func `a clone at its original's address becomes compute2 and is confirmed at the new one`() async throws {
    try await Laboratory.run { laboratory in
      let controller = try await Controller()
      let package = try await Packages.made.deb
      let clone = try await laboratory.bare("clone", card: "52:54:00:00:00:21")
      try await clone.givePython()
      try await clone.boot()
      #expect(try await clone.addresses("ens33") == ["192.168.10.20/24"])
      try controller.write(
        "inventory",
        "new ansible_host=192.168.10.20 imprint_node=compute2 imprint_address=192.168.10.21 "
          + "imprint_confirm_within=60 imprint_package=\(package)\n")
      try controller.write(
        "site.toml", try String(contentsOfFile: "\(await clone.disk)/etc/imprint/site.toml", encoding: .utf8))
      let applied = try await controller.play(in: laboratory)
      #expect(applied.recap.contains("failed=0") && applied.recap.contains("unreachable=0"), "\(applied.said)")
      #expect(try await clone.says("hostname") == "compute2")
      #expect(try await clone.addresses("ens33") == ["192.168.10.21/24"])
      #expect(!(try await clone.says("imprint status").contains("imprint confirm")))
      try await clone.run("imprint", "verify").succeeded("verify")
    }
  }
}

/// Where ansible-playbook runs: a folder with an inventory and the collection of the packages.
struct Controller {
  static var isPossible: Bool { RealProgram.find("ansible-playbook") != nil }

  let scratch: Scratch

  init() async throws {
    scratch = try Scratch()
    let folder = "\(scratch.path)/collections/ansible_collections/imprint"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let script =
      "tar -xzf '\(try await Packages.made.tar)' -C '\(scratch.path)' && mv '\(scratch.path)'/imprint-*/share/ansible '\(folder)/fleet'"
    try await RealProgram.needed("sh").run(["-c", script]).succeeded("unpacking the collection")
  }

  func write(_ name: String, _ text: String) throws { try scratch.write(text, to: name) }

  struct Played {
    let said: String
    let output: String
    /// ok=, changed=, failed= of the one host.
    let recap: String
  }

  func play(_ options: String..., in laboratory: Laboratory) async throws -> Played {
    let variables = [
      "HOME=\(scratch.path)", "ANSIBLE_COLLECTIONS_PATH=\(scratch.path)/collections", "ANSIBLE_HOST_KEY_CHECKING=False",
      "ANSIBLE_PRIVATE_KEY_FILE=\(try await laboratory.key)", "ANSIBLE_REMOTE_USER=root",
      "ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3",
      "ANSIBLE_SSH_ARGS=-o ControlMaster=no -o UserKnownHostsFile=/dev/null -o ServerAliveInterval=1 -o ServerAliveCountMax=3",
      "LC_ALL=C.UTF-8",
    ]
    let command =
      ["env"] + variables + [
        "ansible-playbook", "-i", "\(scratch.path)/inventory", "imprint.fleet.apply", "-e",
        "imprint_site=\(scratch.path)/site.toml",
      ] + options
    let played = try await laboratory.outside(command, seconds: 400)
    let recap = played.output.split(separator: "\n").last { $0.contains("failed=") }.map(String.init) ?? ""
    return Played(said: played.said, output: played.output, recap: recap)
  }
}

extension Machine {
  /// Python, which a hypervisor has and the golden disk has not: this machine's own, as the two are the same Debian.
  fileprivate func givePython() async throws {
    let packages = [
      "python3-minimal", "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "libexpat1",
    ]
    let script =
      "dpkg -L \"$@\" | sort -u | while read -r file; do [ -d \"$file\" ] || echo \"$file\"; done"
      + " | tar -C / -c --no-recursion -T - 2>/dev/null | tar -C '\(try await disk)' -x --keep-directory-symlink"
    try await RealProgram.needed("sh").run(["-c", script, "sh"] + packages).succeeded("putting Python on the disk")
  }
}
