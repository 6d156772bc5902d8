/// One platform profile per file of this folder: what an operating system release and its OpenStack packages call things.
///
/// A new platform is one new .toml file here; each build embeds all of them. Site reads and checks them.
public struct Profile: Sendable {
  /// The name of the file without .toml.
  public let name: String
  /// What the file says, without comments and empty lines.
  public let text: StaticString
}
