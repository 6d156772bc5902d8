internal import CCurl

public typealias HTTPOutcome = Result<HTTPResponse, HTTPError>

/// Carries out transfers on the caller's thread, one or several side by side (libcurl-multi(3)). Connections that stand
/// are used again for as long as the client lives.
public final class HTTPClient {
  private let curl: imprint_curl
  private let transfers: UnsafeMutableRawPointer

  /// - Throws: Where this machine has no libcurl; the error says what to install.
  public init() throws(HTTPError) {
    guard let curl = imprint_curl()?.pointee else {
      throw HTTPError(
        .unavailable, "HTTP", "there is no libcurl here (Debian: apt install libcurl4; CentOS 7: yum install libcurl)")
    }
    guard let transfers = curl.curl_multi_init() else {
      throw HTTPError(.other, "HTTP", "libcurl does not start: there is no memory")
    }
    self.curl = curl
    self.transfers = transfers
  }

  deinit { _ = curl.curl_multi_cleanup(transfers) }

  public func response(to request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
    guard let outcome = responses(to: [request]).first else { throw request.failure(.other, "it was not asked") }
    return try outcome.get()
  }

  /// Several side by side.
  ///
  /// - Parameter isEnough: Asked at each end of one, with its number; true ends the others, as ``HTTPError/Code/abandoned``.
  /// - Returns: An outcome for each request, in their order.
  public func responses(
    to requests: [HTTPRequest], until isEnough: (Int, HTTPOutcome) -> Bool = { _, _ in false }
  ) -> [HTTPOutcome] {
    var outcomes: [HTTPOutcome] = requests.map { .failure($0.failure(.abandoned, "another answer was enough")) }
    var running: [Int: HTTPTransfer] = [:]
    for (number, request) in requests.enumerated() {
      do throws(HTTPError) {
        let transfer = try HTTPTransfer(request, curl)
        _ = curl.curl_multi_add_handle(transfers, transfer.handle)
        running[number] = transfer
      } catch {
        outcomes[number] = .failure(error)
        if isEnough(number, outcomes[number]) {
          for transfer in running.values { leave(transfer) }
          return outcomes
        }
      }
    }
    var pipes = imprint_pipe_guard()
    imprint_pipe_guard_begin(&pipes)
    defer { imprint_pipe_guard_end(&pipes) }
    var isOver = running.isEmpty
    while !isOver {
      var count: CInt = 0
      let code = curl.curl_multi_perform(transfers, &count)
      for (number, result) in ended(among: running) {
        guard let transfer = running.removeValue(forKey: number) else { continue }
        outcomes[number] = transfer.outcome(result)
        leave(transfer)
        if isEnough(number, outcomes[number]) { isOver = true }
      }
      isOver = isOver || running.isEmpty || code != CURLM_OK
      if !isOver { _ = imprint_curl_wait(transfers, 1000) }
    }
    for transfer in running.values { leave(transfer) }
    return outcomes
  }

  private func ended(among running: [Int: HTTPTransfer]) -> [(number: Int, result: CURLcode)] {
    var ended: [(Int, CURLcode)] = []
    var left: CInt = 0
    while let message = curl.curl_multi_info_read(transfers, &left)?.pointee {
      guard message.msg == CURLMSG_DONE else { continue }
      if let number = running.first(where: { $0.value.handle == message.easy_handle })?.key {
        ended.append((number, message.data.result))
      }
    }
    return ended
  }

  private func leave(_ transfer: HTTPTransfer) { _ = curl.curl_multi_remove_handle(transfers, transfer.handle) }
}

extension HTTPRequest {
  func failure(_ code: HTTPError.Code, _ reason: String) -> HTTPError { HTTPError(code, description, reason) }
}
