internal import CLinux
internal import Glibc

/// Between an SFTP client and the server that it is allowed to speak with: whole packets only, each client's one looked at.
struct SFTPRelay {
  let filter: SFTPFilter
  /// Hears what was not let through.
  let refused: (String) -> Void

  /// No side is read from while this much waits for the other.
  private static let mostWaiting = 1 << 20

  private struct Flow {
    var taken: [UInt8] = []
    var waiting: [UInt8] = []
    var isAtEnd = false

    /// A whole packet with its length, once it is there.
    ///
    /// - Returns: nil where more has to come.
    mutating func packet(atMost limit: Int) throws(SFTPTrouble) -> [UInt8]? {
      guard taken.count >= 4 else { return nil }
      let length = taken.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard (1...limit).contains(length) else { throw .wrongLength(length) }
      guard taken.count >= 4 + length else { return nil }
      defer { taken.removeFirst(4 + length) }
      return Array(taken.prefix(4 + length))
    }
  }

  /// Runs until the server has ended.
  ///
  /// - Returns: The exit status.
  func run(_ server: String, client: (input: CInt, output: CInt)) throws(SFTPTrouble) -> CInt {
    var input: [CInt] = [-1, -1]
    var output: [CInt] = [-1, -1]
    guard imprint_input(&input) == 0, imprint_pipe(&output) == 0 else {
      throw .system("making a pipe", imprint_errno())
    }
    var arguments = [strdup(server), nil]
    var environment = [strdup("PATH=/usr/bin:/bin"), strdup("LC_ALL=C"), nil]
    defer { for text in arguments + environment { free(text) } }
    let process = imprint_start(server, &arguments, &environment, input[0], output[1], STDERR_FILENO)
    let reason = imprint_errno()
    close(input[0])
    close(output[1])
    guard process > 0 else { throw .system("starting \(server)", reason) }
    signal(SIGPIPE, SIG_IGN)
    defer {
      close(input[1])
      close(output[0])
    }
    do throws(SFTPTrouble) {
      try relay(client, server: (input[1], output[0]))
    } catch {
      kill(process, SIGTERM)
      _ = imprint_wait(process)
      throw error
    }
    return imprint_wait(process)
  }

  private func relay(
    _ client: (input: CInt, output: CInt), server: (input: CInt, output: CInt)
  ) throws(SFTPTrouble) {
    for descriptor in [client.input, client.output] {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
    var requests = Flow()
    var answers = Flow()
    while !(answers.isAtEnd && answers.waiting.isEmpty) {
      let reads = [
        !requests.isAtEnd && requests.waiting.count < Self.mostWaiting,
        !answers.isAtEnd && answers.waiting.count < Self.mostWaiting,
      ]
      var polled = [
        pollfd(fd: reads[0] ? client.input : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: reads[1] ? server.output : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: requests.waiting.isEmpty ? -1 : server.input, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: answers.waiting.isEmpty ? -1 : client.output, events: Int16(POLLOUT), revents: 0),
      ]
      guard poll(&polled, nfds_t(polled.count), -1) >= 0 || imprint_errno() == EINTR else {
        throw .system("waiting", imprint_errno())
      }
      if polled[0].revents != 0 {
        take(client.input, &requests)
        try look(&requests, &answers)
        if requests.isAtEnd, requests.waiting.isEmpty { shutdown(server.input, CInt(SHUT_WR)) }
      }
      if polled[1].revents != 0 {
        take(server.output, &answers)
        while let packet = try answers.packet(atMost: SFTPFilter.largest) { answers.waiting += packet }
      }
      if polled[2].revents != 0 {
        try give(server.input, &requests)
        if requests.isAtEnd, requests.waiting.isEmpty { shutdown(server.input, CInt(SHUT_WR)) }
      }
      if polled[3].revents != 0 { try give(client.output, &answers) }
    }
  }

  private func look(_ requests: inout Flow, _ answers: inout Flow) throws(SFTPTrouble) {
    while let packet = try requests.packet(atMost: SFTPFilter.largest) {
      switch filter.verdict(on: packet.dropFirst(4)) {
      case .pass: requests.waiting += packet
      case .refuse(let answer, let what):
        refused("sftp \(what)")
        answers.waiting += answer
      case .end(let what): throw .notTheProtocol(what)
      }
    }
  }

  private func take(_ descriptor: CInt, _ flow: inout Flow) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = read(descriptor, &buffer, buffer.count)
    if count > 0 {
      flow.taken += buffer[..<count]
    } else if count == 0 || ![EAGAIN, EINTR].contains(imprint_errno()) {
      flow.isAtEnd = true
    }
  }

  private func give(_ descriptor: CInt, _ flow: inout Flow) throws(SFTPTrouble) {
    let count = flow.waiting.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count > 0 {
      flow.waiting.removeFirst(count)
    } else if ![EAGAIN, EINTR].contains(imprint_errno()) {
      throw .system("passing on what was said", imprint_errno())
    }
  }
}

enum SFTPTrouble: Error, CustomStringConvertible {
  case system(String, CInt)
  case wrongLength(Int)
  case notTheProtocol(String)

  var description: String {
    switch self {
    case .system(let operation, let errno): "\(operation) failed: \(String(cString: strerror(errno)))"
    case .wrongLength(let length): "a packet of \(length) bytes"
    case .notTheProtocol(let what): what
    }
  }
}
