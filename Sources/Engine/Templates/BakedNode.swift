internal import Tree

/// What came of one node, as the process that made it tells the one that started it: a word, a tabulator and its value a line.
public struct BakedNode: Sendable, Equatable {
  /// Files that its apply changed.
  public var changes = 0
  /// Bytes that share their blocks with the template, and bytes that were written again; holes are in neither.
  public var shared: UInt64 = 0
  public var written: UInt64 = 0
  /// What a person should know of it.
  public var remarks: [String] = []

  init() {}

  public var text: String {
    (["changes\t\(changes)", "shared\t\(shared)", "written\t\(written)"]
      + remarks.map { "remark\t\($0.split(whereSeparator: \.isNewline).joined(separator: " "))" })
      .map { $0 + "\n" }.joined()
  }

  /// nil for what is not such a text.
  init?(_ text: String) {
    var (hasChanges, hasAmount) = (false, false)
    for line in text.split(separator: "\n") {
      guard let tabulator = line.firstIndex(of: "\t") else { return nil }
      let value = String(line[line.index(after: tabulator)...])
      switch line[..<tabulator] {
      case "changes":
        guard let number = Int(value) else { return nil }
        (changes, hasChanges) = (number, true)
      case "shared":
        guard let number = UInt64(value) else { return nil }
        shared = number
      case "written":
        guard let number = UInt64(value) else { return nil }
        (written, hasAmount) = (number, true)
      case "remark": remarks.append(value)
      default: return nil
      }
    }
    guard hasChanges, hasAmount else { return nil }
  }

  mutating func add(_ amount: CopiedAmount) {
    shared += amount.shared
    written += amount.written
    if amount.unlabelled > 0 {
      remarks.append(
        "the file system of the copy takes no labels, ACLs or capabilities such as these; left out: \(amount.unlabelled)"
      )
    }
    if amount.unflagged > 0 { remarks.append("not all flags (chattr) could be kept; left out: \(amount.unflagged)") }
  }
}
