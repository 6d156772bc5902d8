internal import Documents

/// An openrc: shell assignments for people to source. Read here as data, with what bash would give the variables; never run.
enum OpenRC {
  static func credentials(_ bytes: [UInt8], named source: String) throws(CredentialProblem) -> CloudCredentials {
    let shell = ShellAssignments(bytes)
    if let problem = shell.problem {
      throw CredentialProblem("\(source):\(problem.line): bash stops reading here: \(problem.reason)")
    }
    var variables: [String: String] = [:]
    for key in shell.keys where key.hasPrefix("OS_") {
      switch shell.value(key) {
      case .literal(let text): variables[key] = text
      // The dashboard's file asks for the password with read -s.
      case .unknown:
        throw CredentialProblem(
          "\(source) gives \(key) a value that only running it could tell; source it, and run imprint again")
      case nil: continue
      }
    }
    return try CredentialWords(variables: variables, source: source).credentials()
  }
}
