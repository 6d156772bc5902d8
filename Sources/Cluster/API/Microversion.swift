/// A version within a version (OpenStack API SIG, "Microversion Specification").
struct Microversion: Sendable, Hashable, Comparable, CustomStringConvertible {
  let major: Int
  let minor: Int

  init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
    self.init(major, minor)
  }

  var description: String { "\(major).\(minor)" }

  static func < (left: Microversion, right: Microversion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
