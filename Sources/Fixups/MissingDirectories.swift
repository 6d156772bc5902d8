internal import Tree

extension TreeReading {
  /// The directories that have to be made before a file can be, outermost first, and the attributes of the one that
  /// the file will be in. New ones are like the nearest that is there, 0755.
  func missingDirectories(
    for path: TreePath, because reason: String
  ) throws(TreeError) -> (changes: [Change], attributes: FileAttributes) {
    var missing: [TreePath] = []
    var directory = path.parent
    var found = try status(directory)
    while found == nil, !directory.isRoot {
      missing.append(directory)
      directory = directory.parent
      found = try status(directory)
    }
    let nobody = FileAttributes(owner: 0, group: 0, mode: FileMode(0o755))
    guard !missing.isEmpty else { return ([], found?.attributes ?? nobody) }
    let attributes = (found?.attributes ?? nobody).with(mode: FileMode(0o755))
    let changes = missing.reversed().map { Change($0, .directory(attributes), before: .absent, reasons: [reason]) }
    return (changes, attributes)
  }
}
