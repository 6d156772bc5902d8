internal import CCurl

/// Puts a request's words into libcurl's options (curl_easy_setopt(3)).
struct HTTPSettings {
  let handle: UnsafeMutableRawPointer
  let request: HTTPRequest

  func check(_ code: CURLcode) throws(HTTPError) {
    guard code == CURLE_OK else {
      throw request.failure(.other, "this libcurl lacks what it takes (error \(code.rawValue))")
    }
  }

  func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
    try check(imprint_curl_set_long(handle, option, value))
  }

  func set(_ option: CURLoption, _ text: String) throws(HTTPError) {
    guard !text.utf8.contains(0) else { throw request.failure(.invalidRequest, "there is a NUL in it") }
    try check(text.withCString { imprint_curl_set_pointer(handle, option, $0) })
  }

  /// The bundle that this libcurl was built for; nil where it has none, or is older than 7.84 and does not tell.
  var ownBundle: String? { imprint_curl_get_text(handle, CURLINFO_CAINFO).map { String(cString: $0) } }

  /// Certificates are always looked at.
  func secure() throws(HTTPError) {
    guard request.url.isSecure else { return }
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    // Unknown to a libcurl before 7.34, which then takes what its TLS library does.
    _ = imprint_curl_set_long(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let authorities = request.authorities {
      try set(CURLOPT_CAINFO, authorities)
      // These, and not the system's besides.
      _ = imprint_curl_set_pointer(handle, CURLOPT_CAPATH, nil)
    } else if let bundle = SystemAuthorities.bundle(insteadOf: ownBundle) {
      try set(CURLOPT_CAINFO, bundle)
    }
  }

  func body() throws(HTTPError) {
    switch request.method {
    case .get where request.body.isEmpty: return
    case .head: return try set(CURLOPT_NOBODY, 1)
    case .delete where request.body.isEmpty: return try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    case .get, .post, .put, .patch, .delete:
      try set(CURLOPT_POSTFIELDSIZE, request.body.count)
      try check(
        request.body.withUnsafeBytes {
          // An empty body's address may be none, which would mean that it is to be read from somewhere.
          $0.isEmpty
            ? imprint_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, "")
            : imprint_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
        })
      if request.method != .post { try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
    }
  }
}

extension Duration {
  /// Rounded up: zero would mean for ever.
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    guard seconds < 1 << 20 else { return 1 << 30 }
    return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
  }
}
