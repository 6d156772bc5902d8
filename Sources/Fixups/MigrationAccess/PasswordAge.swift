internal import Documents
internal import Site

/// Whether the ages of an account's password let sshd run commands for it: pam_unix's own rules (passverify.c, check_shadow_expiry), in days
/// since 1970.
struct PasswordAge {
  let record: AccountRecord<ShadowField>
  /// nil where nobody says.
  let today: Int?

  private func days(_ field: ShadowField) -> Int? { record.number(field).map { Int($0) } }

  /// - Parameter isHeeded: Whether sshd asks PAM, which alone looks at a password's age where the key is what lets in.
  func findings(of user: String, isHeeded: Bool) -> [Finding] {
    let place = "/etc/shadow:\(record.line)"
    var findings: [Finding] = []
    if let expires = days(.expires), expires <= max(1, today ?? days(.lastChange) ?? 0) {
      findings.append(
        Finding(
          .warning, "\(user)'s account expired (\(place)): sshd refuses it", advice: "chage -E -1 \(user)"))
    }
    guard let changed = days(.lastChange) else { return findings }
    if changed == 0 {
      findings.append(
        Finding(
          .warning, "\(user) has to change its password first (\(place)): sshd runs no command until then",
          advice: "chage -d -1 \(user)"))
    } else if isHeeded, let today, today >= changed, let maximum = days(.maximum), today - changed >= maximum {
      let isPast = days(.inactive).map { today - changed >= maximum + $0 } ?? false
      findings.append(
        Finding(
          .warning,
          "\(user)'s password is older than \(maximum) days (\(place)): sshd "
            + (isPast ? "refuses it" : "runs no command until it is changed"), advice: "chage -M -1 \(user)"))
    }
    return findings
  }
}
