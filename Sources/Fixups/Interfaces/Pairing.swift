/// Which of the lines that say something become which: those that are right stay, others change in their order, what is
/// lacking is added and what is too much goes.
struct Pairing<Place, Value> {
  private(set) var replaced: [(place: Place, value: Value)] = []
  private(set) var removed: [Place] = []
  private(set) var added: [Value] = []

  /// - Parameters:
  ///   - inOrder: each place holds what is wanted at the same place, for lists of which the first goes first.
  ///   - isSame: whether what is there means what is wanted.
  init(
    _ there: [(place: Place, value: Value)], wanted: [Value], inOrder: Bool = false, isSame: (Value, Value) -> Bool
  ) {
    if inOrder {
      replaced = zip(there, wanted).filter { !isSame($0.value, $1) }.map { ($0.place, $1) }
      removed = there.dropFirst(wanted.count).map(\.place)
      added = Array(wanted.dropFirst(there.count))
      return
    }
    var missing = wanted
    var others: [Place] = []
    for (place, value) in there {
      if let index = missing.firstIndex(where: { isSame(value, $0) }) {
        missing.remove(at: index)
      } else {
        others.append(place)
      }
    }
    replaced = Array(zip(others, missing)).map { ($0, $1) }
    removed = Array(others.dropFirst(missing.count))
    added = Array(missing.dropFirst(others.count))
  }

  var isEmpty: Bool { replaced.isEmpty && removed.isEmpty && added.isEmpty }
}
