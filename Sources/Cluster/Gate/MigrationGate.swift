internal import CLinux
internal import Glibc
public import Site
internal import Tree

/// The forced command of peers' keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT, `command=`): does what moving a guest needs, and
/// refuses everything else.
///
/// The four plain commands are done here, through the tree's door, confined below the instances directory; no program and no
/// shell is run for them. scp itself is run for a path that was looked at; sftp-server is run behind ``SFTPFilter``. Where the kernel
/// has Landlock, both reach no file elsewhere, also by a link that was not on the path.
public struct MigrationGate {
  /// What became of a request, for the journal.
  public struct Decision: Sendable, Hashable {
    public let isAllowed: Bool
    /// The request, on one line.
    public let words: String
  }

  private static let scp = ["/usr/bin/scp", "/bin/scp"]

  private let instances: AbsolutePath
  private let hear: (Decision) -> Void

  public init(instances: AbsolutePath, hear: @escaping (Decision) -> Void) {
    self.instances = instances
    self.hear = hear
  }

  /// - Parameter words: SSH_ORIGINAL_COMMAND; nil where somebody wants a login shell.
  /// - Returns: The exit status. Where scp takes the process over, it does not return.
  public func run(_ words: String?) -> CInt {
    guard let words, let request = GateRequest(words, below: instances) else { return refuse(words ?? "a login shell") }
    let tree: Tree
    do throws(TreeError) {
      tree = try Tree(root: instances.description)
    } catch {
      return say("imprint: \(error)")
    }
    if let path = request.path, !isPlain(path, tree) { return refuse("\(words) (by a symbolic link)") }
    hear(Decision(isAllowed: true, words: words.shownOnOneLine))
    if request.runsProgram, imprint_confine(instances.description) < 0 {
      return say("imprint: cannot hold scp to \(instances): \(String(cString: strerror(imprint_errno())))")
    }
    switch request {
    case .sftp: return relay(tree)
    case .receive(let path, let isRecursive):
      return become(["scp"] + (isRecursive ? ["-r"] : []) + ["-t", "--", path.text])
    case .send(let path, let isRecursive):
      return become(["scp"] + (isRecursive ? ["-r"] : []) + ["-f", "--", path.text])
    case .touch, .removeTrace, .makeDirectory, .removeInstance: return carryOut(request, in: tree)
    }
  }

  private func refuse(_ words: String) -> CInt {
    hear(Decision(isAllowed: false, words: words.shownOnOneLine))
    return say("imprint: only what moving a guest needs is let through here")
  }

  private func say(_ words: String) -> CInt {
    var line = words + "\n"
    _ = line.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    return 1
  }

  private func carryOut(_ request: GateRequest, in tree: Tree) -> CInt {
    do throws(TreeError) {
      let owner = geteuid()
      let group = getegid()
      switch request {
      case .touch(let path):
        // Of a file that is there nova asks nothing but that it is.
        guard try tree.status(path.tree) == nil else { return 0 }
        try tree.create(path.tree, [], FileAttributes(owner: owner, group: group, mode: FileMode(0o644)))
      case .removeTrace(let path): try tree.remove(path.tree)
      case .makeDirectory(let path):
        guard try tree.status(path.tree) == nil else { return 0 }
        try tree.makeDirectory(path.tree, FileAttributes(owner: owner, group: group, mode: FileMode(0o755)))
      case .removeInstance(let path): try tree.removeAll(path.tree)
      case .receive, .send, .sftp: return 70
      }
      return 0
    } catch {
      return say("\(error)")
    }
  }

  /// No link on the way, and none at the end: such a path could lead anywhere.
  private func isPlain(_ path: GatePath, _ tree: Tree) -> Bool {
    (try? tree.resolve(path.tree)) == path.tree
  }

  private func relay(_ tree: Tree) -> CInt {
    guard let server = GateRequest.servers.first(where: { $0.hasPrefix("/") && access($0, X_OK) == 0 }) else {
      return say("imprint: there is no sftp-server here")
    }
    let filter = SFTPFilter(instances: instances) { isPlain($0, tree) }
    let relay = SFTPRelay(filter: filter) { hear(Decision(isAllowed: false, words: $0.shownOnOneLine)) }
    do throws(SFTPTrouble) {
      return try relay.run(server, client: (STDIN_FILENO, STDOUT_FILENO))
    } catch {
      hear(Decision(isAllowed: false, words: "sftp: \(error)".shownOnOneLine))
      return say("imprint: sftp: \(error)")
    }
  }

  private func become(_ words: [String]) -> CInt {
    guard let program = Self.scp.first(where: { access($0, X_OK) == 0 }) else {
      return say("imprint: there is no scp here")
    }
    let arguments = words.map { strdup($0) } + [nil]
    let environment = [strdup("PATH=/usr/bin:/bin"), strdup("LC_ALL=C"), nil]
    execve(program, arguments, environment)
    return say("imprint: cannot run \(program): \(String(cString: strerror(errno)))")
  }
}

extension GateRequest {
  fileprivate var runsProgram: Bool {
    switch self {
    case .receive, .send, .sftp: true
    case .touch, .removeTrace, .makeDirectory, .removeInstance: false
    }
  }

  fileprivate var path: GatePath? {
    switch self {
    case .touch(let path), .removeTrace(let path), .makeDirectory(let path), .removeInstance(let path): path
    case .receive(let path, _), .send(let path, _): path
    case .sftp: nil
    }
  }
}

extension GatePath {
  /// Below a tree whose root is the instances directory.
  fileprivate var tree: TreePath { components.reduce(.root) { $0.appending($1) } }
}

extension Tree {
  /// A directory with all that is in it; links are removed and not followed.
  fileprivate func removeAll(_ path: TreePath) throws(TreeError) {
    guard let status = try status(path) else { return }
    if status.kind == .directory {
      for entry in try entries(path) ?? [] { try removeAll(path.appending(entry.name)) }
    }
    try remove(path)
  }
}
