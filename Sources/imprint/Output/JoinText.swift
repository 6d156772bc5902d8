internal import Documents
internal import Engine
internal import Site

/// The table at the end of a join: node by node, what was done and what is left.
struct JoinText {
  let ink: Palette

  func text(_ report: JoinReport) -> String {
    let width = report.entries.map(\.node.description.count).max() ?? 0
    var lines: [String] = []
    for entry in report.entries {
      let mark = entry.isDone ? ink(.good, "✓") : ink(.bad, "✗")
      let name = entry.node.description.padding(to: width)
      let done = entry.done.isEmpty ? ["nothing done"] : entry.done
      let changed =
        entry.changed.isEmpty ? "" : ink(.faint, "  changed \(entry.changed.joined(separator: ", ").printable)")
      lines.append("\(mark) \(name)  \(done.joined(separator: ", "))\(changed)")
      for left in entry.left {
        let advice = left.advice.map { " (\($0))" } ?? ""
        lines.append("    left: \(left.task): \(left.reason)\(advice)".printableLines)
      }
      for remark in entry.remarks { lines.append("    \(ink(.warning, "!")) \(remark.printableLines)") }
    }
    lines.append(summary(report))
    return lines.joined(separator: "\n") + "\n"
  }

  private func summary(_ report: JoinReport) -> String {
    let left = report.entries.filter { !$0.isDone }.map(\.node.description)
    return left.isEmpty
      ? ink(.good, "\(report.node) has joined: nothing is left")
      : ink(
        .bad,
        "\(report.node) has not joined wholly: \(left.joined(separator: ", ")); imprint join takes up what is left")
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
