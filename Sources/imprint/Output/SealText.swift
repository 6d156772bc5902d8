internal import Engine
internal import Fixups

/// What a seal takes out, for people, and what became of it.
struct SealText {
  let ink: Palette

  func text(_ plan: SealPlan, _ name: String) -> String {
    let text = PlanText(ink: ink)
    var lines = [ink(.heading, "what goes from \(name)") + ink(.faint, "  (\(plan.platform))"), ""]
    lines += plan.changes.flatMap(text.lines)
    lines += text.findings(plan.findings)
    return lines.joined(separator: "\n") + "\n\n"
  }

  func findings(_ plan: SealPlan) -> String {
    let lines = PlanText(ink: ink).findings(plan.findings)
    return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n\n"
  }

  /// - Parameter isTrimmed: Whether nothing is left in free blocks.
  func outcome(_ sealed: Sealed, _ name: String, isTrimmed: Bool) -> String {
    var lines: [String] = []
    if sealed.isDone {
      let count = sealed.plan.changes.count
      lines.append(ink(.good, "\(name) is sealed: \(count) \(count == 1 ? "change" : "changes")"))
    } else if sealed.plan.isEmpty {
      lines.append(ink(.good, "\(name) is sealed already; nothing is changed"))
    } else {
      return "Nothing was changed.\n"
    }
    if sealed.pruned > 0 {
      let words = sealed.pruned == 1 ? "1 earlier transaction is" : "\(sealed.pruned) earlier transactions are"
      lines.append("\(words) forgotten, with the old keys that they kept; none can be rolled back")
    }
    if sealed.isDone {
      lines.append("this cannot be rolled back")
      if !isTrimmed {
        lines.append(
          sealed.isErased
            ? "the old keys were written over; what never writes in place (btrfs, snapshots, drives) holds them until it is trimmed"
            : "blocks that are free now may still hold the old keys until they are trimmed")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
