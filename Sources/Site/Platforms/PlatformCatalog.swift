// The profiles of this program: every file of Profiles/, compiled in by the EmbedProfiles plugin.

internal import Glibc
internal import Profiles

extension Platform {
  /// The names of the profiles in this program.
  public static var names: [String] { Profile.all.filter { !isOverHost($0.text) }.map(\.name) }

  /// Those for services in containers, which stand over a host's.
  public static var containers: [ContainerPlatform] {
    Profile.all.filter { isOverHost($0.text) }.compactMap { profile in
      // A test reads every one.
      try? ContainerPlatform.parse(profile.text.bytes, name: profile.name)
    }
  }

  private static func isOverHost(_ text: StaticString) -> Bool {
    text.mentions("over = ")
      && head(text.bytes).split(separator: UInt8(ascii: "\n")).contains { $0.starts(with: "over = ".utf8) }
  }

  /// A profile of this program by its name.
  public static func named(_ name: String) -> Platform? {
    Profile.all.first { $0.name == name }.flatMap { profile(name, $0.text) }
  }

  /// The profile of this program for an operating system release, given what its os-release(5) says.
  ///
  /// A profile for the release itself goes before one for what the release is like.
  public static func detect(osRelease: [String: String]) -> Platform? {
    guard let id = osRelease["ID"] else { return nil }
    let version = osRelease["VERSION_ID"] ?? ""
    let kin = (osRelease["ID_LIKE"] ?? "").split(separator: " ").map(String.init)
    for name in [id] + kin {
      for candidate in Profile.all where candidate.text.mentions(name) {
        guard releases(candidate.text).contains(where: { $0.matches(name, version) }) else { continue }
        return profile(candidate.name, candidate.text)
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

  private static func profile(_ name: String, _ text: StaticString) -> Platform? {
    // A test reads every profile; one that can't be read doesn't leave the house.
    try? parse(text.bytes, file: "\(name).toml")
  }

  /// What a profile says of the releases that it is for. Each start of the program asks, so the rest of the text is
  /// not read where the top of it says so.
  private static func releases(_ text: StaticString) -> [Release] {
    let whole = text.bytes
    let top = releases(head(whole))
    return top.isEmpty ? releases(whole) : top
  }

  private static func releases(_ bytes: [UInt8]) -> [Release] {
    guard let entries = try? readTOML(bytes) else { return [] }
    var reader = TableReader(entries, title: "", place: .start, problems: Problems(file: ""))
    return Release.list(&reader)
  }

  /// The lines before the first table that isn't [[match]].
  private static func head(_ bytes: [UInt8]) -> [UInt8] {
    var start = 0
    while start < bytes.count {
      let line = bytes[start...]
      if line.first == UInt8(ascii: "["), !line.starts(with: "[[match]]".utf8) { return Array(bytes[..<start]) }
      start = (line.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex - 1) + 1
    }
    return bytes
  }
}

extension Platform.Release {
  /// Whether an ID and a VERSION_ID of os-release(5) are of this release: 7 stands for 7 and 7.9, not for 70.
  func matches(_ id: String, _ version: String) -> Bool {
    id == self.id
      && (versions.isEmpty || versions.contains { version == $0 || version.hasPrefix("\($0).") })
  }
}

extension StaticString {
  fileprivate var bytes: [UInt8] { withUTF8Buffer { Array($0) } }

  /// Whether a word stands somewhere in it. Far cheaper to know than what the text says, and nearly all profiles are of
  /// other systems.
  fileprivate func mentions(_ word: String) -> Bool {
    utf8Start.withMemoryRebound(to: CChar.self, capacity: utf8CodeUnitCount + 1) { strstr($0, word) != nil }
  }
}
