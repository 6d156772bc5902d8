internal import ArgumentParser

/// A command line with nothing special about it: whole names of options, each once, and no value that begins with a dash.
///
/// Why not the parser for these, too: it asks the Swift runtime about every property of a command by the slowest of its
/// ways, which took a quarter of the instructions of an apply. What is not plain, or not right, is the parser's:
/// it alone explains itself. A test holds the two against each other, option by option.
struct PlainWords {
  /// nil where a word is used up.
  private var words: [String?]
  fileprivate var isPlain: Bool

  init(_ words: ArraySlice<String>) {
    self.words = words.map(\.self)
    isPlain = true
  }

  /// Whether every word was used.
  var isUsedUp: Bool { isPlain && words.allSatisfy { $0 == nil } }

  mutating func flag(_ name: String, _ short: String? = nil) -> Bool {
    guard let index = words.firstIndex(where: { $0 == name || short != nil && $0 == short }) else { return false }
    words[index] = nil
    return true
  }

  mutating func option(_ name: String) -> String? {
    guard let index = words.firstIndex(of: name) else { return nil }
    guard index + 1 < words.count, let value = words[index + 1], value.first != "-" else {
      isPlain = false
      return nil
    }
    words[index] = nil
    words[index + 1] = nil
    return value
  }

  /// An option whose value is of a type that has its own way to be read.
  mutating func option<Value: ExpressibleByArgument>(_ name: String, as type: Value.Type) -> Value? {
    guard let text = option(name) else { return nil }
    if let value = Value(argument: text) { return value }
    isPlain = false
    return nil
  }

  /// The one word that is left; asked for last.
  mutating func argument() -> String? {
    guard let index = words.firstIndex(where: { $0 != nil }), words[index]?.first != "-" else { return nil }
    defer { words[index] = nil }
    return words[index]
  }
}

/// Options that can be read from plain words.
protocol PlainOptions: ParsableArguments {
  /// Sets every one, and uses its words up.
  mutating func take(_ words: inout PlainWords)
}

extension PlainOptions {
  static func plainly(_ words: inout PlainWords) -> Self {
    var options = Self()
    options.take(&words)
    if (try? options.validate()) == nil { words.isPlain = false }
    return options
  }
}

extension ParsableCommand where Self: PlainOptions {
  /// nil for what the parser has to see to.
  static func plainly(_ words: ArraySlice<String>) -> Self? {
    var words = PlainWords(words)
    let command: Self = .plainly(&words)
    return words.isUsedUp ? command : nil
  }
}
