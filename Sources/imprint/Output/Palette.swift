/// Colours, or none: the words are the same either way.
struct Palette {
  let isColoured: Bool

  enum Ink: String {
    case added = "32"
    case removed = "31"
    case hunk = "36"
    case heading = "1"
    case faint = "2"
    case warning = "33"
    case good = "1;32"
    case bad = "1;31"
  }

  func callAsFunction(_ ink: Ink, _ text: String) -> String {
    isColoured ? "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m" : text
  }
}
