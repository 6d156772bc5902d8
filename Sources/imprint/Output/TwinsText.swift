internal import Documents
internal import Engine

/// What several have that only one should, for people.
struct TwinsText {
  let ink: Palette

  func text(_ comparison: Comparison) -> String {
    var lines = comparison.twins.flatMap(lines)
    let names = comparison.names.joined(separator: ", ")
    lines.append(
      comparison.twins.isEmpty
        ? ink(.good, "no twins: nothing unique is shared by \(names)")
        : ink(.bad, "twins: \(comparison.twins.count) things that only one should have are shared"))
    return lines.joined(separator: "\n") + "\n"
  }

  private func lines(_ twin: Twin) -> [String] {
    var lines = ["\(ink(.bad, "✗")) \(twin.subject): \(twin.value.printable)"]
    if let reason = twin.reason { lines.append("    " + ink(.faint, reason)) }
    lines += twin.holders.map { holder in
      "    \(holder.name)" + (holder.path.map { ink(.faint, "  \($0.printable)") } ?? "")
    }
    return lines
  }
}
