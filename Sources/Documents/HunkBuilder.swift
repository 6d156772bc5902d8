/// Groups changes into hunks: those whose context lines touch share one.
struct HunkBuilder {
  let old: [ArraySlice<UInt8>]
  let new: [ArraySlice<UInt8>]
  /// The number of the first line of both lists in their files, from 0.
  let firstLine: Int
  let context: Int

  func hunks(_ changes: [LineDifference.Change]) -> [UnifiedDiff.Hunk] {
    var groups: [[LineDifference.Change]] = []
    for change in changes {
      if let last = groups.last?.last, change.old.lowerBound - last.old.upperBound <= 2 * context {
        groups[groups.count - 1].append(change)
      } else {
        groups.append([change])
      }
    }
    return groups.compactMap(hunk)
  }

  private func hunk(_ changes: [LineDifference.Change]) -> UnifiedDiff.Hunk? {
    guard let first = changes.first, let last = changes.last else { return nil }
    let lead = min(context, first.old.lowerBound)
    let oldRange = (first.old.lowerBound - lead)..<min(old.count, last.old.upperBound + context)
    let newStart = first.new.lowerBound - lead
    var lines: [UnifiedDiff.Line] = []
    var position = oldRange.lowerBound
    for change in changes {
      lines += old[position..<change.old.lowerBound].map { .init(kind: .context, bytes: Array($0)) }
      lines += old[change.old].map { .init(kind: .removed, bytes: Array($0)) }
      lines += new[change.new].map { .init(kind: .added, bytes: Array($0)) }
      position = change.old.upperBound
    }
    lines += old[position..<oldRange.upperBound].map { .init(kind: .context, bytes: Array($0)) }
    let newCount = lines.count(where: { $0.kind != .removed })
    return UnifiedDiff.Hunk(
      oldStart: firstLine + oldRange.lowerBound + (oldRange.isEmpty ? 0 : 1), oldCount: oldRange.count,
      newStart: firstLine + newStart + (newCount == 0 ? 0 : 1), newCount: newCount, lines: lines)
  }
}
