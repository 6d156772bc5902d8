import Site
import Support

/// The tutorial lab: the smallest site that says everything that has no default.
let lab =
  LabNode.siteText + """
    match     = { mac = ["00:0c:29:aa:bb:cc"], uuid = "564d0c29-aabb-ccdd-eeff-001122334455", serial = "VMware-56 4d" }

    """

/// Real keys, made for these tests and used nowhere.
let firstKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS nova@compute"
let secondKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBu0xZ0jgXTYUYPvXJqEPVsBGUBVJKyTVxPLWbyGxIsS"

/// What is wrong with a site, line by line; nothing where it is right.
func problems(_ text: String) -> [String] {
  do {
    _ = try Site.parse(Array(text.utf8), file: "site.toml")
    return []
  } catch {
    return error.problems.map(\.description)
  }
}

extension String {
  /// The text with one place changed. The old text must be there.
  func with(_ old: String, _ new: String) -> String {
    guard let range = range(of: old) else { return "the test is wrong: no \(old)" }
    return replacingSubrange(range, with: new)
  }

  private func replacingSubrange(_ range: Range<Index>, with new: String) -> String {
    self[..<range.lowerBound] + new + self[range.upperBound...]
  }

  func range(of part: String) -> Range<Index>? {
    var start = startIndex
    while true {
      if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
      guard start < endIndex else { return nil }
      start = index(after: start)
    }
  }
}
