extension ShellAssignments {
  /// Sets a variable: afterwards bash reads exactly `value`, and every other variable as before.
  ///
  /// The last assignment is changed where it stands, in its quoting style where the value allows it; earlier ones that
  /// have a line to themselves go. Where nobody can tell which assignment is effective, a new one is added at the end.
  /// A line that ends with CR LF gets LF where the CR would become part of the value.
  public mutating func set(_ key: String, to value: String) throws(EditError) {
    guard ShellName.isName(Array(key.utf8)), !ShellName.isSpecial(key) else { throw .notAName(key) }
    guard let bare = ShellValue.written(value, as: .bare) else {
      throw .notExpressible(key: key, reason: "it has a NUL in it")
    }
    try checkEditable(key)
    let wanted = ShellEvaluation.Known.literal(Array(value.utf8))
    var candidates: [[ByteEdit]] = []
    let stale = staleRemovals(key)
    if let inPlace = inPlaceEdit(key, value) {
      if !isReadElsewhere(key) { candidates = [stale + inPlace, inPlace] }
      if inPlace.isEmpty { candidates.append([]) }
    }
    let line = Array("\(key)=".utf8) + bare
    if isReadElsewhere(key) { candidates.append([addition(of: line)]) }
    candidates += [stale + [addition(of: line)], [addition(of: line)]]
    try take(candidates, key, wanted)
  }

  /// Rewrites the text of a value that only a shell can work out, quotes and substitutions and all: every other variable stays as it is.
  ///
  /// - Parameter source: as ``Value/unknown(_:)`` has it.
  public mutating func rewrite(_ key: String, to source: String) throws(EditError) {
    try checkEditable(key)
    guard let index = evaluation.effective(key), let now = sourceRange(ofSite: index) else {
      let position = evaluation.doubtfulStop ?? evaluation.stop ?? bytes.count
      throw .unreadable(
        line: line(of: key) ?? Self.line(of: position, in: bytes),
        reason: "the shell may not read \(key) as it stands here")
    }
    try take([[ByteEdit(range: now, bytes: Array(source.utf8))]], key, .unknown(source))
  }

  /// Unsets a variable: every assignment of it goes, with its line where it has one to itself. Where one stands in a
  /// branch or something else still reads it, `unset` is added at the end instead.
  public mutating func remove(_ key: String) throws(EditError) {
    guard keys.contains(key) else { return }
    try checkEditable(key)
    var candidates: [[ByteEdit]] = []
    let removals = evaluation.plainSites.filter { $0.name == key }.map { removal(of: $0) }
    let isConditional = evaluation.conditionalNames.contains(key)
    let unset = addition(of: Array("unset \(key)".utf8))
    if !isConditional, !isReadElsewhere(key) {
      // What something opaque assigns must go, too.
      candidates.append(evaluation.sawOpaque && value(key) != nil ? merged(removals) + [unset] : merged(removals))
    }
    if value(key) == nil { candidates.append([]) }
    candidates.append([unset])
    try take(candidates, key, .unset)
  }

  private func checkEditable(_ key: String) throws(EditError) {
    if let problem { throw .unreadable(line: problem.line, reason: problem.reason) }
    if let position = evaluation.frozen[key] { throw .fixed(key: key, line: Self.line(of: position, in: bytes)) }
  }

  /// Takes the first edit after which bash reads what it should.
  private mutating func take(
    _ candidates: [[ByteEdit]], _ key: String, _ wanted: ShellEvaluation.Known
  ) throws(EditError) {
    for edits in candidates {
      let edited = ShellAssignments(ByteEdit.apply(edits, to: bytes))
      guard edited.problem == nil, (edited.evaluation.value(key) ?? .unset) == wanted,
        isUnchanged(in: edited, except: key)
      else { continue }
      if !edits.isEmpty { self = edited }
      return
    }
    let position = evaluation.doubtfulStop ?? evaluation.stop ?? bytes.count
    throw .unreadable(
      line: Self.line(of: position, in: bytes), reason: "the shell may not read \(key) as it should be")
  }

  private func isUnchanged(in edited: ShellAssignments, except key: String) -> Bool {
    let (before, after) = (evaluation.snapshots, edited.evaluation.snapshots)
    // Opaque words that went with an assignment took their snapshots along.
    guard before.count == after.count else { return false }
    return evaluation.hasSameValues(as: edited.evaluation, except: key)
      && zip(before, after).allSatisfy { old, new in
        old.allSatisfy { name, value in name == key || new[name] == value }
          && new.keys.allSatisfy { $0 == key || old[$0] != nil }
      }
  }

  /// Whether a value that only the shell can work out mentions this variable.
  private func isReadElsewhere(_ key: String) -> Bool {
    let name = Array(key.utf8)
    return evaluation.opaqueSources.contains { $0.name != key && $0.source.contains(name) }
  }

  /// Nothing to do gives no edits; nil means that no assignment is surely the effective one.
  private func inPlaceEdit(_ key: String, _ value: String) -> [ByteEdit]? {
    guard let index = evaluation.effective(key) else { return nil }
    let site = evaluation.plainSites[index]
    let word = commands[site.command].words[site.word]
    // An expansion that sets another variable or ends the shell has to stay.
    guard let assignment = word.assignment, !word.mayAssign, !word.mayStop else { return nil }
    if evaluation.value(key) == .literal(Array(value.utf8)) { return [] }
    let source = assignment.valueStart..<word.range.upperBound
    guard let written = ShellValue.written(value, as: ShellValue.quoting(of: bytes[source])) else { return nil }
    let start = assignment.isAppending ? assignment.valueStart - 2 : assignment.valueStart
    return [ByteEdit(range: start..<source.upperBound, bytes: (assignment.isAppending ? [0x3D] : []) + written)]
  }

  /// Earlier assignments of the same variable that stand alone on their lines, and that nothing can have read.
  private func staleRemovals(_ key: String) -> [ByteEdit] {
    let end = evaluation.effective(key) ?? evaluation.plainSites.count
    guard evaluation.sitesBeforeLastOpaque < end else { return [] }
    return evaluation.plainSites[evaluation.sitesBeforeLastOpaque..<end]
      .filter { $0.name == key }
      .compactMap { wholeLines(of: $0).map { ByteEdit(range: $0, bytes: []) } }
  }

  /// A line of its own at the end of what the shell reads. It ends with LF, for bash would read a CR into the value.
  private func addition(of line: [UInt8]) -> ByteEdit {
    if let stop = evaluation.stop {
      let start = ShellLines.start(of: stop, in: bytes)
      return ByteEdit(range: start..<start, bytes: line + [0x0A])
    }
    let end = bytes.count..<bytes.count
    if bytes.isEmpty || bytes.last == 0x0A {
      // After a backslash the newline at the end is none: what follows would join the last word.
      let backslashes = bytes.dropLast().reversed().prefix { $0 == 0x5C }.count
      return ByteEdit(range: end, bytes: (backslashes % 2 == 1 ? [0x0A] : []) + line + [0x0A])
    }
    // A backslash at the very end would take the newline that we add for a continuation.
    return ByteEdit(range: end, bytes: (bytes.last == 0x5C ? [0x0A, 0x0A] : [0x0A]) + line)
  }
}
