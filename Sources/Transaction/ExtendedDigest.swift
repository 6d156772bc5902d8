internal import Tree

/// Tells whether somebody gave a file another ACL, label or attribute since.
struct ExtendedDigest: Hashable, Sendable, CustomStringConvertible {
  /// Of all but the label.
  let others: Digest
  /// nil where it had none: a system that comes up with SELinux labels what has no label, and that is nobody's change.
  let label: Digest?

  init(_ attributes: ExtendedAttributes) {
    others = Digest(of: attributes.bytes)
    label = attributes.label.map { Digest(of: $0) }
  }

  init?(_ others: some StringProtocol, _ label: some StringProtocol) {
    guard let digest = Digest(hexadecimal: others) else { return nil }
    self.others = digest
    self.label = Digest(hexadecimal: label)
  }

  var description: String { "\(others)\t\(label?.description ?? "-")" }

  /// Whether these are what was left.
  func matches(_ attributes: ExtendedAttributes) -> Bool {
    let now = ExtendedDigest(attributes)
    return now.others == others && (label == nil || now.label == label)
  }
}

extension Steps {
  /// Of the after-images, once all of them are made.
  func extendedDigests() throws(TreeError) -> [(index: Int, extended: ExtendedDigest)] {
    var found: [(index: Int, extended: ExtendedDigest)] = []
    for (index, entry) in journal.entries.enumerated() where [.create, .replace].contains(entry.kind) {
      guard var attributes = try tree.extendedAttributes(of: staged(index)) else { continue }
      // What policy says of a new file may be read otherwise at the next boot.
      if entry.kind == .create { attributes.dropLabel() }
      found.append((index, ExtendedDigest(attributes)))
    }
    return found
  }

  /// Whether a file has what the commit left it; or nothing that is not there after a rollback either, as in a copy without attributes.
  func hasOwnAttributes(_ index: Int, _ entry: Journal.Entry) throws(TreeError) -> Bool {
    guard let left = entry.afterExtended, let now = try tree.extendedAttributes(of: entry.path) else { return true }
    if left.matches(now) { return true }
    return entry.kind == .create ? now.others.isEmpty : try tree.extendedAttributes(of: kept(index)) == now
  }
}
