internal import CCurl
internal import Glibc

/// How a transfer failed, in libcurl's terms (libcurl-errors(3)), and in ours.
struct HTTPEnding {
  let result: CURLcode
  let request: HTTPRequest
  let errno: CInt
  /// What libcurl said of this very transfer; may be empty.
  let words: String
  /// What it says of all that fail in this way.
  let general: String
  /// Whether something of an answer came.
  let hasBegun: Bool
  let took: Duration
  let hasTooMuch: String?

  var error: HTTPError {
    if let hasTooMuch { return request.failure(.tooLarge, hasTooMuch) }
    let (code, reason): (HTTPError.Code, String) =
      switch result {
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
        (.cannotResolve, "nobody knows the address of its host")
      case CURLE_COULDNT_CONNECT: (.cannotConnect, "cannot connect: \(systemWords ?? said)")
      case CURLE_INTERFACE_FAILED: (.cannotConnect, "cannot leave by \(request.interface ?? "that interface")")
      case CURLE_OPERATION_TIMEDOUT: (.timedOut, slowness)
      case CURLE_PEER_FAILED_VERIFICATION: (.certificate, "the server's certificate is not to be trusted: \(said)")
      case CURLE_SSL_CACERT_BADFILE:
        (
          .certificate,
          request.authorities.map { "the bundle of authorities \($0) cannot be read" }
            ?? "no bundle of certificate authorities is where distributions keep it, so nobody vouches for the server"
        )
      case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_SHUTDOWN_FAILED:
        (.insecure, "no TLS comes about: \(said)")
      case CURLE_FILESIZE_EXCEEDED: (.tooLarge, "the answer is larger than \(request.limits.body) bytes")
      case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
        (
          .truncated,
          hasBegun ? "the connection ended in the middle of the answer" : "the connection ended without an answer"
        )
      case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2: (.notHTTP, "that is no HTTP: \(said)")
      case CURLE_URL_MALFORMAT: (.invalidRequest, "it is no URL")
      default: (.other, said)
      }
    return request.failure(code, reason)
  }

  private var systemWords: String? { errno > 0 ? String(cString: strerror(errno)) : nil }

  /// In a line, and nothing in it that a terminal would obey: parts of it may be the server's words.
  private var said: String {
    let text = words.isEmpty ? general : words
    return String(text.prefix(200).filter { $0.isASCII && $0 >= " " && $0 != "\u{7F}" })
  }

  private var slowness: String {
    let limits = request.limits
    if took + .milliseconds(20) >= limits.total { return "no whole answer came within \(limits.total)" }
    if hasBegun, let slowest = limits.slowest {
      return "the answer comes slower than \(slowest.bytesPerSecond) bytes a second"
    }
    return "no connection within \(limits.connect)"
  }
}
