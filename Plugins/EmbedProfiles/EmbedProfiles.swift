import Foundation
import PackagePlugin

/// Compiles every profile of the target into it, so that a new platform is one new file in Profiles/ and nothing else.
///
/// SwiftPM watches the folder of a target, and asks its plugin again when a file comes or goes; the manifest itself can't
/// list them, because what it said is kept until its text changes. The generated source is one table of texts; a shell
/// writes it, so that no tool has to be built first.
@main
struct EmbedProfiles: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let profiles = try FileManager.default.contentsOfDirectory(at: target.directoryURL, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "toml" && !$0.lastPathComponent.hasPrefix(".") }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
    let output = context.pluginWorkDirectoryURL.appending(path: "AllProfiles.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(profiles.count) platform profiles",
        executable: URL(filePath: "/bin/sh"),
        arguments: ["-euc", Self.script, "sh", output.path()] + profiles.map { $0.path() },
        inputFiles: profiles,
        outputFiles: [output])
    ]
  }

  static let script = ######"""
    output=$1; shift
    {
      echo 'extension Profile {'
      echo '  /// In the order of their names.'
      echo '  public static let all: [Profile] = ['
      for profile; do
        name=${profile##*/}
        printf '    Profile(name: "%s", text: ####"""\n' "${name%.toml}"
        # Each start of the program reads one of them: without the lines that say nothing to it.
        sed -e '/^ *#/d' -e '/^ *$/d' "$profile"
        printf '\n"""####),\n'
      done
      echo '  ]'
      echo '}'
    } > "$output"
    """######
}
