import Foundation
import Support
import Testing

/// Augeas as a second opinion: it reads the files that an apply wrote, each with its own lens, and finds the values that the site
/// says. Nothing is written: augtool is not told to save.
struct AugeasOracle {
  let fixture: String
  let root: String
  let before: TreeRecord
  let after: TreeRecord

  /// Files that a case has made difficult on purpose, and Augeas reads neither before nor after. The list is exact. In such a
  /// case oslo.config alone is asked for values: they go over lines, and refer to each other.
  static let difficult: [String: Set<String>] = [
    "messy-compute": ["/etc/hostname", "/etc/passwd", "/etc/sysconfig/network"]
  ]

  /// What lenses of Augeas 1.14 do not know, whoever wrote it: `Match all` of ssh_config(5), `restrict` of authorized_keys and
  /// a comment behind a key in known_hosts (sshd(8)), and netplan's YAML. ssh, ssh-keygen and netplan are asked of these.
  private func isUnknown(_ path: String) -> Bool {
    let lines = (after[path]?.text ?? "").split(separator: "\n").filter { !$0.hasPrefix("#") }
    return switch Self.lens(for: path) {
    case "Ssh.lns": lines.contains("Match all")
    case "Authorized_Keys.lns": lines.contains { $0.contains("restrict") }
    case "Known_Hosts.lns": lines.contains { $0.split(separator: " ").count > ($0.hasPrefix("@") ? 4 : 3) }
    case "Yaml.lns": true
    default: false
    }
  }

  /// A file with oslo.config's two separators, its repeated options and its lines that go on.
  private static let osloLens = """
    module ImprintOslo =
      let eol = del /[ \\t]*\\r?\\n/ "\\n"
      let empty = [ eol ]
      let comment = [ label "#comment" . del /[ \\t]*[#;]/ "#" . store /[^\\r\\n]*/ . del /\\r?\\n/ "\\n" ]
      let value = store /[^ \\t\\r\\n]([^\\r\\n]*[^ \\t\\r\\n])?/
      let more = [ label "#more" . del /[ \\t]+/ "    " . store /[^ \\t\\r\\n#;]([^\\r\\n]*[^ \\t\\r\\n])?/ . eol ]
      let entry = [ key /[A-Za-z0-9_.-]+/ . del /[ \\t]*[:=]/ " =" . (del /[ \\t]*/ " " . value)? . eol ]
      let title = del /\\[/ "[" . key /[^]\\r\\n\\/#]+/ . del /\\]/ "]" . eol
      let record = [ title . (entry | more | comment | empty)* ]
      let lns = (comment | empty)* . record*
    """

  static func lens(for path: String) -> String? {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    let whole = [
      "/etc/hosts": "Hosts", "/etc/passwd": "Passwd", "/etc/shadow": "Shadow", "/etc/shells": "Shells",
      "/etc/hostname": "Hostname", "/etc/sysconfig/network": "Shellvars", "/etc/sysconfig/network/config": "Shellvars",
      "/etc/network/interfaces": "Interfaces",
    ]
    if let lens = whole[path] { return "\(lens).lns" }
    if path.hasPrefix("/etc/network/interfaces.d/") { return "Interfaces.lns" }
    if path.hasPrefix("/etc/sysconfig/network"), name.hasPrefix("ifcfg-") { return "Shellvars.lns" }
    if path.hasPrefix("/etc/NetworkManager/system-connections/") { return "NetworkManager.lns" }
    if path.hasPrefix("/etc/systemd/network/") { return "Systemd.lns" }
    if path.hasPrefix("/etc/netplan/") { return "Yaml.lns" }
    if path.hasSuffix("/.ssh/authorized_keys") { return "Authorized_Keys.lns" }
    if path.hasSuffix("/.ssh/known_hosts") { return "Known_Hosts.lns" }
    if path.hasSuffix("/.ssh/config") { return "Ssh.lns" }
    if path.hasPrefix("/var/lib/config-data/"), let etc = path.firstRange(of: "/etc/") {
      return lens(for: String(path[etc.lowerBound...]))
    }
    let services = ["nova", "neutron", "cinder", "ceilometer", "kolla"].flatMap {
      ["/etc/\($0)/", "/usr/share/\($0)/"]
    }
    // libvirt's own lens comes with libvirt.
    if path.hasPrefix("/etc/kolla/nova-libvirt/") { return nil }
    if services.contains(where: path.hasPrefix), name.hasSuffix(".conf") || name.hasSuffix(".ini") {
      return "ImprintOslo.lns"
    }
    return nil
  }

  /// The files that an apply changed or made.
  private var written: [String] {
    after.entries.filter { path, entry in
      entry.kind == .file && Self.lens(for: path) != nil && before[path]?.bytes != entry.bytes
    }.keys.sorted()
  }

  func check(_ reads: FixtureDescription.Reads?) async throws {
    guard let augtool = RealProgram.find("augtool") else { return }
    let paths = written
    let scratch = try Scratch()
    for path in paths {
      guard let bytes = before[path]?.bytes else { continue }
      let file = URL(fileURLWithPath: scratch.path + path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
    let old = try await tree(paths.filter { before[$0] != nil }, in: scratch.path, augtool)
    let new = try await tree(Array(Set(paths + Self.always(reads))).sorted(), in: root, augtool)
    let unread = Set(new.unread.keys.filter(paths.contains))
    let expected = Set(paths.filter(isUnknown)).union(Self.difficult[fixture] ?? [])
    #expect(unread == expected, "what Augeas cannot read of \(fixture): \(new.unread)")
    for path in unread where before[path] != nil && old.unread[path] == nil && !isUnknown(path) {
      Issue.record("Augeas could read \(path) of \(fixture) before the apply: \(new.unread[path] ?? "")")
    }
    guard let reads else { return }
    values(reads, new)
  }

  /// Files that case.toml speaks of, whether they changed or not.
  private static func always(_ reads: FixtureDescription.Reads?) -> [String] {
    let oslo = (reads?.oslo ?? [:]).values.flatMap { oslo in oslo.files }
    return oslo + ["/etc/hosts", "/etc/passwd"]
  }

  // MARK: what case.toml says, found by Augeas

  private func values(_ reads: FixtureDescription.Reads, _ tree: AugeasTree) {
    for (file, values) in reads.shell ?? [:] where tree.has(file) {
      for (name, value) in values {
        let seen = tree.values("\(file)/\(name)").last.map(Self.unquoted) ?? ""
        // What refers to another variable is the shell's to replace.
        guard !seen.contains("$") else { continue }
        #expect(seen == value, "Augeas finds \(name) of \(file) in \(fixture)")
      }
    }
    for (service, oslo) in reads.oslo ?? [:]
    where Self.difficult[fixture] == nil && oslo.files.allSatisfy({ tree.has($0) || after[$0] == nil }) {
      guard
        oslo.directories?.allSatisfy({ directory in !after.entries.keys.contains { $0.hasPrefix(directory + "/") } })
          ?? true
      else { continue }
      for (option, value) in oslo.values where !value.isEmpty {
        let parts = option.split(separator: ".", maxSplits: 1).map(String.init)
        let seen = oslo.files.flatMap { tree.values("\($0)/\(parts[0])/\(parts[1])") }.last.map(Self.unquoted)
        // What refers to another option is oslo.config's to replace.
        guard seen?.contains("$") != true else { continue }
        #expect(seen == value, "Augeas finds \(option) of \(service) in \(fixture)")
      }
    }
    if tree.has("/etc/hosts") {
      for (name, addresses) in reads.hosts ?? [:] {
        #expect(tree.addresses(of: name) == Set(addresses), "Augeas finds \(name) in /etc/hosts of \(fixture)")
      }
    }
    for (user, shell) in reads.shells ?? [:] where tree.has("/etc/passwd") {
      #expect(
        tree.values("/etc/passwd/\(user)/shell").first == shell, "Augeas finds the shell of \(user) in \(fixture)")
    }
    for (name, options) in reads.interfaces ?? [:] {
      let files = written.filter { Self.lens(for: $0) == "Interfaces.lns" && tree.has($0) }
      let stanzas = files.flatMap { tree.children(of: "\($0)/iface", valued: name) }
      guard !stanzas.isEmpty else { continue }
      let texts: [String] = stanzas.flatMap { tree.values("\($0)/address") }
      let seen = texts.map { String($0.prefix { $0 != "/" }) }
      if let address = options["address"] { #expect(seen.contains(address), "Augeas finds \(name)'s address") }
    }
    for (file, lines) in reads.connections ?? [:] where tree.has(file) {
      for line in lines where line.hasPrefix("interface-name=") {
        let wanted = String(line.dropFirst("interface-name=".count))
        #expect(tree.values("\(file)/connection/interface-name") == [wanted], "Augeas finds the interface of \(file)")
      }
    }
  }

  private static func unquoted(_ text: String) -> String {
    guard text.count > 1, let first = text.first, "\"'".contains(first), text.last == first else { return text }
    return String(text.dropFirst().dropLast())
  }

  // MARK: augtool

  private func tree(_ paths: [String], in root: String, _ augtool: RealProgram) async throws -> AugeasTree {
    let scratch = try Scratch()
    try Self.osloLens.write(toFile: "\(scratch.path)/imprintoslo.aug", atomically: true, encoding: .utf8)
    let commands =
      paths.map { "transform \(Self.lens(for: $0) ?? "") incl \($0)" } + [
        "load", "print /files", "print /augeas//error",
      ]
    let outcome = try await augtool.run(
      ["--noload", "--noautoload", "-r", root, "-I", scratch.path], input: commands.joined(separator: "\n") + "\n")
    guard outcome.status == 0 else { throw TestTrouble("augtool: \(outcome.said)") }
    return AugeasTree(outcome.output)
  }
}

/// What augtool prints: paths with their values.
struct AugeasTree {
  private var nodes: [(path: String, value: String?)] = []
  /// Why it could not read a file.
  private(set) var unread: [String: String] = [:]

  init(_ printed: String) {
    for line in printed.split(separator: "\n") {
      let parts = line.split(separator: " = ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let value = parts.count > 1 ? Self.plain(parts[1]).trimmingCharacters(in: .whitespaces) : nil
      if parts[0].hasPrefix("/files/") {
        nodes.append((String(parts[0].dropFirst("/files".count)), value))
      } else if let end = parts[0].range(of: "/error") {
        let file = String(parts[0][..<end.lowerBound].dropFirst("/augeas/files".count))
        unread[file, default: ""] += "\(parts[0][end.lowerBound...]) \(value ?? "") "
      }
    }
  }

  /// `"a \"b\""`.
  private static func plain(_ text: String) -> String {
    var plain = ""
    var rest = text.dropFirst().dropLast()[...]
    while let next = rest.popFirst() {
      if next == "\\", let escaped = rest.popFirst() {
        plain.append(escaped == "n" ? "\n" : escaped)
      } else {
        plain.append(next)
      }
    }
    return plain
  }

  func has(_ file: String) -> Bool { nodes.contains { $0.path == file || $0.path.hasPrefix(file + "/") } }

  /// Without the numbers of nodes of one name, and without what a path escapes.
  private static func name(_ path: String) -> String {
    let parts = path.replacing(#/\[\d+\]/#, with: "").replacing("\\", with: "").split(separator: "/")
    return "/" + parts.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "/")
  }

  func values(_ path: String) -> [String] {
    nodes.filter { Self.name($0.path) == path }.compactMap(\.value)
  }

  /// The nodes of a path that have a value.
  func children(of path: String, valued value: String) -> [String] {
    nodes.filter { Self.name($0.path) == path && $0.value == value }.map { Self.name($0.path) }
  }

  func addresses(of host: String) -> Set<String> {
    let named = nodes.filter { node in
      node.path.hasPrefix("/etc/hosts/") && node.value == host
        && ["canonical", "alias"].contains(Self.name(node.path).split(separator: "/").last)
    }
    let entries = named.compactMap { $0.path.split(separator: "/").dropFirst(2).first }
    return Set(entries.flatMap { entry in values("/etc/hosts/\(entry)/ipaddr") })
  }
}
