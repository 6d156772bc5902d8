internal import Documents
internal import Tree

/// Where NetworkManager keeps its connections: below /etc, unless its own settings say another place (NetworkManager.conf(5),
/// `[keyfile] path`).
struct KeyfileDirectory {
  static let usual: TreePath = "/etc/NetworkManager/system-connections"
  /// Connections that last till the next boot, and those of packages.
  static let others: [TreePath] = [
    "/run/NetworkManager/system-connections", "/usr/lib/NetworkManager/system-connections",
  ]

  /// nil where there is none that imprint could write to.
  let path: TreePath?
  /// Who says so, and what.
  let obstacle: String

  init(in tree: any TreeReading) throws(TreeError) {
    let said = try Self.setting("path", in: tree)
    obstacle = said.map { "\($0.place): path= of [keyfile] is \($0.value.isEmpty ? "empty" : $0.value.shown)" } ?? ""
    // An empty one is none at all, and a relative one does not count (nms-keyfile-plugin.c, `nms_keyfile_plugin_init`).
    guard let text = said?.value, text.isEmpty || text.hasPrefix("/") else {
      path = Self.usual
      return
    }
    guard let directory = text.isEmpty ? nil : TreePath(text),
      !["/run", "/var/run", "/tmp"].contains(where: { directory.isWithin($0) })
    else {
      path = nil
      return
    }
    let isThere = try tree.listing(directory) != nil
    path = isThere || directory == Self.usual ? directory : nil
  }

  /// Whether NetworkManager takes a file for a connection; of an administrator's the ending is no condition, and `a.bak` is one
  /// (nm-keyfile-utils.c, `nm_keyfile_utils_ignore_filename`). A dot and six letters or digits at the end are a temporary file's
  /// (`check_mkstemp_suffix`), `.rpmnew` and `.nmmeta` among them.
  static func isRead(_ name: String) -> Bool {
    guard !name.hasPrefix("."), !name.hasSuffix("~"), !name.hasSuffix(".pem"), !name.hasSuffix(".der") else {
      return false
    }
    let ending = name.utf8.lastIndex(of: UInt8(ascii: ".")).map { name.utf8[$0...].dropFirst() }
    return ending.map { $0.count != 6 || !$0.allSatisfy(Self.isLetterOrDigit) } ?? true
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  /// Whether a connection below /run or /usr/lib is put out by its UUID: `UUID.nmmeta` that leads to /dev/null (nms-keyfile-utils.c,
  /// `nms_keyfile_nmmeta_read`).
  func hides(_ uuid: String?, in tree: any TreeReading) throws(TreeError) -> Bool {
    guard let uuid else { return false }
    for directory in [path, Self.others.first] {
      if let mask = directory?.appending("\(uuid).nmmeta"), try tree.resolve(mask) == "/dev/null" { return true }
    }
    return false
  }

  static func setting(_ key: String, in tree: any TreeReading) throws(TreeError) -> (value: String, place: String)? {
    last("keyfile", key, of: try settings(in: tree))
  }

  /// What counts in the end, and where it is said.
  static func last(_ section: String, _ key: String, of settings: [Settings]) -> (value: String, place: String)? {
    for file in settings.reversed() {
      guard let value = file.document.value(section, key) else { continue }
      let line = file.document.line(of: section, key).map { ":\($0)" } ?? ""
      return (value.trimmingBlanks, "\(file.path)\(line)")
    }
    return nil
  }

  struct Settings {
    let path: TreePath
    let document: Keyfile
    /// Whether the file counts can depend on the environment of NetworkManager and on its version (NetworkManager.conf(5),
    /// `[.config] enable`), which only the machine can tell.
    let condition: String?
  }

  /// NetworkManager's own settings, the last of which count. Packages' files and those of this boot come before the main one, an
  /// administrator's behind it; of one name /etc's counts, then /run's (nm-config.c, `read_entire_config`).
  static func settings(in tree: any TreeReading) throws(TreeError) -> [Settings] {
    var all: [Settings] = []
    for path in try settingsPaths(in: tree) {
      guard let file = try tree.glance(path) else { continue }
      let document = Keyfile(file.bytes)
      let said = path.parent == main ? "" : document.value(".config", "enable")?.trimmingBlanks ?? ""
      let isEnabled = said.isEmpty ? true : truth(said)
      guard isEnabled != false else { continue }
      all.append(Settings(path: file.path, document: document, condition: isEnabled == nil ? said : nil))
    }
    return all
  }

  /// A boolean of NetworkManager's (nm-shared-utils.c, `_nm_utils_ascii_str_to_bool`); nil for anything else.
  static func truth(_ text: String?) -> Bool? {
    switch text?.trimmingBlanks.lowercased() {
    case "true", "yes", "on", "1": true
    case "false", "no", "off", "0": false
    default: nil
    }
  }

  /// What is no file among them: a link to /dev/null hides nothing here, and NetworkManager does not start ("Not a regular file").
  static func unreadableSettings(in tree: any TreeReading) throws(TreeError) -> [TreePath] {
    var found: [TreePath] = []
    for path in try settingsPaths(in: tree) where path.parent != main {
      if try tree.glance(path) == nil { found.append(path) }
    }
    return found
  }

  private static let main: TreePath = "/etc/NetworkManager"

  private static func settingsPaths(in tree: any TreeReading) throws(TreeError) -> [TreePath] {
    var seen: Set<String> = []
    func files(_ directory: TreePath) throws(TreeError) -> [TreePath] {
      try (tree.listing(directory) ?? []).map(\.name).filter { $0.hasSuffix(".conf") && seen.insert($0).inserted }
        .map { directory.appending($0) }
    }
    let own = try files(main.appending("conf.d"))
    let boot = try files("/run/NetworkManager/conf.d")
    let packages = try files("/usr/lib/NetworkManager/conf.d")
    return packages + boot + [main.appending("NetworkManager.conf")] + own
  }
}
