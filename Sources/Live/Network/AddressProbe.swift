internal import CLinux
internal import Glibc
public import Site

/// Asks the wire whether an address is taken, before this node takes it.
public enum AddressProbe {
  /// Who has an address, or is about to take it: by ARP (RFC 5227) or neighbour discovery (RFC 4862).
  ///
  /// A link that is down is set up for as long as it takes; one that would then answer on addresses of its own is not.
  ///
  /// - Parameters:
  ///   - limit: How long answers are waited for, once the link has carrier.
  ///   - probes: How often the question is put, in case it gets lost.
  ///   - carrier: How long a link may take to have one.
  /// - Returns: nil where nobody of another machine has claimed it in that time.
  @LiveActor
  public static func owner(
    of address: IPAddress, on interface: InterfaceName, within limit: Duration = .seconds(1), probes: Int = 3,
    every interval: Duration = .milliseconds(200), carrier: Duration = .seconds(5)
  ) async throws(ProbeFailure) -> MACAddress? {
    let link = try present(interface)
    guard link.resolvesAddresses, let mac = link.mac else {
      throw .cannotAsk(interface, "it is not a link that addresses are asked for on")
    }
    if !link.isUp { try raise(link, interface) }
    defer { if !link.isUp { try? KernelLinks.set(link, up: false) } }
    try await waitForCarrier(interface, until: .now + carrier)
    let asking = try Asking(AddressQuestion(address: address), link, mac)
    return try await asking.owner(on: interface, by: .now + limit, probes: probes, every: interval)
  }

  private static func present(_ interface: InterfaceName) throws(ProbeFailure) -> KernelLink {
    let link: KernelLink?
    do { link = try KernelLinks.link(interface) } catch { throw .system(error) }
    guard let link else { throw .absent(interface) }
    return link
  }

  private static func raise(_ link: KernelLink, _ interface: InterfaceName) throws(ProbeFailure) {
    let own = link.addresses.map(\.address).filter { !$0.address.isLinkLocal }
    guard own.isEmpty else {
      let list = own.map(\.description).joined(separator: ", ")
      throw .cannotAsk(interface, "it is down, and would answer on \(list) if it were set up")
    }
    do { try KernelLinks.set(link, up: true) } catch { throw .system(error) }
  }

  @LiveActor
  private static func waitForCarrier(
    _ interface: InterfaceName, until deadline: ContinuousClock.Instant
  ) async throws(ProbeFailure) {
    let hasCarrier: Bool?
    do {
      hasCarrier = try await LinkWatch().first(by: deadline) { () throws(SystemFailure) -> Bool? in
        try KernelLinks.link(interface).map(\.hasCarrier) != false ? true : nil
      }
    } catch {
      throw .system(error)
    }
    guard hasCarrier == nil else { return }
    throw Task.isCancelled ? .cancelled(interface) : .cannotAsk(interface, "it has no carrier")
  }
}

/// Why it is not known whether an address is taken.
public enum ProbeFailure: Error, Sendable, Hashable {
  case absent(InterfaceName)
  /// The link cannot ask; and why.
  case cannotAsk(InterfaceName, String)
  case system(SystemFailure)
  /// imprint was told to stop.
  case cancelled(InterfaceName)
}

extension ProbeFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .absent(let link): "there is no link \(link) on this machine"
    case .cannotAsk(let link, let reason): "\(link) could not be asked whether an address is taken: \(reason)"
    case .system(let failure): failure.description
    case .cancelled(let link): "asking on \(link) was given up, because imprint was told to stop"
    }
  }
}

/// One question, and the socket that waits for its answer.
@LiveActor private final class Asking {
  private let question: AddressQuestion
  private let link: KernelLink
  private let mac: MACAddress
  /// What this machine itself says does not count, whichever of its links it leaves by.
  private let own: Set<MACAddress>
  private let socket: CInt

  init(_ question: AddressQuestion, _ link: KernelLink, _ mac: MACAddress) throws(ProbeFailure) {
    self.question = question
    self.link = link
    self.mac = mac
    do { own = Set(try KernelLinks.read().compactMap(\.mac)) } catch { throw .system(error) }
    socket = imprint_packets(link.index, question.protocolNumber)
    guard socket >= 0 else { throw .system(SystemFailure("opening a packet socket on \(link.name)")) }
    do { try listen() } catch {
      close(socket)
      throw .system(error)
    }
  }

  isolated deinit { close(socket) }

  private func listen() throws(SystemFailure) {
    if question.address.family == .v6, imprint_packets_filter_neighbours(socket) != 0 {
      throw SystemFailure("listening for neighbours on \(link.name)")
    }
    for group in question.groups where imprint_packets_join(socket, link.index, group) != 0 {
      throw SystemFailure("listening for neighbours on \(link.name)")
    }
  }

  func owner(
    on interface: InterfaceName, by end: ContinuousClock.Instant, probes: Int, every interval: Duration
  ) async throws(ProbeFailure) -> MACAddress? {
    var unsent = probes
    var next = ContinuousClock.now
    while ContinuousClock.now < end {
      if unsent > 0, next <= .now {
        try send(interface)
        unsent -= 1
        next += interval
      }
      let isReady: Bool
      do { isReady = try await LiveActor.ready(socket, until: unsent > 0 ? min(next, end) : end) } catch {
        throw .cancelled(interface)
      }
      if isReady, let claimant = try claimant(interface) { return claimant }
    }
    return nil
  }

  private func send(_ interface: InterfaceName) throws(ProbeFailure) {
    let packet = question.packet(from: mac)
    let result = imprint_packets_send(
      socket, link.index, question.protocolNumber, question.destination, packet, packet.count)
    if result != 0 { throw failure(interface) }
  }

  private func claimant(_ interface: InterfaceName) throws(ProbeFailure) -> MACAddress? {
    var buffer = [UInt8](repeating: 0, count: 2048)
    var sender = [UInt8](repeating: 0, count: 6)
    while true {
      var isOwn: CInt = 0
      let count = imprint_packets_receive(socket, &buffer, buffer.count, &sender, &isOwn)
      if count < 0, [EAGAIN, EWOULDBLOCK].contains(imprint_errno()) { return nil }
      guard count >= 0 else { throw failure(interface) }
      let claimant = question.claimant(in: Array(buffer[..<min(count, buffer.count)]), from: sender)
      if isOwn == 0, let claimant, !own.contains(claimant) { return claimant }
    }
  }

  private func failure(_ interface: InterfaceName) -> ProbeFailure {
    let reason = imprint_errno()
    if [ENETDOWN, ENXIO, ENODEV].contains(reason) { return .cannotAsk(interface, "it went down while it was asked") }
    return .system(SystemFailure("asking on \(link.name) who has \(question.address)", errno: reason))
  }
}
