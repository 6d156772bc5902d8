internal import Documents
internal import Tree

/// What systemd gives OpenStack's services in their environment (systemd.exec(5), "Environment").
struct UnitEnvironment {
  /// Where a setting stands.
  struct Said {
    let setting: EnvironmentSetting
    let path: TreePath
    let line: Int
  }

  /// The files that units have it read (`EnvironmentFile=`), each once.
  private(set) var files: [FileSnapshot] = []
  /// Unit files and drop-ins.
  private(set) var parts: Set<TreePath> = []
  /// By a file's path, which services it is for.
  private(set) var readers: [TreePath: Set<String>] = [:]
  /// Of each service and each name what counts: the last, and a file before what stands in units.
  private(set) var counting: [(unit: String, said: Said)] = []

  init(_ tree: any TreeReading, where isWanted: (String) -> Bool) throws {
    let units = try UnitFiles(tree)
    let given = try Self.managers(tree)
    for unit in units.services(where: isWanted) {
      var (said, paths, taken) = (given, [String](), Set<String>())
      for said in given where ServiceEnvironment.isOpenStack(unit) { readers[said.path, default: []].insert(unit) }
      for path in try units.parts(of: unit) ?? [] {
        guard let file = try tree.file(path) else { continue }
        parts.insert(file.path)
        readers[file.path, default: []].insert(unit)
        var own: [Said] = []
        for setting in NetworkdFile(file.bytes).settings where setting.section == "Service" {
          if setting.key == "Environment" {
            // Empty takes back all before it.
            if setting.value.isEmpty { (said, own) = (given, []) }
            own += Self.said(setting.value, file.path, setting.line)
          } else if setting.key == "EnvironmentFile" {
            if setting.value.isEmpty { paths = [] } else { paths.append(setting.value) }
          } else if setting.key == "UnsetEnvironment" {
            // A name, or a name with the value that it must have; after all files.
            if setting.value.isEmpty { taken = [] }
            taken.formUnion(setting.value.split { " \t\"'".contains($0) }.map(String.init))
          }
        }
        said += own
      }
      for file in try Self.environmentFiles(paths, tree) {
        if !files.contains(where: { $0.path == file.path }) { files.append(file) }
        readers[file.path, default: []].insert(unit)
        for (index, line) in Lines(file.bytes).enumerated() where Self.gives(line.text) {
          said += EnvironmentSetting.all(in: line.content).map { Said(setting: $0, path: file.path, line: index + 1) }
        }
      }
      let last = Dictionary(said.map { ($0.setting.name, $0) }, uniquingKeysWith: { _, later in later })
      counting += last.sorted { $0.key < $1.key }.map { (unit, $0.value) }.filter { _, said in
        !taken.contains(said.setting.name) && !taken.contains("\(said.setting.name)=\(said.setting.value)")
      }
    }
  }

  /// Neither a comment nor a list of what is taken away again.
  static func gives(_ line: String) -> Bool {
    let text = line.trimmingBlanks
    return text.first.map { !"#;".contains($0) } ?? false && !text.hasPrefix("UnsetEnvironment")
  }

  private static func said(_ text: String, _ path: TreePath, _ line: Int) -> [Said] {
    EnvironmentSetting.all(in: Array(text.utf8)[...]).map { Said(setting: $0, path: path, line: line) }
  }

  /// `DefaultEnvironment=` of the manager, for every unit (systemd-system.conf(5)). Of the main file the first counts.
  private static func managers(_ tree: any TreeReading) throws -> [Said] {
    var said: [Said] = []
    let main = try tree.regularFiles(matching: ["/etc/systemd/system.conf", "/usr/lib/systemd/system.conf"]).prefix(1)
    var names: Set<String> = []
    let dropIns = try tree.regularFiles(matching: managersDropIns)
      .filter { names.insert($0.path.name).inserted }.sorted { $0.path.name < $1.path.name }
    for file in main + dropIns {
      for setting in NetworkdFile(file.bytes).settings("Manager", "DefaultEnvironment") {
        if setting.value.isEmpty { said = [] }
        said += Self.said(setting.value, file.path, setting.line)
      }
    }
    return said
  }

  private static let managersDropIns = ["/etc/systemd/system.conf.d/*.conf", "/usr/lib/systemd/system.conf.d/*.conf"]

  /// `-` lets one be missing, and a pattern is one of glob(7). One whose path has a specifier nobody here knows.
  private static func environmentFiles(_ paths: [String], _ tree: any TreeReading) throws -> [FileSnapshot] {
    var files: [FileSnapshot] = []
    for path in paths {
      let path = path.hasPrefix("-") ? String(path.dropFirst()) : path
      guard path.hasPrefix("/"), !path.contains("%") else { continue }
      files += try tree.regularFiles(tree.globbed(path)).files.compactMap { try tree.file($0.path) }
    }
    return files
  }
}
