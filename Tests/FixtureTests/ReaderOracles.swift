import Foundation
import Support
import Testing

/// The real readers of the files of a tree, and what they make of them.
struct ReaderOracles {
  let root: String

  func check(_ reads: FixtureDescription.Reads?) async throws {
    guard let reads else { return }
    for (file, values) in reads.shell ?? [:] { try await shell(file, values) }
    for (service, oslo) in reads.oslo ?? [:] { try await self.oslo(service, oslo) }
    try await names(reads)
    if let ssh = reads.ssh { try await self.ssh(ssh) }
    try await interfaces(reads.interfaces ?? [:])
    let network = NetworkOracles(root: root)
    try await network.netplan(reads.netplan ?? [:])
    try await network.connections(reads.connections ?? [:])
    try await LabelOracle(root: root).check(reads.labels ?? [])
    let machine = SystemdOracles(root: root)
    if let networkd = reads.networkd { try await machine.networkd(networkd) }
    for (card, name) in reads.udev ?? [:] { try await machine.udev(card, name) }
  }

  // MARK: bash

  private func shell(_ file: String, _ values: [String: String]) async throws {
    let names = values.keys.sorted()
    let script = "set +e; . \"$0\"; for name; do printf '%s\\0' \"${!name}\"; done"
    let outcome = try await RealProgram.needed("bash").run(["--norc", "-c", script, root + file] + names)
    let seen = outcome.output.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
    for (name, value) in zip(names, seen) {
      #expect(value == values[name], "bash reads \(name) of \(file)")
    }
    #expect(seen.count == names.count + 1, "bash sources \(file): \(outcome.said)")
  }

  // MARK: oslo.config

  private static let osloScript = """
    import json, os, sys
    from oslo_config import cfg
    files, directories, options = json.load(sys.stdin)
    conf = cfg.ConfigOpts()
    for option in options:
      group, name = option.rsplit(".", 1)
      conf.register_opt(cfg.StrOpt(name), None if group == "DEFAULT" else group)
    conf(args=[], project="imprint-test", default_config_files=[f for f in files if os.path.exists(f)],
         default_config_dirs=[d for d in directories if os.path.isdir(d)])
    def value(option):
      group, name = option.rsplit(".", 1)
      found = conf[name] if group == "DEFAULT" else conf[group][name]
      return "" if found is None else found
    json.dump({option: value(option) for option in options}, sys.stdout)
    """

  /// Whether this machine has oslo.config; where it has not, that is said once for each case.
  private func osloPython() async throws -> RealProgram? {
    let python = try RealProgram.needed("python3")
    if try await python.run(["-c", "import oslo_config"]).status == 0 { return python }
    RealProgram.missing("oslo.config (python3-oslo.config)")
    return nil
  }

  private func oslo(_ service: String, _ oslo: FixtureDescription.Oslo) async throws {
    guard let python = try await osloPython() else { return }
    let question: [[String]] = [
      oslo.files.map { root + $0 }, (oslo.directories ?? []).map { root + $0 }, oslo.values.keys.sorted(),
    ]
    let input = String(decoding: try JSONEncoder().encode(question), as: UTF8.self)
    let outcome = try await python.run(["-c", Self.osloScript], input: input).succeeded("oslo.config for \(service)")
    let seen = try JSONDecoder().decode([String: String].self, from: Data(outcome.output.utf8))
    for (option, value) in oslo.values {
      #expect(seen[option] == value, "oslo.config reads \(option) of \(service)")
    }
  }

  // MARK: glibc

  private struct NameQuestion: Encodable {
    let root: String
    let hosts: [String]
    let users: [String]
  }

  private struct NameAnswer: Decodable {
    let addresses: [String: [String]]
    let canonical: [String: String]
    let shells: [String: String]
  }

  private static let namesScript = """
    import json, os, pwd, socket, subprocess, sys, tempfile
    question = json.load(sys.stdin)
    with tempfile.NamedTemporaryFile("w") as nss:
      nss.write("hosts: files\\npasswd: files\\n"); nss.flush(); os.chmod(nss.name, 0o644)
      for name, source in (("hosts", None), ("passwd", None), ("nsswitch.conf", nss.name)):
        source = source or os.path.join(question["root"], "etc", name)
        subprocess.run(["mount", "--bind", source, "/etc/" + name], check=True)
      addresses, canonical = {}, {}
      for name in question["hosts"]:
        try: found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
        except socket.gaierror: found = []
        addresses[name] = [f[4][0] for f in found]
        if found: canonical[name] = found[0][3]
      shells = {user: pwd.getpwnam(user).pw_shell for user in question["users"]}
    json.dump({"addresses": addresses, "canonical": canonical, "shells": shells}, sys.stdout)
    """

  /// glibc with these files as /etc/hosts and /etc/passwd, in a mount namespace of its own.
  private func names(_ reads: FixtureDescription.Reads) async throws {
    let hosts = Set((reads.hosts ?? [:]).keys).union((reads.canonical ?? [:]).keys).sorted()
    guard !hosts.isEmpty || reads.shells != nil else { return }
    guard let unshare = RealProgram.find("unshare") else { return }
    guard try await unshare.run(["-m", "true"]).status == 0 else {
      return RealProgram.missing("unshare -m (root)")
    }
    let question = NameQuestion(root: root, hosts: hosts, users: (reads.shells ?? [:]).keys.sorted())
    let input = String(decoding: try JSONEncoder().encode(question), as: UTF8.self)
    let outcome = try await unshare.run(["-m", "/usr/bin/python3", "-c", Self.namesScript], input: input)
      .succeeded("glibc on the files of the tree")
    let answer = try JSONDecoder().decode(NameAnswer.self, from: Data(outcome.output.utf8))
    for (name, wanted) in reads.hosts ?? [:] {
      #expect(Set(answer.addresses[name] ?? []) == Set(wanted), "glibc resolves \(name)")
    }
    for (name, wanted) in reads.canonical ?? [:] {
      #expect(answer.canonical[name] == wanted, "glibc's canonical name of \(name)")
    }
    for (user, shell) in reads.shells ?? [:] { #expect(answer.shells[user] == shell, "glibc reads \(user)'s shell") }
  }

  // MARK: OpenSSH

  private func ssh(_ ssh: FixtureDescription.SSH) async throws {
    let program = try RealProgram.needed("ssh")
    for (host, wanted) in ssh.hosts {
      let outcome = try await program.run(["-G", "-F", root + ssh.config, host]).succeeded("ssh -G \(host)")
      let lines = outcome.output.split(separator: "\n")
      for (key, value) in wanted {
        let seen = lines.filter { $0.hasPrefix("\(key) ") }.map { String($0.dropFirst(key.count + 1)) }
        // Of some settings ssh says the home directory of whoever asks.
        let expanded = value.hasPrefix("~/") ? NSHomeDirectory() + value.dropFirst() : value
        #expect(seen.contains(value) || seen.contains(expanded), "ssh reads \(key) for \(host): \(seen)")
      }
    }
    let file = root + URL(fileURLWithPath: ssh.config).deletingLastPathComponent().path + "/known_hosts"
    for host in ssh.known ?? [] {
      let outcome = try await RealProgram.needed("ssh-keygen").run(["-F", host, "-f", file])
      #expect(outcome.status == 0 && !outcome.output.isEmpty, "known_hosts knows \(host)")
    }
    for host in ssh.unknown ?? [] {
      let outcome = try await RealProgram.needed("ssh-keygen").run(["-F", host, "-f", file])
      // A key that is revoked for everybody is no key of this host.
      let keys = outcome.output.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasPrefix("@") }
      #expect(keys.isEmpty, "known_hosts doesn't know \(host)")
    }
  }

  // MARK: ifupdown

  /// ifupdown with these files as /etc/network, since they name each other by absolute paths.
  private func interfaces(_ interfaces: [String: [String: String]]) async throws {
    guard !interfaces.isEmpty, RealProgram.find("ifquery") != nil, let unshare = RealProgram.find("unshare") else {
      return
    }
    guard try await unshare.run(["-m", "true"]).status == 0 else {
      return RealProgram.missing("unshare -m (root)")
    }
    let script = """
      mount -t tmpfs imprint /etc && mkdir /etc/network && mount --bind "$0/etc/network" /etc/network && exec ifquery "$1"
      """
    for (name, wanted) in interfaces {
      let outcome = try await unshare.run(["-m", "sh", "-c", script, root, name]).succeeded("ifquery \(name)")
      let lines = outcome.output.split(separator: "\n").map(String.init)
      for (key, value) in wanted {
        let seen = lines.filter { $0.hasPrefix("\(key): ") }.map { $0.dropFirst(key.count + 2) }
        #expect(
          value.isEmpty ? seen.isEmpty : seen.contains { $0 == value }, "ifquery reads \(key) of \(name): \(lines)")
      }
    }
  }
}
