internal import CCurl

/// One request under way: libcurl's easy handle, and what came so far.
final class HTTPTransfer {
  let handle: UnsafeMutableRawPointer
  private let curl: imprint_curl
  private let request: HTTPRequest
  private let began = ContinuousClock.now
  private let words: UnsafeMutablePointer<CChar>
  private var fields: UnsafeMutablePointer<curl_slist>?

  private var headers: [HTTPHeader] = []
  private var headerBytes = 0
  private var body: [UInt8] = []
  private var hasTooMuch: String?

  private static let wordsCapacity = 256  // CURL_ERROR_SIZE
  private static let mostHeaderBytes = 256 << 10

  init(_ request: HTTPRequest, _ curl: imprint_curl) throws(HTTPError) {
    guard let handle = curl.curl_easy_init() else { throw request.failure(.other, "there is no memory") }
    self.handle = handle
    self.curl = curl
    self.request = request
    words = .allocate(capacity: Self.wordsCapacity)
    words.initialize(repeating: 0, count: Self.wordsCapacity)
    try prepare()
  }

  deinit {
    curl.curl_easy_cleanup(handle)
    curl.curl_slist_free_all(fields)
    words.deallocate()
  }

  // MARK: The request

  private func prepare() throws(HTTPError) {
    let limits = request.limits
    let settings = HTTPSettings(handle: handle, request: request)
    try settings.set(CURLOPT_URL, request.url.text)
    try settings.check(imprint_curl_allow_http_only(handle))
    try settings.set(CURLOPT_NOSIGNAL, 1)
    try settings.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    try settings.set(CURLOPT_CONNECTTIMEOUT_MS, limits.connect.milliseconds)
    try settings.set(CURLOPT_TIMEOUT_MS, limits.total.milliseconds)
    if let slowest = limits.slowest {
      try settings.set(CURLOPT_LOW_SPEED_LIMIT, slowest.bytesPerSecond)
      try settings.set(CURLOPT_LOW_SPEED_TIME, slowest.seconds)
    }
    // An empty name is no proxy, whatever the environment says.
    if request.proxy == .never { try settings.set(CURLOPT_PROXY, "") }
    if let interface = request.interface { try settings.set(CURLOPT_INTERFACE, "if!\(interface)") }
    if let scope = request.scope { try settings.set(CURLOPT_ADDRESS_SCOPE, Int(scope)) }
    try settings.secure()
    try settings.check(imprint_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, words))
    try settings.check(
      imprint_curl_set_receivers(
        handle, { HTTPTransfer.receive($0, $1, $2, $3) { $0.take(body: $1) } },
        { HTTPTransfer.receive($0, $1, $2, $3) { $0.take(header: $1) } }, Unmanaged.passUnretained(self).toOpaque()))
    try settings.body()
    try addHeaders()
  }

  private func addHeaders() throws(HTTPError) {
    // Waiting for a server's leave to send a large body costs a second where it knows no such thing.
    let all = request.headers.map { ($0.name, $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)") }
    for (name, line) in all + [("Expect", "Expect:"), ("User-Agent", "User-Agent: imprint")] {
      guard !line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }), !name.isEmpty,
        !name.contains(where: { ": ".contains($0) })
      else { throw request.failure(.invalidRequest, "a header's name or value has a character that it must not have") }
      guard let longer = curl.curl_slist_append(fields, line) else {
        throw request.failure(.other, "there is no memory")
      }
      fields = longer
    }
    guard imprint_curl_set_pointer(handle, CURLOPT_HTTPHEADER, fields) == CURLE_OK else {
      throw request.failure(.other, "libcurl does not take the headers")
    }
  }

  // MARK: What comes

  private static func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ take: (HTTPTransfer, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard let context, let bytes else { return 0 }
    let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
    return take(transfer, UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
  }

  private func take(body part: UnsafeRawBufferPointer) -> Bool {
    guard body.count + part.count <= request.limits.body else {
      hasTooMuch = "the answer is larger than \(request.limits.body) bytes"
      return false
    }
    body += part
    return true
  }

  private func take(header line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    guard headerBytes <= Self.mostHeaderBytes else {
      hasTooMuch = "the answer's header is larger than \(Self.mostHeaderBytes) bytes"
      return false
    }
    // Each status line begins anew: what came before was 100 Continue, or a proxy's.
    if line.starts(with: "HTTP/".utf8) { headers = [] }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return true }
    let name = String(decoding: line[..<colon], as: UTF8.self)
    headers.append(HTTPHeader(name, trimmed(String(decoding: line[(colon + 1)...], as: UTF8.self))))
    return true
  }

  private func trimmed(_ text: String) -> String {
    let start = text.drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }

  // MARK: The end

  func outcome(_ result: CURLcode) -> HTTPOutcome {
    guard result == CURLE_OK else {
      let seen = HTTPEnding(
        result: result, request: request, errno: CInt(imprint_curl_get_long(handle, CURLINFO_OS_ERRNO)),
        words: String(cString: words),
        general: curl.curl_easy_strerror(result).map { String(cString: $0) } ?? "error \(result.rawValue)",
        hasBegun: headerBytes > 0, took: began.duration(to: .now), hasTooMuch: hasTooMuch)
      return .failure(seen.error)
    }
    let status = Int(imprint_curl_get_long(handle, CURLINFO_RESPONSE_CODE))
    let response = HTTPResponse(status: status, headers: headers, body: body)
    // None is ever followed: what goes into a request is meant for the server that was named.
    if let place = response.redirection {
      return .failure(
        request.failure(.redirected, "it redirects to \(HTTPURL.shown(place)), and redirects are not followed"))
    }
    return .success(response)
  }
}
