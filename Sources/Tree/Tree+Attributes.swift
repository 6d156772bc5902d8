internal import CLinux
internal import Glibc

/// What setfacl(1), setfattr(1) and chcon(1) give a file.
public struct ExtendedAttributes: Hashable, Sendable {
  /// All but the label, each with its name: ACLs, capabilities, `user.…`.
  public internal(set) var others: [String: [UInt8]] = [:]
  /// SELinux's.
  public internal(set) var label: [UInt8]?

  public mutating func dropLabel() { label = nil }

  /// One text that differs where an attribute does.
  public var bytes: [UInt8] {
    others.sorted { $0.key < $1.key }.flatMap { name, value in
      Array("\(name)=\(value.count)=".utf8) + value
    }
  }
}

extension Tree {
  /// Of a regular file; nil where who we are may not look, or the file system has none. The kernel's own sums of its contents, and what
  /// only root sees, are not among them (evm(7), xattr(7)).
  public func extendedAttributes(of path: TreePath) throws(TreeError) -> ExtendedAttributes? {
    guard let parent = try directories.open(path.parent) else { return nil }
    let descriptor = imprint_open_read(parent, path.name)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var found = ExtendedAttributes()
    let size = imprint_list_attributes(descriptor, nil, 0)
    guard size >= 0 else { return nil }
    if size == 0 { return found }
    var names = [CChar](repeating: 0, count: size)
    let got = imprint_list_attributes(descriptor, &names, size)
    guard got >= 0 else { return nil }
    for part in names.prefix(got).split(separator: 0) {
      let name = String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if ["security.ima", "security.evm"].contains(name) || name.hasPrefix("trusted.") { continue }
      let length = imprint_get_attribute(descriptor, name, nil, 0)
      guard length >= 0 else { continue }
      var value = [UInt8](repeating: 0, count: length)
      let read = imprint_get_attribute(descriptor, name, &value, length)
      guard read >= 0 else { continue }
      if name == "security.selinux" {
        found.label = Array(value.prefix(read))
      } else {
        found.others[name] = Array(value.prefix(read))
      }
    }
    return found
  }
}
