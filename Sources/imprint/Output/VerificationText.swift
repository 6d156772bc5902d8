internal import Documents
internal import Engine
internal import Fixups
internal import Site
internal import Tree

/// What verify found, for people: a line a claim, with what was expected and what was seen.
struct VerificationText {
  let ink: Palette

  func text(_ verification: Verification, verbose: Bool, findings: Bool) -> String {
    var lines: [String] = []
    for claim in verification.claims where verbose || !claim.value.holds {
      lines.append(line(claim.value))
    }
    for change in verification.differences {
      lines.append(
        "\(ink(.bad, "✗")) \(change.path.description.printable): imprint apply would \(ChangeView(change: change).deed)"
      )
      lines += change.reasons.map { "    " + ink(.faint, $0) }
    }
    if findings { lines += PlanText(ink: ink).findings(verification.findings) }
    let failures = verification.failures.count + verification.differences.count
    lines.append(
      verification.holds
        ? ink(.good, "\(verification.node) is who it should be: \(verification.claims.count) claims hold")
        : ink(.bad, "\(verification.node) is not who it should be: \(failures) of these do not hold"))
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ claim: Claim) -> String {
    claim.holds
      ? "\(ink(.good, "✓")) \(claim.subject): \(claim.seen)"
      : "\(ink(.bad, "✗")) \(claim.subject): expected \(claim.expected), found \(claim.seen)"
  }
}
