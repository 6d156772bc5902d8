public import Site
public import Tree

extension TreeReading {
  /// What stands where these patterns point, links followed, each once; directories and what leads nowhere are left out.
  public func files(matching patterns: [PathPattern]) throws(TreeError) -> [(path: TreePath, status: FileStatus)] {
    var found: [(path: TreePath, status: FileStatus)] = []
    for place in try places(patterns.map(\.description)) {
      do throws(TreeError) {
        if let status = try target(place.path), status.kind == .regular { found.append((place.path, status)) }
      } catch {
        guard [.symbolicLinkLoop, .wrongKind, .absent].contains(error.code) else { throw error }
      }
    }
    return found
  }
}
