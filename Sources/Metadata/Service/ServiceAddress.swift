internal import Glibc
public import HTTP

/// Where a metadata service may be.
public struct ServiceAddress: Sendable, Hashable, CustomStringConvertible {
  public let url: HTTPURL
  /// Of an IPv6 link-local address: on which of the machine's links.
  public let interface: String?
  let scope: UInt32?

  /// Another than the usual ones.
  public init(_ url: HTTPURL) { (self.url, interface, scope) = (url, nil, nil) }

  private init(_ url: HTTPURL, _ interface: String, _ scope: UInt32) {
    (self.url, self.interface, self.scope) = (url, interface, scope)
  }

  /// 169.254.169.254, and its IPv6 twin on every link (neutron, release note metadata-ipv6).
  ///
  /// - Parameter root: Where sys is: `/`, or what a test laid out.
  public static func usual(root: String = "/") -> [ServiceAddress] {
    var places: [ServiceAddress] = []
    if let url = try? HTTPURL("http://169.254.169.254") { places.append(ServiceAddress(url)) }
    guard let twin = try? HTTPURL("http://[fe80::a9fe:a9fe]") else { return places }
    return places + links(root).prefix(16).map { ServiceAddress(twin, $0.name, $0.index) }
  }

  /// Links of Ethernet's kind that are up.
  private static func links(_ root: String) -> [(name: String, index: UInt32)] {
    let folder = root.hasSuffix("/") ? "\(root)sys/class/net" : "\(root)/sys/class/net"
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var links: [(name: String, index: UInt32)] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard !name.hasPrefix("."), line("\(folder)/\(name)/type") == "1",
        ["up", "unknown"].contains(line("\(folder)/\(name)/operstate")),
        let index = line("\(folder)/\(name)/ifindex").flatMap({ UInt32($0) })
      else { continue }
      links.append((name, index))
    }
    return links.sorted { $0.index < $1.index }
  }

  private static func line(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0x0A }, as: UTF8.self)
  }

  public var description: String { interface.map { "\(url) on \($0)" } ?? "\(url)" }

  func request(_ path: String, _ patience: ServicePatience) throws(MetadataError) -> HTTPRequest {
    do throws(HTTPError) {
      let limits = HTTPLimits(
        connect: patience.connect, total: patience.answer, slowest: .init(bytesPerSecond: 64, seconds: 5),
        body: 16 << 20)
      return HTTPRequest(.get, try url.appending(path), limits: limits, scope: scope)
    } catch {
      throw MetadataError(.invalid, "\(path.prefix(100)) is no path of a service: \(error.reason)")
    }
  }
}

/// How long a service is waited for.
public struct ServicePatience: Sendable, Hashable {
  public var connect: Duration
  /// For one answer, to its last byte.
  public var answer: Duration
  /// How often one document is asked for where the service says that it is not well.
  public var attempts: Int
  /// Until one of the places takes a connection at all: at boot the network may not be up yet.
  public var total: Duration

  public init(connect: Duration, answer: Duration, attempts: Int, total: Duration) {
    self.connect = connect
    self.answer = answer
    self.attempts = attempts
    self.total = total
  }

  /// Somebody waits for the answer and sees that there is none.
  public static let asked = ServicePatience(connect: .seconds(2), answer: .seconds(10), attempts: 4, total: .seconds(5))

  var retry: HTTPRetry {
    HTTPRetry(attempts: attempts, pause: .milliseconds(200), longestPause: .seconds(2), total: max(answer, total))
  }
}
