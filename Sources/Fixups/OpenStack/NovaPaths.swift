internal import Documents
internal import Site
internal import Tree

extension Platform {
  /// With nova's directories where its files have them: `state_path`, and `instances_path`, which is below that unless it is set
  /// (nova/conf/paths.py and compute.py). A container's are what it calls the volume, and stay what the profile says.
  ///
  /// Whoever reads the files next says what is wrong with them.
  func following(_ tree: any TreeReading, _ configurations: ConfigurationCache) -> Platform {
    var documents = OsloDocuments(configurations)
    guard containers == nil, let order = try? documents.open(nova.configFiles, nova.configDirectories, in: tree) else {
      return self
    }
    func value(_ option: String) -> String? { documents.original("DEFAULT", option, in: order)?.value.trimmingBlanks }
    var platform = self
    if let state = value("state_path").flatMap({ try? AbsolutePath($0) }), state != nova.statePath {
      platform.nova.statePath = state
      platform.nova.instancesPath = (try? AbsolutePath("\(state)/instances")) ?? nova.instancesPath
    }
    guard var instances = value("instances_path") else { return platform }
    for prefix in ["$state_path", "${state_path}"] where instances.hasPrefix(prefix) {
      instances = platform.nova.statePath.description + instances.dropFirst(prefix.count)
    }
    platform.nova.instancesPath = (try? AbsolutePath(instances)) ?? platform.nova.instancesPath
    return platform
  }
}
