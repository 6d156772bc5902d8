internal import Documents
internal import Tree

extension FixupError {
  /// Why a file of the tree takes no edit: with its line, as a compiler says it, where the reader of the file stops there.
  init(_ path: TreePath, cannot edit: String, _ error: EditError) {
    if case .unreadable(let line, let reason) = error {
      self.init("\(path):\(line): \(reason), and so the shell reads none of the file; correct the line")
    } else {
      self.init("\(path): cannot \(edit): \(error)")
    }
  }
}
