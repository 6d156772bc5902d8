/// The known word that a mistyped one was probably meant to be: few enough slips away, and the fewest.
func closest(_ word: String, _ known: some Collection<String>) -> String? {
  // Long words and long lists are no typing slips, and comparing them would take long.
  guard (1...32).contains(word.unicodeScalars.count), known.count <= 100 else { return nil }
  let folded = Array(word.lowercased().replacing("_", with: "-").unicodeScalars)
  let allowed = max(1, folded.count / 3)
  var best: (word: String, slips: Int)?
  for candidate in known where candidate.unicodeScalars.count <= 32 {
    let slips = slipCount(folded, Array(candidate.lowercased().unicodeScalars))
    if slips <= allowed, slips < best?.slips ?? .max { best = (candidate, slips) }
  }
  return best?.word
}

/// Letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
private func slipCount(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for (row, letter) in left.enumerated() {
    var current = [row + 1]
    for (column, other) in right.enumerated() {
      var slips = min(last[column] + (letter == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
        slips = min(slips, beforeLast[column - 1] + 1)
      }
      current.append(slips)
    }
    (beforeLast, last) = (last, current)
  }
  return last[right.count]
}
