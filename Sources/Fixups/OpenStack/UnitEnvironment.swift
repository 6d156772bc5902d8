internal import Documents
internal import Tree

/// What systemd gives OpenStack's services in their environment (systemd.exec(5), "Environment").
struct UnitEnvironment {
  /// Where a setting stands.
  struct Said {
    let setting: EnvironmentSetting
    let path: TreePath
  }

  /// The files of units, and those that units have it read (`EnvironmentFile=`), each once.
  private(set) var files: [(file: FileSnapshot, reader: EnvironmentSetting.Reader)] = []
  private var seen: Set<TreePath> = []
  /// Those that were looked at.
  let services: Set<String>
  /// By a file's path, which services it is for.
  private(set) var readers: [TreePath: Set<String>] = [:]
  /// Of each service and each name what counts: the last, and a file before what stands in units.
  private(set) var counting: [(unit: String, said: Said)] = []

  /// Unit files and drop-ins.
  var parts: Set<TreePath> { Set(files.filter { $0.reader == .unit }.map(\.file.path)) }

  init(_ tree: any TreeReading, where isWanted: (String) -> Bool) throws {
    let units = try UnitFiles(tree)
    let wanted = units.services(where: isWanted)
    services = Set(wanted)
    let given = try managers(tree)
    for unit in wanted {
      var (said, paths, taken) = (given, [String](), Set<String>())
      for said in given where ServiceEnvironment.isOpenStack(unit) { readers[said.path, default: []].insert(unit) }
      for path in try units.parts(of: unit) ?? [] {
        guard let file = try tree.file(path) else { continue }
        note(file, .unit, unit)
        var own: [Said] = []
        let text = UnitText(file.bytes)
        for setting in text.settings where setting.section == "Service" {
          if setting.key == "Environment" {
            // Empty takes back all before it.
            if setting.value.isEmpty { (said, own) = (given, []) }
            own += Self.said(setting, text, file.path)
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
        note(file, .variables, unit)
        said += EnvironmentSetting.all(in: file, .variables).map { Said(setting: $0, path: file.path) }
      }
      let last = Dictionary(said.map { ($0.setting.name, $0) }, uniquingKeysWith: { _, later in later })
      counting += last.sorted { $0.key < $1.key }.map { (unit, $0.value) }.filter { _, said in
        !taken.contains(said.setting.name) && !taken.contains("\(said.setting.name)=\(said.setting.value)")
      }
    }
  }

  private mutating func note(_ file: FileSnapshot, _ reader: EnvironmentSetting.Reader, _ unit: String?) {
    if seen.insert(file.path).inserted { files.append((file, reader)) }
    if let unit { readers[file.path, default: []].insert(unit) }
  }

  private static func said(_ setting: UnitText.Setting, _ text: UnitText, _ path: TreePath) -> [Said] {
    text.assignments(of: setting).compactMap { EnvironmentSetting($0) }.map { Said(setting: $0, path: path) }
  }

  /// `DefaultEnvironment=` of the manager, for every unit (systemd-system.conf(5)). Of the main file the first counts.
  private mutating func managers(_ tree: any TreeReading) throws -> [Said] {
    var said: [Said] = []
    let main = try tree.regularFiles(matching: ["/etc/systemd/system.conf", "/usr/lib/systemd/system.conf"]).prefix(1)
    var names: Set<String> = []
    let dropIns = try tree.regularFiles(matching: Self.managersDropIns)
      .filter { names.insert($0.path.name).inserted }.sorted { $0.path.name < $1.path.name }
    for file in main + dropIns {
      note(file, .unit, nil)
      let text = UnitText(file.bytes)
      for setting in text.settings where setting.section == "Manager" && setting.key == "DefaultEnvironment" {
        if setting.value.isEmpty { said = [] }
        said += Self.said(setting, text, file.path)
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
