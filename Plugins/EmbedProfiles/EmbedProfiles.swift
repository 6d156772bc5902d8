import Foundation
import PackagePlugin

/// Compiles every file of Profiles/ into the Site room, so that a new platform is one new file and nothing else.
///
/// The manifest can't list them: SwiftPM keeps what a manifest said until its text changes. A plugin is asked in every
/// build. The generated source is one table of texts; a shell writes it, which needs no tool to be built first.
@main
struct EmbedProfiles: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let directory = context.package.directoryURL.appending(path: "Profiles")
    let profiles = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "toml" && !$0.lastPathComponent.hasPrefix(".") }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedProfiles.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(profiles.count) platform profiles",
        executable: URL(filePath: "/bin/sh"),
        arguments: ["-euc", Self.script, "sh", output.path()] + profiles.map { $0.path() },
        inputFiles: profiles,
        outputFiles: [output])
    ]
  }

  /// A raw string literal holds a profile as it is; the build fails, rather than going astray, where one can't.
  static let script = ######"""
    output=$1; shift
    {
      echo 'extension Platform {'
      echo '  /// The files of Profiles/, as they are.'
      echo '  static let embedded: [(name: String, text: StaticString)] = ['
      for profile; do
        name=${profile##*/}
        printf '    ("%s", ####"""\n' "${name%.toml}"
        cat "$profile"
        printf '\n"""####),\n'
      done
      echo '  ]'
      echo '}'
    } > "$output.new"
    mv "$output.new" "$output"
    """######
}
