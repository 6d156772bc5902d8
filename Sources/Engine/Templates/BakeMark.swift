internal import Documents

/// What a finished node was made of, so that a later bake does not take it for what it is not.
struct BakeMark: Sendable, Equatable {
  var form: BakeForm
  /// The template's path.
  var template: String
  /// What the template was like then (``BakeTemplate/state``).
  var state: String?
  /// The digest of the site file (SHA-256, in Base64).
  var site: String
  var changes: Int

  init(form: BakeForm, template: BakeTemplate, site: [UInt8], changes: Int) {
    self.form = form
    self.template = Self.plain(template.path)
    state = template.state
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
    state = value("state")
  }

  var bytes: [UInt8] {
    let state = state.map { "state\t\($0)\n" } ?? ""
    return Array(
      "imprint-bake\t1\nform\t\(form.rawValue)\ntemplate\t\(template)\n\(state)site\t\(site)\nchanges\t\(changes)\n"
        .utf8)
  }

  /// Whether a node of this mark is what a bake of this form would make of the template now.
  func isOf(_ template: BakeTemplate, _ form: BakeForm) -> Bool {
    let isAsItWas = state == nil || template.state == nil || state == template.state
    return self.form == form && self.template == Self.plain(template.path) && isAsItWas
  }

  /// A path as a line can hold it.
  static func plain(_ path: String) -> String { String(path.map { $0.isNewline ? "\u{FFFD}" : $0 }) }

  static func digest(_ bytes: [UInt8]) -> String { Base64.encode(SHA256.hash(bytes)) }
}
