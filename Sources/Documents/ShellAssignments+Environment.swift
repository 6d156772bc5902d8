extension ShellAssignments {
  /// Every assignment, also those that may never run, or are for one command only. A shell reads the file up to where it cannot.
  public var environment: [EnvironmentAssignment] {
    var lines = LineCounter(bytes)
    return commands.filter { !$0.definesFunction }.flatMap(\.words).compactMap { word in
      guard let assignment = word.assignment, !assignment.isElement, !assignment.isAppending else { return nil }
      let line = lines.line(of: assignment.valueStart)
      var source = assignment.valueStart..<word.range.upperBound
      // A line that is continued before the value begins.
      while bytes[source].starts(with: [0x5C, 0x0A]) { source = source.dropFirst(2) }
      guard let literal = word.literal?.dropFirst(assignment.name.utf8.count + 1) else {
        let known = literal(assignment.name).map { Array($0.utf8) } ?? Array(bytes[source])
        return EnvironmentAssignment(assignment.name, PlacedBytes(bytes: known), isWorkedOut: true, line: line)
      }
      // As it stands, or between one pair of quotes.
      let inner = ShellValue.quoting(of: bytes[source]) == .bare ? source : source.dropFirst().dropLast()
      let isPlain = bytes[inner].elementsEqual(literal)
      return EnvironmentAssignment(
        assignment.name, PlacedBytes(bytes: Array(literal), places: isPlain ? Array(inner) : []), line: line)
    }
  }
}
