internal import CYaml

/// A YAML document, as far as clouds.yaml goes: mappings, sequences, and scalars as they stand there. Tags mean nothing.
indirect enum YAML: Sendable, Equatable {
  case scalar(String)
  case sequence([YAML])
  /// In the order of the file; of two equal keys the later counts.
  case mapping([(key: String, value: YAML)])

  enum Failure: Error, Equatable {
    /// libyaml is not there.
    case noLibrary
    /// Line and column counted from 1. The text itself may hold a password and is not repeated.
    case malformed(line: Int, column: Int)
    /// Deeper, or with more aliases unfolded, than any honest file.
    case tooLarge
  }

  static let depthLimit = 64
  static let nodeLimit = 100_000

  /// - Returns: nil for an empty document.
  static func parse(_ bytes: [UInt8]) throws(Failure) -> YAML? {
    guard let library = imprint_yaml()?.pointee else { throw .noLibrary }
    var reader = YAMLReader(library)
    return try reader.read(bytes)
  }

  subscript(key: String) -> YAML? {
    if case .mapping(let entries) = self { entries.last { $0.key == key }?.value } else { nil }
  }

  var text: String? { if case .scalar(let text) = self { text } else { nil } }

  var entries: [(key: String, value: YAML)] { if case .mapping(let entries) = self { entries } else { [] } }

  /// With what the other says on top, mapping by mapping.
  func merged(with other: YAML) -> YAML {
    guard case .mapping(var entries) = self, case .mapping(let others) = other else { return other }
    for (key, value) in others {
      if let index = entries.lastIndex(where: { $0.key == key }) {
        entries[index].value = entries[index].value.merged(with: value)
      } else {
        entries.append((key, value))
      }
    }
    return .mapping(entries)
  }

  var nodes: Int {
    switch self {
    case .scalar: 1
    case .sequence(let items): items.reduce(1) { $0 + $1.nodes }
    case .mapping(let entries): entries.reduce(1) { $0 + 1 + $1.value.nodes }
    }
  }

  static func == (left: YAML, right: YAML) -> Bool {
    switch (left, right) {
    case (.scalar(let one), .scalar(let other)): one == other
    case (.sequence(let one), .sequence(let other)): one == other
    case (.mapping(let one), .mapping(let other)):
      one.count == other.count && zip(one, other).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    default: false
    }
  }
}
