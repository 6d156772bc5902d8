internal import JSON

/// Where nova's API really is, and what it speaks: its catalog entry may name the version or not, or the project, too.
struct NovaAddress: Sendable {
  let url: String
  let latest: Microversion

  /// What may stand in the catalog, without what nova does without (keystoneauth1.discover).
  static func withoutProject(_ url: String, _ projectID: String?) -> String {
    guard let projectID, let slash = url.lastIndex(of: "/") else { return url }
    let last = url[url.index(after: slash)...]
    return last == projectID || last == "AUTH_\(projectID)" ? String(url[..<slash]) : url
  }

  /// - Parameter document: The answer to GET of the catalog's address: one version, or a list of them.
  init(_ url: String, _ document: JSONNode) throws(CloudFailure) {
    do throws(JSONError) {
      if let version = try document.optional("version") {
        self.init(url, latest: try Self.latest(version))
        return
      }
      for version in try document.member("versions").elements() where try version.member("id").string() == "v2.1" {
        self.init("\(url)/v2.1", latest: try Self.latest(version))
        return
      }
    } catch {
      throw CloudFailure(
        .unexpected, "\(url) does not say which version of nova it is: \(error)", advice: "look at the cloud's catalog")
    }
    throw CloudFailure(.version, "\(url) has no v2.1, which imprint needs (nova of 2015 or newer)")
  }

  private init(_ url: String, latest: Microversion) {
    self.url = url
    self.latest = latest
  }

  private static func latest(_ version: JSONNode) throws(JSONError) -> Microversion {
    // v2.0 says an empty text.
    let node = try version.member("version")
    guard let latest = Microversion(try node.string()) else { return Microversion(2, 0) }
    return latest
  }

  func require(_ version: Microversion, for what: String) throws(CloudFailure) {
    guard latest < version else { return }
    throw CloudFailure(.version, "this nova speaks microversions up to \(latest), and \(what) takes \(version)")
  }
}
