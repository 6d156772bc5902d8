/// What is wrong with a file, gathered while it is read, so that all of it can be said in one go.
final class Problems {
  let file: String
  private var reportedOnce: Set<Place> = []
  private var found: [(place: Place, problem: SiteProblem)] = []

  /// More than anybody reads. A file of nonsense would otherwise cost more memory than its own size.
  static let limit = 1000

  init(file: String) { self.file = file }

  /// Whether the rest would not be shown any more.
  var isFull: Bool { found.count >= Self.limit }

  func report(_ place: Place, _ message: String, _ suggestion: String? = nil) {
    guard !isFull else { return }
    let problem = SiteProblem(
      file: file, line: place.line, column: place.column, message: message, suggestion: suggestion)
    found.append((place, problem))
  }

  /// The question whether a known word was meant. Not asked where nobody would see it.
  func guess(_ word: String, _ known: some Collection<String>) -> String? {
    isFull ? nil : closest(word, known).map { "did you mean \(quoted($0))?" }
  }

  /// Reports a mistake that many things suffer from, with the first of them.
  func reportOnce(_ place: Place, _ message: String, _ suggestion: String) {
    if reportedOnce.insert(place).inserted { report(place, message, suggestion) }
  }

  func report(_ place: Place, _ invalid: InvalidValue) { report(place, invalid.message, invalid.suggestion) }

  /// Throws what was found, in the order of the file.
  func throwIfAny() throws(SiteProblems) {
    guard !found.isEmpty else { return }
    // Two at one place keep the order in which they were found.
    let order = found.indices.sorted { (found[$0].place, $0) < (found[$1].place, $1) }
    throw SiteProblems(order.map { found[$0].problem })
  }
}

/// A value and where it stands in the file.
struct Placed<Value> {
  var value: Value
  var place: Place

  init(_ value: Value, _ place: Place) {
    self.value = value
    self.place = place
  }
}

/// Reads the entries of a document, or throws the one syntax error that a reader of TOML can find.
func readDocument(_ bytes: [UInt8], file: String) throws(SiteProblems) -> [TOMLEntry] {
  let problems = Problems(file: file)
  var entries: [TOMLEntry] = []
  // toml++ keeps some hundred bytes for each value; nobody writes a site of this size by hand.
  if bytes.count > 16 << 20 {
    problems.report(.start, "the file has \(bytes.count) bytes", "at most \(16 << 20) are read")
  } else {
    do {
      entries = try readTOML(bytes)
    } catch {
      problems.report(error.place, "this is not TOML\(explanation(error, bytes))")
    }
  }
  try problems.throwIfAny()
  return entries
}

/// What the library says of a syntax error, in our words where its own are of no help.
private func explanation(_ error: TOMLSyntaxError, _ bytes: [UInt8]) -> String {
  // It repeats what it saw, and that may be part of a secret.
  let line = bytes.split(separator: 10, maxSplits: error.place.line, omittingEmptySubsequences: false)
    .dropFirst(error.place.line - 1).first
  if let line, String(decoding: line, as: UTF8.self).contains("password") { return "; texts stand in quotes" }
  if error.message.contains("TOML_MAX_NESTED_VALUES") { return ": lists and tables are nested too deeply" }
  // The escaped quotes of a message in quotes are none of the reader's business.
  let start = "Error while parsing "
  let message = error.message.hasPrefix(start) ? String(error.message.dropFirst(start.count)) : error.message
  return ": "
    + String(message.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
}
