internal import Documents
internal import Fixups
internal import Tree

/// A change as it is shown: what is done, and the diff where it may be seen.
struct ChangeView {
  let change: Change

  enum Verb: String {
    case create, replace, remove
    case makeDirectory = "make-directory"
    case changeDirectory = "change-directory"
    /// The same contents, another owner or mode.
    case changeAttributes = "change-attributes"
  }

  var verb: Verb {
    switch (change.before, change.action) {
    case (_, .remove): .remove
    case (.directory, .directory): .changeDirectory
    case (_, .directory): .makeDirectory
    case (.absent, .write): .create
    case (.file(let snapshot), .write(.bytes(let bytes), _)) where bytes == snapshot.bytes: .changeAttributes
    case (_, .write): .replace
    }
  }

  /// What is done to the path, to follow "would".
  var deed: String {
    switch verb {
    case .create, .replace, .remove: "\(verb.rawValue) it"
    case .makeDirectory: "make this directory"
    case .changeDirectory, .changeAttributes: "change its owner or mode"
    }
  }

  var before: FileAttributes? {
    switch change.before {
    case .absent: nil
    case .file(let snapshot): snapshot.attributes
    case .unread(let status): status.attributes
    case .directory(let attributes): attributes
    }
  }

  var after: FileAttributes? {
    switch change.action {
    case .remove: nil
    case .write(_, let attributes), .directory(let attributes): attributes
    }
  }

  /// What stands in place of a diff.
  var remark: String? {
    if case .write(.privateKey(let request), _) = change.action {
      return
        "a new \(request.type.rawValue) key\(request.bits.map { " of \($0) bits" } ?? ""), made when this is applied"
    }
    if case .write(.publicKey, _) = change.action { return "its public half" }
    return change.isSecret ? "contents not shown" : nil
  }

  struct Line {
    enum Kind { case header, hunk, context, removed, added, remark }
    let kind: Kind
    let text: String
  }

  /// The unified diff, secrets masked and control characters made visible; empty where there is a ``remark``.
  var diff: [Line] {
    guard remark == nil, let (old, new) = contents, old != new else { return [] }
    if Self.isBinary(old) || Self.isBinary(new) { return [Line(kind: .remark, text: "binary contents differ")] }
    let path = change.path.description
    let diff = unifiedDiff(
      old: old, new: new, oldName: change.before == .absent ? "/dev/null" : path,
      newName: verb == .remove ? "/dev/null" : path)
    var lines = [
      Line(kind: .header, text: "--- \(diff.oldName)".printable),
      Line(kind: .header, text: "+++ \(diff.newName)".printable),
    ]
    var (before, after) = (RedactedLines(old, of: path), RedactedLines(new, of: path))
    for hunk in diff.hunks {
      lines.append(Line(kind: .hunk, text: hunk.header))
      before.skip(to: hunk.oldStart - (hunk.oldCount == 0 ? 0 : 1))
      after.skip(to: hunk.newStart - (hunk.newCount == 0 ? 0 : 1))
      for line in hunk.lines {
        let content = line.bytes.last == 0x0A ? line.bytes.dropLast() : line.bytes[...]
        let text = UnifiedDiff.printable(Array(content))
        let (kind, shown): (Line.Kind, String) =
          switch line.kind {
          case .added: (.added, after.shown(text))
          case .removed: (.removed, before.shown(text))
          case .context: (.context, Self.both(before.shown(text), after.shown(text)))
          }
        lines.append(Line(kind: kind, text: String(UnicodeScalar(UnifiedDiff.marker(line.kind))) + shown))
        if line.bytes.last != 0x0A { lines.append(Line(kind: .remark, text: UnifiedDiff.missingNewline)) }
      }
    }
    return lines
  }

  /// A line that stays may continue a secret in one of the two files only.
  private static func both(_ before: String, _ after: String) -> String {
    before.hasSuffix(Redaction.mask) ? before : after
  }

  private var contents: (old: [UInt8], new: [UInt8])? {
    let old: [UInt8]
    switch change.before {
    case .file(let snapshot): old = snapshot.bytes
    case .absent: old = []
    case .unread, .directory: return nil
    }
    switch change.action {
    case .write(.bytes(let bytes), _): return (old, bytes)
    case .remove: return (old, [])
    default: return nil
    }
  }

  private static func isBinary(_ bytes: [UInt8]) -> Bool { bytes.prefix(8000).contains(0) }
}
