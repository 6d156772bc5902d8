// The profiles of this program: every file of Profiles/, compiled in by the EmbedProfiles plugin.

internal import Glibc
internal import Profiles

extension Platform {
  /// The names of the profiles in this program.
  public static var names: [String] { Profile.all.filter { !$0.isOverHost }.map(\.name) }

  /// Those for services in containers, which stand over a host's.
  public static var containers: [ContainerPlatform] { containers { _ in true } }

  /// The one of them whose marker a tree has.
  public static func containers(
    markedBy isThere: (AbsolutePath) throws -> Bool
  ) rethrows -> [ContainerPlatform] {
    // A test reads every one.
    try Profile.all.filter(\.isOverHost).filter { profile in
      try profile.first("marker").flatMap { try? AbsolutePath($0) }.map(isThere) ?? false
    }.compactMap { try? ContainerPlatform.read($0.entries, name: $0.name) }
  }

  /// A profile of this program by its name.
  public static func named(_ name: String) -> Platform? {
    Profile.all.first { $0.name == name }.flatMap { profile(name, $0.entries) }
  }

  /// The profile of this program for an operating system release, given what its os-release(5) says.
  ///
  /// A profile for the release itself goes before one for what the release is like.
  public static func detect(osRelease: [String: String]) -> Platform? {
    guard let id = osRelease["ID"] else { return nil }
    let version = osRelease["VERSION_ID"] ?? ""
    let kin = (osRelease["ID_LIKE"] ?? "").split(separator: " ").map(String.init)
    for name in [id] + kin {
      for candidate in Profile.all where candidate.mentions(name) {
        let entries = candidate.entries
        guard releases(entries).contains(where: { $0.matches(name, version) }) else { continue }
        return profile(candidate.name, entries)
      }
    }
    return nil
  }

  /// Whether this profile is for an operating system release, or for one that it says it is like.
  public func isMeant(by osRelease: [String: String]) -> Bool {
    let kin = (osRelease["ID_LIKE"] ?? "").split(separator: " ").map(String.init)
    return ([osRelease["ID"] ?? ""] + kin).contains { name in
      match.contains { $0.matches(name, osRelease["VERSION_ID"] ?? "") }
    }
  }

  private static func profile(_ name: String, _ entries: [TOMLEntry]) -> Platform? {
    // A test reads every profile; one that can't be read doesn't leave the house.
    try? read(entries, name: name, file: "\(name).toml")
  }

  /// What a profile says of the releases that it is for.
  private static func releases(_ entries: [TOMLEntry]) -> [Release] {
    let match = entries.filter { $0.key == "match" }
    var reader = TableReader(match, title: "", place: .start, problems: Problems(file: ""))
    return Release.list(&reader)
  }
}

extension Platform.Release {
  /// Whether an ID and a VERSION_ID of os-release(5) are of this release: 7 stands for 7 and 7.9, not for 70.
  func matches(_ id: String, _ version: String) -> Bool {
    id == self.id
      && (versions.isEmpty || versions.contains { version == $0 || version.hasPrefix("\($0).") })
  }
}

extension Profile {
  fileprivate var isOverHost: Bool { mentions("\tover\t") && first("over") != nil }

  /// Whether a text stands somewhere in it. Far cheaper to know than what it says, and nearly all profiles are of other systems.
  fileprivate func mentions(_ text: String) -> Bool {
    outline.utf8Start.withMemoryRebound(to: CChar.self, capacity: outline.utf8CodeUnitCount + 1) {
      strstr($0, text) != nil
    }
  }
}
