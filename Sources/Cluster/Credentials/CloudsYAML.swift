/// clouds.yaml, and secure.yaml over it (openstacksdk, openstack/config/loader.py).
struct CloudsYAML {
  private let document: YAML
  private let path: String

  /// - Parameter secure: What else is known of the clouds, and belongs to fewer eyes.
  init(_ bytes: [UInt8], at path: String, secure: (bytes: [UInt8], path: String)?) throws(CredentialProblem) {
    var document = try Self.parse(bytes, path)
    if let secure { document = document.merged(with: try Self.parse(secure.bytes, secure.path)) }
    self.document = document
    self.path = path
  }

  private static func parse(_ bytes: [UInt8], _ path: String) throws(CredentialProblem) -> YAML {
    do throws(YAML.Failure) {
      guard let document = try YAML.parse(bytes) else { return .mapping([]) }
      return document
    } catch {
      switch error {
      case .noLibrary:
        throw CredentialProblem("\(path) cannot be read without libyaml; install it (libyaml-0-2), or use an openrc")
      case .malformed(let line, let column): throw CredentialProblem("\(path):\(line):\(column): this is not YAML")
      case .tooLarge: throw CredentialProblem("\(path) is too deep or too large to be a clouds.yaml")
      }
    }
  }

  var names: [String] { document["clouds"]?.entries.map(\.key) ?? [] }

  /// - Parameter name: nil for the only one.
  /// - Returns: nil where no cloud is named, and there is not just one.
  func credentials(of name: String?) throws(CredentialProblem) -> CloudCredentials? {
    guard let name = name ?? (names.count == 1 ? names.first : nil) else { return nil }
    guard let cloud = document["clouds"]?[name] else {
      throw CredentialProblem("\(path) has no cloud \(name); it has \(names.joined(separator: ", "))")
    }
    var values: [String: String] = [:]
    for (key, value) in cloud.entries {
      // A list of regions, or of interfaces: the first is the one that counts.
      if case .sequence(let items) = value, let first = items.first?.text ?? items.first?["name"]?.text {
        values[key == "regions" ? "region_name" : key] = first
      } else if let text = value.text {
        values[key] = text
      }
    }
    for (key, value) in cloud["auth"]?.entries ?? [] { values[key.replacing("-", with: "_")] = value.text }
    if values["auth_url"] == nil, let profile = values["profile"] ?? values["cloud"] {
      throw CredentialProblem(
        "cloud \(name) of \(path) leaves its auth_url to the profile \(profile), which imprint does not know; write it under auth"
      )
    }
    return try CredentialWords(values, source: "cloud \(name) of \(path)", areNamed: true).credentials()
  }
}
