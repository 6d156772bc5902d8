import Foundation
import Support

/// `{{kind words}}` in a file of a fixture: something that each run makes anew, or finds anew.
struct Placeholder {
  let text: String
  var kind: String { String(text.split(separator: " ").first ?? "") }
  var words: [String] { text.split(separator: " ").dropFirst().map(String.init) }

  private static let opening = "{{"
  private static let closing = "}}"

  /// The placeholder that is all of a file, but for a newline.
  init?(whole text: String) {
    let trimmed = text.hasSuffix("\n") ? text.dropLast() : text[...]
    guard trimmed.hasPrefix(Self.opening), trimmed.hasSuffix(Self.closing) else { return nil }
    let inner = trimmed.dropFirst(2).dropLast(2)
    guard !inner.contains(Self.opening) else { return nil }
    self.text = String(inner)
  }

  private init(text: String) { self.text = text }

  static func isIn(_ bytes: [UInt8]) -> Bool { bytes.contains(Array(opening.utf8)) }

  enum Piece {
    case literal(String)
    case placeholder(Placeholder)
  }

  static func pieces(of text: String) -> [Piece] {
    var pieces: [Piece] = []
    var rest = text[...]
    while let start = rest.range(of: opening), let end = rest[start.upperBound...].range(of: closing) {
      pieces.append(.literal(String(rest[..<start.lowerBound])))
      pieces.append(.placeholder(Placeholder(text: String(rest[start.upperBound..<end.lowerBound]))))
      rest = rest[end.upperBound...]
    }
    pieces.append(.literal(String(rest)))
    return pieces
  }

  static func replaced(in text: String, _ value: (Placeholder) throws -> String) rethrows -> String {
    try pieces(of: text).map { piece in
      switch piece {
      case .literal(let text): text
      case .placeholder(let placeholder): try value(placeholder)
      }
    }.joined()
  }

  /// What stands in a text where a template has its placeholders; nil where the rest is not the same.
  static func values(_ template: String, _ text: String) -> [(Placeholder, String)]? {
    var found: [(Placeholder, String)] = []
    var rest = text[...]
    var pending: Placeholder?
    let pieces = pieces(of: template)
    for (index, piece) in pieces.enumerated() {
      switch piece {
      case .placeholder(let placeholder): pending = placeholder
      case .literal(let literal):
        if let placeholder = pending {
          let isLast = index == pieces.count - 1
          let end = isLast && literal.isEmpty ? rest.endIndex : rest.range(of: literal)?.lowerBound
          guard let end, !(isLast && rest[end...] != literal) else { return nil }
          found.append((placeholder, String(rest[..<end])))
          rest = rest[end...]
          pending = nil
        }
        guard rest.hasPrefix(literal) else { return nil }
        rest = rest.dropFirst(literal.count)
      }
    }
    return rest.isEmpty ? found : nil
  }
}
