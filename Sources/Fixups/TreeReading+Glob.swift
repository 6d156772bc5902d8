internal import Glibc
internal import Tree

extension TreeReading {
  /// What glob(3) makes of an absolute pattern, by name: `*`, `?`, `[0-9]`, and a backslash before what is meant as it is.
  func globbed(_ pattern: String) throws(TreeError) -> [Place] {
    var paths = [TreePath.root]
    for part in pattern.split(separator: "/").map(String.init) where part != "." {
      // No file has such a name.
      guard part.utf8.count <= Int(NAME_MAX) else { return [] }
      var found: [TreePath] = []
      for path in paths {
        if part == ".." {
          found.append(path.parent)
        } else if part.contains(where: { "*?[".contains($0) }) {
          found += try (listing(path) ?? []).filter { fnmatch(part, $0.name, FNM_PERIOD) == 0 }
            .map { path.appending($0.name) }
        } else {
          found.append(path.appending(Self.unescaped(part)))
        }
      }
      // Of `*/..` there would be as many of one as there are names.
      var seen: Set<TreePath> = []
      paths = found.filter { seen.insert($0).inserted }
    }
    var places: [Place] = []
    for path in paths { if let place = try place(path) { places.append(place) } }
    return places
  }

  private static func unescaped(_ text: String) -> String {
    var plain = ""
    var isEscaped = false
    for letter in text {
      if letter == "\\", !isEscaped {
        isEscaped = true
      } else {
        plain.append(letter)
        isEscaped = false
      }
    }
    return plain
  }
}
