/// What a server answered. Any status is an answer; whoever asked knows what it means.
public struct HTTPResponse: Sendable, Hashable {
  public let status: Int
  /// In the order in which they came.
  public let headers: [HTTPHeader]
  public let body: [UInt8]

  public init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first field of that name, in any case.
  public subscript(name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }

  public var isSuccess: Bool { (200...299).contains(status) }

  /// Whether the same question may be answered otherwise a little later.
  var isTransient: Bool { [429, 500, 502, 503, 504].contains(status) }

  /// A redirection that names a place; 300 without one is a list to choose from, as Keystone gives its versions.
  var redirection: String? { [300, 301, 302, 303, 307, 308].contains(status) ? self["Location"] : nil }
}

extension HTTPResponse: CustomStringConvertible, CustomReflectable {
  public var description: String { "status \(status), \(body.count) bytes" }
  public var customMirror: Mirror { Mirror(self, children: ["status": status, "bytes": body.count]) }
}
