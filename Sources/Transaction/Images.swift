public import Tree

extension Store {
  /// Where the images are of what a transaction replaced or removed, by path; nil for what it created. They stay until
  /// it is rolled back.
  public func images(of journal: Journal) -> [TreePath: TreePath?] {
    let steps = Steps(tree: tree, directory: transactions.appending(journal.id), journal: journal)
    var images: [TreePath: TreePath?] = [:]
    for (index, entry) in journal.entries.enumerated() where entry.kind != .changeDirectory {
      images[entry.path] = .some([.replace, .remove].contains(entry.kind) ? steps.kept(index) : nil)
    }
    return images
  }
}
