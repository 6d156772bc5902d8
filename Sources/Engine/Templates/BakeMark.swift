internal import Documents

/// What a finished node was made of, so that a later bake does not take it for what it is not.
struct BakeMark: Sendable, Equatable {
  var form: BakeForm
  /// The template's path.
  var template: String
  /// The digest of the site file (SHA-256, in Base64).
  var site: String
  var changes: Int

  init(form: BakeForm, template: String, site: [UInt8], changes: Int) {
    self.form = form
    self.template = Self.plain(template)
    self.site = Self.digest(site)
    self.changes = changes
  }

  init?(_ bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
      line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    }
    func value(_ key: String) -> String? { lines.first { $0.count == 2 && $0[0] == key }?[1] }
    guard value("imprint-bake") == "1", let form = value("form").flatMap(BakeForm.init),
      let template = value("template"),
      let site = value("site"), let changes = value("changes").flatMap({ Int($0) })
    else { return nil }
    (self.form, self.template, self.site, self.changes) = (form, template, site, changes)
  }

  var bytes: [UInt8] {
    Array("imprint-bake\t1\nform\t\(form.rawValue)\ntemplate\t\(template)\nsite\t\(site)\nchanges\t\(changes)\n".utf8)
  }

  /// A path as a line can hold it.
  static func plain(_ path: String) -> String { String(path.map { $0.isNewline ? "\u{FFFD}" : $0 }) }

  static func digest(_ bytes: [UInt8]) -> String { Base64.encode(SHA256.hash(bytes)) }
}
