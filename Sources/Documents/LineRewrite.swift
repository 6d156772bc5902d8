/// Changes at many lines of a file, made in one pass, so that a file of 90,000 lines takes linear time.
struct LineRewrite {
  /// The new content of a line, by its index; nil removes the line.
  var changes: [Int: [UInt8]?] = [:]
  /// New lines, by the index of the line that they stand before; the number of lines appends.
  var insertions: [Int: [[UInt8]]] = [:]

  var isEmpty: Bool { changes.isEmpty && insertions.isEmpty }

  /// The file with the changes. A line keeps its ending, a new one gets the file's, and a missing final newline
  /// stays missing.
  func applied(to lines: Lines) -> [UInt8] {
    let newEnding = lines.dominantEnding
    var output: [UInt8] = []
    var pendingEnding: [UInt8] = []
    func emit(_ content: some Sequence<UInt8>, _ ending: Lines.Ending) {
      output.append(contentsOf: pendingEnding)
      output.append(contentsOf: content)
      pendingEnding = (ending == .none ? newEnding : ending).bytes
    }
    for index in 0...lines.count {
      for content in insertions[index] ?? [] { emit(content, newEnding) }
      guard index < lines.count else { break }
      switch changes[index] {
      case .none: emit(lines[index].content, lines[index].ending)
      case .some(.some(let content)): emit(content, lines[index].ending)
      case .some(.none): break
      }
    }
    if !lines.lacksFinalNewline { output.append(contentsOf: pendingEnding) }
    return output
  }
}
