internal import Documents

/// An openrc: shell assignments for people to source. Read here as data, with what bash would give the variables; never run.
enum OpenRC {
  static func credentials(_ bytes: [UInt8], named source: String) throws(CredentialProblem) -> CloudCredentials {
    let shell = ShellAssignments(bytes)
    if let problem = shell.problem {
      throw CredentialProblem("\(source):\(problem.line): bash stops reading here: \(problem.reason)")
    }
    var variables: [String: String] = [:]
    var unknown: [String] = []
    for key in shell.keys where key.hasPrefix("OS_") {
      switch shell.value(key) {
      case .literal(let text): variables[key] = text
      case .unknown: unknown.append(key)
      case nil: continue
      }
    }
    // The dashboard's file asks for the password with read -s.
    guard unknown.isEmpty else {
      throw CredentialProblem(
        "only running \(source) could tell what \(unknown.joined(separator: ", ")) is; source it, and run imprint again")
    }
    return try CredentialWords(variables: variables, source: source).credentials()
  }
}
