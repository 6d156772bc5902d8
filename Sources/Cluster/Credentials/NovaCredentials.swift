internal import Documents

/// The account that a node's own nova-compute uses, as nova.conf has it.
enum NovaCredentials {
  /// Sections with an account that may ask nova, best first (keystoneauth1's options, keystonemiddleware's for the first).
  static let sections = ["keystone_authtoken", "service_user", "placement"]

  /// - Parameter files: In the order in which nova-compute reads them.
  /// - Returns: nil where they hold no account.
  static func credentials(_ files: [OsloConfig]) throws(CredentialProblem) -> CloudCredentials? {
    for section in sections {
      let values = account(in: section, files)
      guard values["auth_url"] != nil, values["password"] != nil || values["application_credential_secret"] != nil
      else { continue }
      return try CredentialWords(values, source: "[\(section)] of nova.conf", areNamed: false).credentials()
    }
    return nil
  }

  /// With those of the section that `auth_section` names in its place (keystoneauth1.loading.conf).
  private static func account(in section: String, _ files: [OsloConfig]) -> [String: String] {
    let own = values(of: section, files)
    return own["auth_section"].map { values(of: $0, files) } ?? own
  }

  private static func values(of section: String, _ files: [OsloConfig]) -> [String: String] {
    var values: [String: String] = [:]
    for file in files {
      for option in file.options where option.section == section {
        // `$name` stands for another option, `$$` for a dollar (oslo.config, Template).
        guard !option.value.replacing("$$", with: "").contains("$") else { continue }
        values[option.key.replacing("-", with: "_")] = option.value.replacing("$$", with: "$")
      }
    }
    return values
  }
}
