internal import CLinux
internal import Glibc
internal import Synchronization

extension Tree {
  /// The SELinux label that the tree's own policy has for a path; nil where SELinux is disabled there, or there is no
  /// policy, or this machine has no libselinux to read it (selinux_config(5), selabel_file(5)).
  public func label(for path: TreePath, kind: FileKind) -> String? {
    guard let policy = knownPolicyDirectory(), let directory = try? directories.open(policy) else { return nil }
    let mode: UInt32 = kind == .directory ? S_IFDIR : S_IFREG
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = imprint_label(directory, path.description, mode, &buffer, buffer.count)
    guard length > 0 else { return nil }
    return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Looked for once: every new file asks.
  private func knownPolicyDirectory() -> TreePath? {
    if let known = policy.withLock(\.self) { return known }
    let found = try? policyDirectory()
    policy.withLock { $0 = .some(found) }
    return found
  }

  /// Where the policy named in etc/selinux/config keeps its file contexts.
  private func policyDirectory() throws(TreeError) -> TreePath? {
    guard let config = try file("/etc/selinux/config") else { return nil }
    var settings: [Substring: Substring] = [:]
    for line in String(decoding: config.bytes, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { settings[parts[0].trimmed] = parts[1].trimmed }
    }
    guard let mode = settings["SELINUX"]?.lowercased(), ["enforcing", "permissive"].contains(mode),
      let type = settings["SELINUXTYPE"], !type.isEmpty, !type.contains("/"), type != ".."
    else { return nil }
    let contexts = TreePath("/etc/selinux/\(type)/contexts/files")
    guard let contexts, try file(contexts.appending("file_contexts")) != nil else { return nil }
    return try resolve(contexts)
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
