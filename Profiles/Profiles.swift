/// One platform profile per file of this folder: what an operating system release and its OpenStack packages call things.
///
/// A new platform is one new .toml file here; each build embeds all of them. Site reads and checks them.
public struct Profile: Sendable {
  /// The name of the file without .toml.
  public let name: String
  /// What the file says: a line for each value, before those of its children. It is a letter for what it is (table, array,
  /// string, integer, boolean, real, date) and the number of its children; its key; what it says; with tabs between them.
  public let outline: StaticString
}
