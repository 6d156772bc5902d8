internal import Documents
internal import Engine
internal import Fixups
internal import Site
internal import Tree

/// A plan for people: grouped by fixup, each change with its reason and its diff, then what a live node would do.
struct PlanText {
  let ink: Palette

  func text(_ plan: Plan) -> String {
    var lines = [ink(.heading, "\(plan.node) in \(plan.root)") + ink(.faint, "  (\(plan.platform))")]
    lines.append(ink(.faint, plan.provenance.evidence.printable))
    var group = ""
    for change in plan.changes {
      if change.fixup != group {
        group = change.fixup
        lines += ["", ink(.heading, group)]
      }
      lines += self.lines(change)
      lines += plan.refusals.filter { $0.path == change.path }.map {
        "      " + ink(.warning, "! ") + "an apply would be refused: \($0.error.description.printable)"
      }
    }
    lines += findings(plan.findings)
    lines += consequences(plan)
    lines += ["", summary(plan)]
    return lines.joined(separator: "\n") + "\n"
  }

  func lines(_ change: Change) -> [String] {
    let view = ChangeView(change: change)
    var lines = ["  \(sign(view.verb)) \(change.path.description.printable)\(attributes(view))"]
    lines += change.reasons.map { "      " + ink(.faint, $0) }
    if let remark = view.remark { lines.append("      " + ink(.faint, "(\(remark))")) }
    return lines + view.diff.map { "      " + coloured($0) }
  }

  private func sign(_ verb: ChangeView.Verb) -> String {
    switch verb {
    case .create, .makeDirectory: ink(.added, "+")
    case .remove: ink(.removed, "-")
    case .replace, .changeDirectory, .changeAttributes: ink(.hunk, "~")
    }
  }

  private func attributes(_ view: ChangeView) -> String {
    guard let after = view.after, after != view.before else { return "" }
    guard let before = view.before else { return ink(.faint, "  [\(after)]") }
    return ink(.faint, "  [\(before) → \(after)]")
  }

  private func coloured(_ line: ChangeView.Line) -> String {
    switch line.kind {
    case .header: ink(.heading, line.text)
    case .hunk: ink(.hunk, line.text)
    case .added: ink(.added, line.text)
    case .removed: ink(.removed, line.text)
    case .context: line.text
    case .remark: ink(.faint, line.text)
    }
  }

  /// - Parameter isQuiet: only what is wrong.
  func findings(_ findings: [Plan.Stated<Finding>], isQuiet: Bool = false) -> [String] {
    var lines: [String] = []
    for severity in isQuiet ? [.warning] : [Finding.Severity.warning, .note] {
      let these = findings.filter { $0.value.severity == severity }
      guard !these.isEmpty else { continue }
      lines += ["", ink(.heading, severity == .warning ? "warnings" : "notes")]
      for finding in these {
        lines.append("  " + (severity == .warning ? ink(.warning, "! ") : "- ") + finding.value.text)
        if let advice = finding.value.advice { lines.append("    " + ink(.faint, advice)) }
      }
    }
    return lines
  }

  /// What is wrong, for who wants to hear no more; empty where nothing is.
  func warnings(_ findings: [Plan.Stated<Finding>]) -> String {
    let lines = self.findings(findings, isQuiet: true).dropFirst()
    return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
  }

  /// What is to be done on a running node whose files are right.
  func inEffect(_ node: NodeName, _ steps: [ActivationStep]) -> String {
    let heading = "the files are \(node)'s; what runs is not yet what they say"
    return (lines(steps.map(\.consequence), heading).dropFirst() + [""]).joined(separator: "\n") + "\n"
  }

  private func consequences(_ plan: Plan) -> [String] { lines(plan.consequences, "a live node would then") }

  private func lines(_ consequences: [Consequence], _ heading: String) -> [String] {
    guard !consequences.isEmpty else { return [] }
    var lines = ["", ink(.heading, heading)]
    for (number, consequence) in consequences.enumerated() {
      let because = consequence.because.map(\.description).joined(separator: ", ")
      lines.append("  \(number + 1). \(consequence.action.words)  " + ink(.faint, "\(consequence.purpose)"))
      if !because.isEmpty { lines.append("     " + ink(.faint, "because of \(because.printable)")) }
    }
    return lines
  }

  func summary(_ plan: Plan) -> String {
    let refused = plan.refusals.isEmpty ? "" : ink(.warning, "; an apply would be refused")
    guard !plan.isEmpty else {
      let failures = plan.failures.map(\.value.subject)
      guard !failures.isEmpty else { return ink(.good, "nothing to do: \(plan.node) is as it should be") + refused }
      return ink(
        .warning, "nothing that imprint changes, but not as it should be: \(failures.joined(separator: ", "))")
        + refused
    }
    let verbs = plan.changes.map { ChangeView(change: $0).verb }
    func count(_ wanted: ChangeView.Verb..., word: String) -> String? {
      let number = verbs.filter(wanted.contains).count
      return number == 0 ? nil : "\(number) \(word)"
    }
    let parts = [
      count(.replace, .changeAttributes, .changeDirectory, word: "to change"),
      count(.create, .makeDirectory, word: "to create"), count(.remove, word: "to remove"),
    ].compactMap(\.self)
    return ink(.heading, parts.joined(separator: ", ")) + refused
  }
}
