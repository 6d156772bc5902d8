internal import Documents
internal import Tree

/// What os-release(5) of a tree says.
struct OperatingSystem {
  let fields: [String: String]
  let path: TreePath

  /// What it calls itself, for messages.
  var title: String { fields["PRETTY_NAME"] ?? fields["NAME"] ?? fields["ID"] ?? "a system without a name" }

  init(of tree: any TreeReading) throws {
    for path: TreePath in ["/etc/os-release", "/usr/lib/os-release"] {
      guard let file = try tree.file(path) else { continue }
      let assignments = ShellAssignments(file.bytes)
      var fields: [String: String] = [:]
      for key in ["ID", "ID_LIKE", "VERSION_ID", "NAME", "PRETTY_NAME"] {
        // A carriage return ends a line too, for systemd that is (parse_env_file).
        if let text = assignments.literal(key) {
          fields[key] = text.last?.isNewline == true ? String(text.dropLast()) : text
        }
      }
      (self.fields, self.path) = (fields, file.path)
      return
    }
    throw EngineError(
      .invalid, "there is no os-release in the tree: is it a root directory?",
      advice: "name the platform with --profile")
  }
}
