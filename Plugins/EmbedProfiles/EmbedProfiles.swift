import Foundation
import PackagePlugin

/// Compiles every profile of the target into it, so that a new platform is one new file in Profiles/ and nothing else.
///
/// SwiftPM watches the folder of a target, and asks its plugin again when a file comes or goes; the manifest itself can't
/// list them, because what it said is kept until its text changes. The generated source is one table of outlines, which
/// embed-profiles writes.
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
        executable: try context.tool(named: "embed-profiles").url,
        arguments: [output.path()] + profiles.map { $0.path() },
        inputFiles: profiles,
        outputFiles: [output])
    ]
  }
}
