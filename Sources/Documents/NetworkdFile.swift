/// A *.network, *.netdev or *.link of systemd, or a drop-in of one (systemd.syntax(7)), lossless. Each section of a name
/// stands for itself: two `[Address]` are two addresses, and a key that is there twice is a list.
public struct NetworkdFile: Sendable, Equatable {
  /// One assignment.
  public struct Setting: Sendable, Equatable {
    public let section: String
    /// Which section of the file it is in, counted from 0.
    public let sectionIndex: Int
    public let key: String
    public let value: String
    /// Counted from 1.
    public let line: Int
  }

  private var file: SectionedLines

  public init(_ bytes: [UInt8]) { file = SectionedLines(bytes, .systemd) }

  public var bytes: [UInt8] { file.bytes }

  /// In file order. What stands before the first section is passed over, as systemd does.
  public var settings: [Setting] { places.map(\.setting) }

  private var places: [(position: Int, setting: Setting)] {
    file.entries.indices.compactMap { index in
      let entry = file.entries[index]
      guard let section = entry.section else { return nil }
      return (
        index,
        Setting(
          section: file.sections[section].name, sectionIndex: section, key: entry.key, value: entry.value,
          line: entry.lines.lowerBound + 1)
      )
    }
  }

  public func settings(_ section: String, _ key: String) -> [Setting] {
    settings.filter { $0.section == section && $0.key == key }
  }

  /// What a key of one value holds in this file; empty counts as unset.
  public func value(_ section: String, _ key: String) -> String? {
    settings(section, key).last.flatMap { $0.value.isEmpty ? nil : $0.value }
  }

  /// A section's own settings, by its place in the file.
  public func settings(inSection index: Int) -> [Setting] { settings.filter { $0.sectionIndex == index } }

  public mutating func replace(_ setting: Setting, with value: String) {
    if let position = position(of: setting) { file.replace(position, with: value) }
  }

  /// Takes the lines out, all at once.
  public mutating func remove(_ settings: [Setting]) { file.remove(settings.compactMap { position(of: $0) }) }

  /// Takes the whole section out that a setting is in.
  public mutating func removeSection(of setting: Setting) { file.remove(section: setting.sectionIndex) }

  /// One more line, in the last section of that name; in a new one where there is none.
  public mutating func add(_ section: String, _ key: String, _ value: String) {
    if let index = file.sections.lastIndex(where: { $0.name == section }) {
      file.insert(key, value, inSection: index)
    } else {
      file.append(section, [(key, value)])
    }
  }

  /// One value: the last line that says it is rewritten, one is added where there is none.
  public mutating func set(_ section: String, _ key: String, to value: String) {
    guard let last = settings(section, key).last else { return add(section, key, value) }
    replace(last, with: value)
  }

  /// Values of one section, by its place in the file: the last line of each key is rewritten, nil takes all of its lines out.
  public mutating func set(inSection index: Int, _ values: [(key: String, value: String?)]) {
    for (key, value) in values {
      let there = settings(inSection: index).filter { $0.key == key }
      if value == nil {
        remove(there)
      } else if let value, let last = there.last {
        replace(last, with: value)
      } else if let value {
        file.insert(key, value, inSection: index)
      }
    }
  }

  public mutating func append(_ section: String, _ settings: [(key: String, value: String)]) {
    file.append(section, settings)
  }

  private func position(of setting: Setting) -> Int? { places.first { $0.setting == setting }?.position }
}
