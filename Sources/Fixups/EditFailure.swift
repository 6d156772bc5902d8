internal import Documents
internal import Tree

extension FixupError {
  /// Why a file of the tree takes no edit: with its line, as a compiler says it, where the reader of the file stops there.
  init(_ path: TreePath, cannot edit: String, _ error: EditError) {
    switch error {
    case .unreadable(let line, let reason):
      self.init("\(path):\(line): \(reason), and so the shell does not read the file as a whole; correct the line")
    case .fixed(let key, let line):
      self.init(
        "\(path):\(line): cannot \(edit): behind that line another assignment of \(key) may not count; make it a plain one"
      )
    case .notAName, .notExpressible:
      self.init("\(path): cannot \(edit): \(error)")
    }
  }
}
